// The output folder: old files go, other people's stay, and one process has it at a time.
import Foundation
import Support
import Testing

@testable import UIToCode

@Suite struct BatchOutputTests {
    private let folder: TemporaryDirectory
    private var out: String { folder.file("out") }

    init() throws { folder = try TemporaryDirectory() }

    private func file(_ path: String, _ text: String = "x") -> OutputFile {
        OutputFile(path: path, content: .bytes(Array(text.utf8)))
    }

    private var tree: [String] {
        (FileManager.default.subpaths(atPath: out) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: out + "/" + path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func filesThatAreNoLongerMeantGoWithTheirFolders() throws {
        let output = try BatchOutput(folder: out, replaces: false)
        try output.write([file("a.html"), file("old/deep/b.html"), file("old/c.html")])
        try output.write([file("a.html", "new"), file("old/c.html")])
        #expect(tree == ["a.html", "old", "old/c.html"] && text("a.html") == "new")
        try output.write([file("a.html")])
        #expect(tree == ["a.html"])
    }

    @Test func filesAreLinkedOrCopiedFromWhereTheyLie() throws {
        try folder.write(Data("receipt".utf8), to: "shelf.html")
        let output = try BatchOutput(folder: out, replaces: false)
        let content = OutputFile(path: "r/report.html", content: .file(folder.file("shelf.html")))
        try output.write([content])
        try output.write([content])
        #expect(text("r/report.html") == "receipt")
        let gone = OutputFile(path: "x.html", content: .file(folder.file("gone.html")))
        #expect(throws: ProjectError.cannotRead(path: folder.file("gone.html"), reason: "it is gone")) {
            try output.write([gone])
        }
        #expect(tree == ["r", "r/report.html"])
    }

    @Test func otherPeoplesFilesAreNeitherRemovedNorWrittenOver() throws {
        let output = try BatchOutput(folder: out, replaces: false)
        try output.write([file("a.html")])
        try Data("mine".utf8).write(to: URL(filePath: out + "/b.html"))
        #expect(throws: ProjectError.outputExists(out + "/b.html")) {
            try output.write([file("a.html", "new"), file("b.html")])
        }
        #expect(text("a.html") == "x" && text("b.html") == "mine")
        try output.write([file("c.html")])
        #expect(tree == ["b.html", "c.html"])
    }

    @Test func aForeignFolderIsRefusedUnlessItMayBeReplaced() throws {
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false)
        try Data("mine".utf8).write(to: URL(filePath: out + "/index.html"))
        #expect(throws: BatchError.project(.outputExists(out))) { try BatchOutput(folder: out, replaces: false) }
        #expect(throws: BatchError.project(.outputExists(out))) { try Batch.checkOutput(out) }
        try BatchOutput(folder: out, replaces: true).write([file("index.html", "ours")])
        #expect(text("index.html") == "ours")
        // From now on it is a batch's.
        try BatchOutput(folder: out, replaces: false).write([file("index.html", "again")])
        #expect(text("index.html") == "again")
    }

    @Test func theFolderOfTheDesignsIsNoOutput() throws {
        #expect(throws: BatchError.outputIsInput(folder: folder.path + "/.")) {
            try Batch.checkOutput(folder.path + "/.", input: folder.path)
        }
    }

    @Test func aFolderThatIsTakenIsRefusedAndFreeAgainAfterwards() throws {
        var first: BatchOutput? = try BatchOutput(folder: out, replaces: false)
        #expect(throws: BatchError.busy(folder: out)) { try BatchOutput(folder: out, replaces: false) }
        withExtendedLifetime(first) {}
        first = nil
        _ = try BatchOutput(folder: out, replaces: false)
    }

    @Test func aRunThatEndedBetweenTwoFilesIsPutRight() throws {
        let output = try BatchOutput(folder: out, replaces: false)
        try output.write([file("a.html"), file("b.html")])
        // As if the process had been killed after it moved the first of its new files.
        try Data("c".utf8).write(to: URL(filePath: out + "/c.html"))
        try Data(#"["a.html", "b.html", "c.html", "d.html"]"#.utf8).write(
            to: URL(filePath: out + "/.bottega/written.json"))
        try FileManager.default.createDirectory(
            atPath: out + "/.bottega/new/stale", withIntermediateDirectories: true)
        try output.write([file("a.html", "2"), file("e.html")])
        #expect(tree == ["a.html", "e.html"] && text("a.html") == "2")
    }

    @Test func aPathThatLeavesTheFolderIsRefused() throws {
        let output = try BatchOutput(folder: out, replaces: false)
        #expect(throws: ProjectError.unsafePath("../x")) { try output.write([file("../x")]) }
        // A list that was tampered with removes nothing outside.
        try folder.write(Data("safe".utf8), to: "outside.txt")
        try Data(#"["../outside.txt"]"#.utf8).write(to: URL(filePath: out + "/.bottega/written.json"))
        try output.write([file("a.html")])
        #expect(try folder.names() == ["out", "outside.txt"])
    }
}
