// What is read of a stack's folder, and what is said of everything that can be wrong with one.
import Foundation
import Support
import Testing

@testable import UIToCode

struct StackTemplateTests {
    private let folder: TemporaryDirectory

    // A copy of a stack that ships inside.
    init() throws {
        folder = try TemporaryDirectory()
        let react = Stack.templatesFolder + "/react"
        for name in try FileManager.default.contentsOfDirectory(atPath: react) {
            try FileManager.default.copyItem(atPath: react + "/" + name, toPath: folder.file(name))
        }
    }

    private func fault() -> StackError? {
        do throws(StackError) {
            let stack = try StackTemplate(folder: folder.path)
            _ = try SiteEmitter(stack).project(of: SampleSite.site)
            return nil
        } catch {
            return error
        }
    }

    private func write(_ text: String, to name: String) throws { try folder.write(Data(text.utf8), to: name) }

    @Test(arguments: Stack.allCases)
    func everyStackThatShipsInsideIsNamedAsItsFolder(stack: Stack) {
        #expect(stack.template.name == stack.rawValue)
        #expect(!stack.template.title.isEmpty && stack.template.summary.hasSuffix("."))
        #expect(stack.entryPath == (stack == .html ? "index.html" : "preview/index.html"))
    }

    @Test func aCopiedStackIsTheSame() throws {
        #expect(try StackTemplate(folder: folder.path) == Stack.react.template)
        #expect(try StackTemplate(named: folder.path) == Stack.react.template)
        #expect(try StackTemplate(named: "vue") == Stack.vue.template)
        #expect(throws: StackError.unknownStack("angular", known: ["html", "tailwind", "react", "vue", "svelte"])) {
            try StackTemplate(named: "angular")
        }
    }

    @Test func aStackOfOnesOwnWritesItsOwnFiles() throws {
        try write("{{#pages}}{{{slug}}} {{/pages}}{{^hasComponents}}none{{/hasComponents}}", to: "list.mustache")
        try folder.editJSON("manifest.json") { manifest in
            manifest["name"] = "mine"
            manifest["files"] = [["template": "list", "of": "site", "path": "list.txt"]]
        }
        let stack = try StackTemplate(folder: folder.path)
        let project = try SiteEmitter(stack).project(of: SampleSite.site)
        #expect(String(decoding: project["list.txt"] ?? [], as: UTF8.self) == "shop account ")
        #expect(stack.name == "mine")
    }

    @Test func filesThatAreMissingAreNamed() throws {
        try folder.remove("page.mustache")
        #expect(fault() == .cannotRead(path: folder.file("page.mustache"), reason: "there is no such file"))
        try folder.remove("manifest.json")
        #expect(fault() == .cannotRead(path: folder.file("manifest.json"), reason: "there is no such file"))
    }

    @Test func aManifestThatIsNoJSONIsToldByByte() throws {
        try write("{\"name\": }", to: "manifest.json")
        guard case .notJSON(folder.file("manifest.json"), let reason) = fault() else {
            Issue.record("it was read")
            return
        }
        #expect(reason.hasPrefix("byte 9"))
    }

    @Test(arguments: [
        ("colour", #""red""#, "colour"), ("markup", #"{"colour": 1}"#, "markup.component_names"),
        ("styles", #""inline""#, "styles"), ("files", #"[{"template": "page"}]"#, "files[0].of"),
        ("files", #"[{"template": "page", "of": "page", "path": "../NAME.jsx"}]"#, "files[0].path"),
        ("files", #"[{"template": "page", "of": "page", "path": "/etc/NAME"}]"#, "files[0].path"),
        ("files", #"[{"template": "page", "of": "page", "path": "a", "indent": 99}]"#, "files[0].indent"),
        ("assets", #""../PATH""#, "assets"), ("name", #""My Stack""#, "name"), ("title", "3", "title"),
    ])
    func whatAManifestMayNotSayIsToldByItsKey(key: String, value: String, place: String) throws {
        let value = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
        try folder.editJSON("manifest.json") { $0[key] = value }
        let words = "\(try #require(fault()))"
        #expect(words.contains("\"\(place)\""), "\(words)")
        #expect(words.contains(folder.file("manifest.json")))
    }

    @Test func keysThatAreMissingAreNamed() throws {
        for key in ["name", "title", "description", "styles", "assets", "markup", "files"] {
            let manifest = try folder.read("manifest.json")
            try folder.editJSON("manifest.json") { $0[key] = nil }
            #expect(fault() == .missingKey(key, path: folder.file("manifest.json")))
            try folder.write(manifest, to: "manifest.json")
        }
    }

    @Test func aTemplateThatDoesNotParseIsToldByLine() throws {
        try write("one\n{{#pages}}\ntwo\n", to: "app.mustache")
        guard case .notMustache(folder.file("app.mustache"), let line, let reason) = fault() else {
            Issue.record("it was read")
            return
        }
        #expect(line >= 2 && !reason.isEmpty)
    }

    @Test func aTemplateThatAsksForWhatDoesNotExistIsTold() throws {
        try write("{{#pages}}{{slug}} {{subtitle}}{{/pages}}", to: "app.mustache")
        #expect(fault() == .unknownName("subtitle", path: "app.mustache"))
        try write("{{> foot}}", to: "app.mustache")
        #expect(fault() == .unknownPartial("foot", path: folder.file("app.mustache")))
        try write("{{=<% %>=}}<%> foot%>", to: "app.mustache")
        #expect(fault() == .unknownPartial("foot", path: folder.file("app.mustache")))
    }

    @Test func aPartialIsTakenInFromBeside() throws {
        try write("{{> foot}}", to: "app.mustache")
        try write("{{siteName}}", to: "foot.mustache")
        let project = try SiteEmitter(try StackTemplate(folder: folder.path)).project(of: SampleSite.site)
        #expect(String(decoding: project["src/App.jsx"] ?? [], as: UTF8.self) == "Tea &amp; Co")
    }

    @Test func twoFilesOfOnePathAreRefused() throws {
        try folder.editJSON("manifest.json") { manifest in
            manifest["files"] = [["template": "page", "of": "page", "path": "page.jsx"]]
        }
        #expect(fault() == .project(.pathTaken("page.jsx")))
    }
}
