// The grammar against jsonschema: every recorded value that fits passes, none that does not.
import Inference
import Support
import Testing

struct RecordedSchemaTests {
    @Test func takesWhatFitsASchemaAndNothingElse() throws {
        let cases = try RecordedSchema.all()
        #expect(cases.count == 320)
        #expect(cases.reduce(0) { $0 + $1.valid.count } > 1500)
        #expect(cases.reduce(0) { $0 + $1.invalid.count } > 2000)
        for recorded in cases {
            let grammar = try JSONGrammar(schema: recorded.schema)
            for text in recorded.valid where !grammar.accepts(text) {
                Issue.record("\(text) fits \(recorded.schema.text(.compact)) and is refused")
            }
            for text in recorded.invalid where grammar.accepts(text) {
                Issue.record("\(text) does not fit \(recorded.schema.text(.compact)) and passes")
            }
        }
    }

    @Test func lenientlyRefusesNothingThatFits() throws {
        for recorded in try RecordedSchema.all() {
            let grammar = JSONGrammar(leniently: recorded.schema)
            for text in recorded.valid where !grammar.accepts(text) {
                Issue.record("\(text) fits \(recorded.schema.text(.compact)) and is refused")
            }
        }
    }

    /// What the walks are judged by agrees with jsonschema itself.
    @Test func thePlainCheckAgreesWithWhatWasRecorded() throws {
        for recorded in try RecordedSchema.all() {
            let check = SchemaCheck(root: recorded.schema)
            for text in recorded.valid where !check.accepts(try JSONValue(parsing: text)) {
                Issue.record("\(text) fits \(recorded.schema.text(.compact))")
            }
            for text in recorded.invalid where check.accepts(try JSONValue(parsing: text)) {
                Issue.record("\(text) does not fit \(recorded.schema.text(.compact))")
            }
        }
    }
}
