// Options from forms, queries and JSON: the same names, the same bounds, and every refusal names the parameter.

import Testing
import UIToCode

@testable import Server

@Suite struct ConvertBodyTests {
    private func fields(_ fields: (name: String, value: String)...) throws(ConvertBodyError) -> ConvertOptionsBody {
        try ConvertOptionsBody(fields: fields)
    }

    private func json(_ text: String) throws(ConvertBodyError) -> ConvertJSONBody {
        try ConvertJSONBody(Array(text.utf8))
    }

    @Test func nothingGivenMeansTheDefaults() throws {
        let options = try fields()
        #expect(options == ConvertOptionsBody())
        #expect(options.stack == .html && options.name == nil && options.temperature == 0)
        #expect(options.seed == 0 && options.maxTokens == 8192)
    }

    @Test func fieldsAndJSONSayTheSame() throws {
        let text = try fields(
            ("max_tokens", "32768"), ("stack", "html"), ("seed", "9223372036854775807"), ("name", "größe"),
            ("temperature", "1.5"), ("attempts", "4"), ("budget_seconds", "2.5"), ("repair", "false"))
        let body = try json(
            #"{"options":{"temperature":1.5,"seed":9223372036854775807,"max_tokens":32768,"attempts":4,"#
                + #""budget_seconds":2.5,"repair":false},"name":"größe","#
                + #""images":["data:image/png;base64,AAAA"],"stack":"html"}"#)
        #expect(body.options == text)
        #expect(text.attempts == 4 && text.budgetSeconds == 2.5 && !text.repair && !text.draft)
        #expect(text.seed == 1 << 63 - 1 && text.maxTokens == 32_768 && text.temperature == 1.5 && text.name == "größe")
    }

    @Test(arguments: [
        ("temperature", "-0.1"), ("temperature", "2.01"), ("temperature", "nan"), ("temperature", "inf"),
        ("temperature", ""), ("temperature", "warm"), ("temperature", "0x1"), ("temperature", " 1"), ("seed", "-1"),
        ("seed", "9223372036854775808"), ("seed", "1.0"), ("seed", ""), ("seed", "１"), ("max_tokens", "0"),
        ("max_tokens", "32769"), ("attempts", "0"), ("attempts", "17"), ("attempts", "2.0"), ("repair", "1"),
        ("draft", "True"), ("budget_seconds", "600.1"), ("budget_seconds", "nan"), ("max_tokens", "1e3"),
        ("max_tokens", "+5"),
        ("name", String(repeating: "x", count: 101)),
        ("name", "a\nb"), ("name", "a\u{0}"),
    ])
    func valuesOutOfBoundsAreRefusedByName(name: String, value: String) {
        let error = #expect(throws: ConvertBodyError.self) { try fields((name, value)) }
        #expect(error?.parameter == name && error?.code == "invalid_parameter")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func theBoundsThemselvesAreAllowed() throws {
        let options = try fields(
            ("temperature", "2"), ("seed", "0"), ("max_tokens", "1"), ("name", String(repeating: "画", count: 100)))
        #expect(options.temperature == 2 && options.maxTokens == 1 && options.name?.count == 100)
        let cold = try fields(("temperature", "0.0"), ("name", ""))
        #expect(cold.temperature == 0 && cold.name == nil)
    }

    @Test func unknownAndRepeatedFieldsAreRefused() {
        #expect(throws: ConvertBodyError.unknownParameter("Seed", known: ConvertOptionsBody.names)) {
            try fields(("Seed", "1"))
        }
        #expect(throws: ConvertBodyError.repeated(parameter: "seed")) { try fields(("seed", "1"), ("seed", "1")) }
        let error = #expect(throws: ConvertBodyError.self) { try fields(("stack", "angular")) }
        #expect(error?.code == "stack_unknown" && error?.parameter == "stack")
        #expect(error?.description == "there is no stack \"angular\"; known: html, tailwind, react, vue, svelte")
    }

    @Test func picturesComeAloneOrWithAName() throws {
        let body = try json(
            #"{"images":["data:image/png;base64,AAAA",{"data":"data:,x","name":"sign-in"},{"data":"data:,y","name":null}]}"#
        )
        #expect(body.images.map(\.name) == [nil, "sign-in", nil])
        #expect(body.images.map(\.data.mediaType) == ["image/png", "text/plain", "text/plain"])
        #expect(body.images.map(\.parameter) == ["images[0]", "images[1]", "images[2]"])
        #expect(body.options == ConvertOptionsBody())
    }

    @Test(arguments: [
        ("[]", "the body"), (#"{"images":"data:,x"}"#, "images"), (#"{"images":[1]}"#, "images[0]"),
        (#"{"images":["x.png"]}"#, "images[0]"), (#"{"images":[{"name":"a"}]}"#, "images[0].data"),
        (#"{"images":[{"data":"http://x"}]}"#, "images[0].data"),
        (#"{"images":["data:,x",{"url":"x"}]}"#, "images[1].url"),
        (#"{"images":[{"data":"data:,x","name":1}]}"#, "images[0].name"), (#"{"image":["data:,x"]}"#, "image"),
        (#"{"images":["data:,x"],"stack":1}"#, "stack"), (#"{"images":["data:,x"],"name":["a"]}"#, "name"),
        (#"{"images":["data:,x"],"options":[]}"#, "options"), (#"{"images":["data:,x"],"seed":1}"#, "seed"),
        (#"{"images":["data:,x"],"options":{"seed":"1"}}"#, "options.seed"),
        (#"{"images":["data:,x"],"options":{"seed":1.5}}"#, "options.seed"),
        (#"{"images":["data:,x"],"options":{"temperature":true}}"#, "options.temperature"),
        (#"{"images":["data:,x"],"options":{"max_tokens":0}}"#, "options.max_tokens"),
        (#"{"images":["data:,x"],"options":{"repair":"true"}}"#, "options.repair"),
        (#"{"images":["data:,x"],"options":{"draft":true,"attempts":2}}"#, "attempts"),
        (#"{"images":["data:,x"],"options":{"top_p":1}}"#, "options.top_p"),
    ])
    func faultsInJSONAreNamedByTheirPath(text: String, parameter: String) {
        let error = #expect(throws: ConvertBodyError.self) { try json(text) }
        #expect(error?.parameter == parameter && error?.code == "invalid_parameter")
    }

    @Test func whatIsNoJSONIsSaidSo() {
        for text in ["", "{", "{\"images\":[],}", "{\"images\":[],\"images\":[]}", "\u{feff}{}", "{} x"] {
            let error = #expect(throws: ConvertBodyError.self) { try json(text) }
            #expect(error?.code == "invalid_json", "\(text)")
        }
    }

    @Test func aBodyHasPicturesAndNotTooMany() {
        for text in ["{}", #"{"images":[]}"#, #"{"images":null}"#] {
            #expect(throws: ConvertBodyError.missingImage) { try json(text) }
        }
        let many = Array(repeating: #""data:,x""#, count: 21).joined(separator: ",")
        let error = #expect(throws: ConvertBodyError.self) { try json(#"{"images":[\#(many)]}"#) }
        #expect(error == .tooManyImages(limit: 20) && error?.code == "too_many_files")
    }

    @Test func theLimitsAddUp() {
        let limits = UploadLimits()
        #expect(limits.bodyBytes == 501_000_000 && limits.parts == 52 && limits.jsonBytes == 8_388_608)
    }
}
