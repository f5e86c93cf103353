// The options of batches and workflows, and the paths of designs.
import Jobs
import Testing
import UIToCode

@testable import Server

@Suite struct FolderOptionsTests {
    private static func fields(_ fields: (String, String)...) -> [(name: String, value: String)] {
        fields.map { (name: $0.0, value: $0.1) }
    }

    @Test func aBatchKnowsTheOptionsOfConversionsAndItsOwn() throws {
        let options = try BatchOptionsBody(
            fields: Self.fields(
                ("stack", "react"), ("in_flight", "8"), ("sharing", "false"), ("seed", "7"), ("name", "app")))
        #expect(options.terms == BatchTerms(stack: "react", inFlight: 8, sharing: false))
        #expect(options.convert.seed == 7 && options.convert.name == "app" && options.convert.stack == .html)
        #expect(try BatchOptionsBody(fields: Self.fields()).terms == BatchTerms())
    }

    @Test func aWorkflowKnowsItsOwn() throws {
        let options = try WorkflowOptionsBody(
            fields: Self.fields(("redact", "true"), ("prototype", "false"), ("video", "ms://x"), ("attempts", "2")))
        #expect(options.terms == WorkflowTerms(redact: true, prototype: false))
        #expect(options.video == "ms://x" && options.convert.attempts == 2)
    }

    @Test(arguments: [
        ("in_flight", "-1"), ("in_flight", "+2"), ("in_flight", "17"), ("sharing", "1"), ("colour", "red"),
        ("redact", "true"),
    ])
    func whatIsWrongIsNamed(name: String, value: String) throws {
        #expect { try BatchOptionsBody(fields: Self.fields((name, value))) } throws: { error in
            (error as? Problem)?.param == name && (error as? Problem)?.code == .invalidParameter
        }
    }

    @Test func whatIsGivenTwiceIsRefused() throws {
        #expect(throws: Problem.self) {
            try BatchOptionsBody(fields: Self.fields(("sharing", "true"), ("sharing", "true")))
        }
        #expect(throws: Problem.self) { try BatchOptionsBody(fields: Self.fields(("seed", "1"), ("seed", "1"))) }
    }

    @Test(arguments: [
        ("a.png", "a.png"), ("app/a.png", "app/a.png"), ("./app//a.png", "app/a.png"), (#"app\a.png"#, "app/a.png"),
        ("", "design"), (".DS_Store", nil), ("a/.git/x.png", nil), ("__MACOSX/a.png", nil),
    ])
    func pathsAreTakenAsTheyAreMeant(sent: String, path: String?) throws {
        #expect(try FolderIntake.path(sent) == path)
    }

    @Test(arguments: [
        "../a.png", "/a.png", #"C:\a.png"#, "a/../../b.png", "a\u{0}.png", "a\n.png",
        String(repeating: "a", count: 256),
    ])
    func pathsThatLeadAwayAreRefused(sent: String) throws {
        #expect { try FolderIntake.path(sent) } throws: { ($0 as? Problem)?.code == .unsafePath }
    }
}
