// Paths from a model, and projects on disk: whole or not at all.
import Foundation
import Testing

@testable import UIToCode

@Suite struct ProjectTests {
    @Test(arguments: ["index.html", "assets/logo.svg", "a b/ü (1).css", "a..b/...c", "~/x"])
    func pathsInsideAProjectAreTaken(path: String) throws {
        var project = Project()
        try project.add([1], at: path)
        #expect(project[path] == [1])
    }

    @Test(arguments: [
        "", "/etc/passwd", "../x", "a/../../x", "a/..", "./x", "a//b", "a/", "a\\b", "..\\x", "a\nb", "a\0b", "\u{7F}",
        String(repeating: "x", count: 256), String(repeating: "x/", count: 600) + "x",
    ])
    func pathsThatCouldLeaveAProjectAreRefused(path: String) {
        var project = Project()
        #expect(throws: ProjectError.unsafePath(path)) { try project.add([], at: path) }
        #expect(project.files.isEmpty)
    }

    @Test(arguments: [("a", "a"), ("a/b", "a"), ("a", "a/b"), ("a/b", "a/b/c/d")])
    func twoFilesCannotShareAPath(first: String, second: String) throws {
        var project = Project()
        try project.add([], at: first)
        #expect(throws: ProjectError.pathTaken(second)) { try project.add([], at: second) }
    }
}

@Suite final class ProjectWriteTests {
    private let root = FileManager.default.temporaryDirectory.path + "/project-\(UUID().uuidString)"
    private let project: Project

    init() throws {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
        var project = Project()
        try project.add(Array("<p>".utf8), at: "index.html")
        try project.add([0, 255], at: "assets/x.bin")
        self.project = project
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    // Everything below the root, hidden or not.
    private var tree: [String] { (FileManager.default.subpaths(atPath: root) ?? []).sorted() }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: root + "/" + path).map { String(decoding: $0, as: UTF8.self) }
    }

    private func put(_ text: String, at path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (root + "/" + path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + path))
    }

    @Test func aNewFolderIsMadeWithItsParentsAndHoldsTheFilesAlone() throws {
        try project.write(to: root + "/a/b/out/")
        #expect(tree == ["a", "a/b", "a/b/out", "a/b/out/assets", "a/b/out/assets/x.bin", "a/b/out/index.html"])
        #expect(text("a/b/out/index.html") == "<p>")
        #expect(FileManager.default.contents(atPath: root + "/a/b/out/assets/x.bin") == Data([0, 255]))
    }

    @Test func anEmptyFolderIsFilled() throws {
        try FileManager.default.createDirectory(atPath: root + "/out", withIntermediateDirectories: false)
        try project.write(to: root + "/out")
        #expect(tree == ["out", "out/assets", "out/assets/x.bin", "out/index.html"])
    }

    @Test func aFolderThatHoldsSomethingIsRefused() throws {
        try put("mine", at: "out/.keep")
        #expect(throws: ProjectError.outputExists(root + "/out")) { try project.write(to: root + "/out") }
        #expect(throws: ProjectError.outputExists(root + "/out")) { try Project.checkOutput(root + "/out") }
        #expect(tree == ["out", "out/.keep"])
    }

    @Test func replacingWritesOverTheProjectsFilesAndTouchesNothingElse() throws {
        try put("mine", at: "out/notes.txt")
        try put("old", at: "out/index.html")
        try put("mine", at: "out/assets/photo.png")
        try project.write(to: root + "/out", replace: true)
        #expect(
            tree == [
                "out", "out/assets", "out/assets/photo.png", "out/assets/x.bin", "out/index.html", "out/notes.txt",
            ])
        #expect(text("out/index.html") == "<p>")
        #expect(text("out/notes.txt") == "mine" && text("out/assets/photo.png") == "mine")
    }

    @Test func replacingThroughALinkReplacesTheLinkNotItsTarget() throws {
        try put("precious", at: "elsewhere.html")
        try put("x", at: "out/other")
        try FileManager.default.createSymbolicLink(
            atPath: root + "/out/index.html", withDestinationPath: root + "/elsewhere.html")
        try project.write(to: root + "/out", replace: true)
        #expect(text("elsewhere.html") == "precious")
        #expect(text("out/index.html") == "<p>")
    }

    @Test func aFolderInTheWayOfAFileStopsTheWriteBeforeAnythingMoves() throws {
        try put("mine", at: "out/index.html/x")
        #expect(throws: ProjectError.self) { try project.write(to: root + "/out", replace: true) }
        #expect(tree == ["out", "out/index.html", "out/index.html/x"])
    }

    @Test func aFileInTheWayOfTheFolderIsRefused() throws {
        try put("mine", at: "file")
        try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: root + "/nowhere")
        for path in ["/file", "/file/out", "/link", "/link/out"] {
            #expect(throws: ProjectError.self, "\(path)") { try Project.checkOutput(root + path) }
            #expect(throws: ProjectError.self, "\(path)") { try project.write(to: root + path, replace: true) }
        }
        #expect(tree == ["file", "link"])
        #expect(text("file") == "mine")
    }

    @Test func aWriteThatFailsHalfWayLeavesNothing() throws {
        var broken = project
        try broken.add([], at: String(repeating: String(repeating: "x", count: 250) + "/", count: 4) + "y")
        // The path is fine by itself and too long below a deep folder.
        let deep = root + "/" + String(repeating: String(repeating: "d", count: 200) + "/", count: 16) + "out"
        #expect(throws: ProjectError.self) { try broken.write(to: deep) }
        #expect(tree.isEmpty)
    }

    // Once all writes of a process were made ready in one folder.
    @Test func projectsMayBeWrittenAtTheSameTime() async throws {
        let (project, root) = (project, root)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 { group.addTask { try project.write(to: root + "/\(number)") } }
            try await group.waitForAll()
        }
        #expect(tree.count == 40 * 4)
    }

    @Test func aFullDiskIsSaidInItsOwnWords() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(throws: ProjectError.cannotWrite(path: "out/index.html", reason: "no space left on device")) {
            try Project.write([1, 2, 3], to: descriptor, path: "out/index.html")
        }
    }

    @Test func aRelativePathIsBelowTheWorkingFolder() throws {
        #expect(throws: ProjectError.self) { try Project.checkOutput(".") }
        #expect(throws: Never.self) { try Project.checkOutput("a-folder-that-is-not-there/x") }
    }
}

@Suite final class ProjectReadTests {
    private let root = FileManager.default.temporaryDirectory.path + "/project-read-\(UUID().uuidString)"

    init() throws {
        var project = Project()
        try project.add(Array("<p>".utf8), at: "index.html")
        try project.add([0, 255], at: "assets/deep/x.bin")
        try project.add([], at: "empty")
        try project.write(to: root)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: root + "/" + path, withDestinationPath: target)
    }

    private func refused(_ path: String, _ reason: String) {
        #expect(throws: ProjectError.cannotRead(path: path, reason: reason), "\(path)") {
            try Project.read(from: root, paths: [path])
        }
    }

    @Test func whatWasWrittenIsReadBackInTheOrderAskedFor() throws {
        let project = try Project.read(from: root, paths: ["assets/deep/x.bin", "empty", "index.html"])
        #expect(project.files.map(\.path) == ["assets/deep/x.bin", "empty", "index.html"])
        #expect(project["assets/deep/x.bin"] == [0, 255] && project["empty"] == [])
        #expect(project["index.html"] == Array("<p>".utf8))
        #expect(try Project.read(from: root + "/", paths: []).files.isEmpty)
    }

    @Test func noLinkIsFollowed() throws {
        try link("leaf.html", to: root + "/index.html")
        try link("out", to: "/etc")
        try link("self", to: ".")
        refused("leaf.html", "it is a link")
        for path in ["out/passwd", "self/index.html"] {
            #expect(throws: ProjectError.self, "\(path)") { try Project.read(from: root, paths: [path]) }
        }
    }

    @Test(arguments: ["../x", "/etc/passwd", "a/../../x", "", "a//b", "."])
    func pathsThatLeaveTheFolderAreRefused(path: String) {
        #expect(throws: ProjectError.unsafePath(path)) { try Project.read(from: root, paths: [path]) }
    }

    @Test func whatIsNoPlainFileIsRefused() {
        refused("missing.html", "no such file or directory")
        refused("assets", "it is no plain file")
        refused("index.html/x", "not a directory")
        #expect(mkfifo(root + "/pipe", 0o600) == 0)
        refused("pipe", "it is no plain file")
        #expect(throws: ProjectError.pathTaken("empty")) { try Project.read(from: root, paths: ["empty", "empty"]) }
        #expect(throws: ProjectError.self) { try Project.read(from: root + "/absent", paths: []) }
    }

    @Test(arguments: [
        ("index.html", "text/html; charset=utf-8"), ("a/B.HTML", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"), ("a.min.js", "text/javascript; charset=utf-8"),
        ("a.json", "application/json"), ("a.svg", "image/svg+xml"), ("a.png", "image/png"), ("a.jpg", "image/jpeg"),
        ("a.webp", "image/webp"), ("a.gif", "image/gif"), ("a.avif", "image/avif"), ("favicon.ico", "image/x-icon"),
        ("a.txt", "text/plain; charset=utf-8"), ("README.md", "text/markdown; charset=utf-8"),
        ("a.woff2", "font/woff2"), ("a.unknown", "application/octet-stream"), ("png", "application/octet-stream"),
        ("a.png/b", "application/octet-stream"), (".html", "application/octet-stream"),
    ])
    func theExtensionTellsTheMediaType(path: String, type: String) {
        #expect(Project.mediaType(of: path) == type)
    }
}
