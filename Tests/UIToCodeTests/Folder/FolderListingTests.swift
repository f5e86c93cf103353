// Which files are designs, and their order.
import Foundation
import Media
import Support
import Testing

@testable import UIToCode

@Suite struct FolderListingTests {
    private let folder: TemporaryDirectory
    private let picture: Data

    init() throws {
        folder = try TemporaryDirectory()
        picture = Data(try Image(width: 2, height: 2, fill: (1, 2, 3)).encodedPNG())
    }

    private func put(_ paths: String..., as content: Data? = nil) throws {
        for path in paths {
            let file = URL(filePath: folder.file(path))
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try (content ?? picture).write(to: file)
        }
    }

    private func listed() throws -> [String] { try FolderListing.designs(in: folder.path).map(\.path) }

    @Test func foldersAreListedToTheirDepthInNaturalOrder() throws {
        try put("shop/screen 10.png", "shop/screen 2.png", "shop/deep/er/a.png", "b.png", "App/1.png", "a.png")
        #expect(
            try listed() == [
                "a.png", "b.png", "App/1.png", "shop/screen 2.png", "shop/screen 10.png", "shop/deep/er/a.png",
            ])
    }

    @Test func aDesignSaysWhereItsBytesLie() throws {
        try put("shop/a.png")
        let design = try #require(try FolderListing.designs(in: folder.path + "/").first)
        #expect(FileManager.default.contents(atPath: design.file) == picture)
    }

    @Test func contentCountsAndSoDoesANameThatClaimsToBeAPicture() throws {
        try put("without-extension", "as.txt")
        try put("notes.txt", "shop/styles.css", as: Data("no picture".utf8))
        try put("claims.PNG", "empty.webp", as: Data())
        #expect(try listed() == ["as.txt", "claims.PNG", "empty.webp", "without-extension"])
    }

    @Test func hiddenFilesAndLinksThatLeaveAreLeftOut() throws {
        let outside = try TemporaryDirectory()
        try outside.write(picture, to: "secret.png")
        try put(".hidden.png", ".git/a.png", "real.png", "deep/own.png")
        let manager = FileManager.default
        try manager.createSymbolicLink(
            atPath: folder.file("leaves.png"), withDestinationPath: outside.file("secret.png"))
        try manager.createSymbolicLink(atPath: folder.file("elsewhere"), withDestinationPath: outside.path)
        try manager.createSymbolicLink(atPath: folder.file("deep/again"), withDestinationPath: folder.path)
        try manager.createSymbolicLink(atPath: folder.file("stays.png"), withDestinationPath: "deep/own.png")
        #expect(try listed() == ["real.png", "stays.png", "deep/own.png"])
    }

    @Test func projectsThatWereMadeHereAreNoDesigns() throws {
        try put("a.png", "site/thumbnails/a.png", "site/.bottega/pages/x/thumbnail.png")
        #expect(try listed() == ["a.png"])
    }

    @Test func aFolderThatIsNotThereIsNamed() throws {
        let path = folder.file("nowhere")
        #expect(throws: BatchError.unreadable(folder: path, reason: "no such file or directory")) {
            try FolderListing.designs(in: path)
        }
    }

    @Test(arguments: [
        ("2.png", "10.png"), ("a/9/x.png", "a/10/x.png"), ("z.png", "a/a.png"), ("A.png", "b.png"),
        ("007.png", "8.png"), ("v1.9.png", "v1.10.png"), ("a.png", "a1.png"), ("A.png", "a.png"),
        ("99999999999999999999998.png", "99999999999999999999999.png"),
    ])
    func numbersCountByTheirValue(first: String, second: String) {
        #expect(NaturalOrder.isBefore(first, second) && !NaturalOrder.isBefore(second, first))
        #expect(!NaturalOrder.isBefore(first, first))
    }
}
