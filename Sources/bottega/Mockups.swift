// Where the designs of an evaluation come from: pictures on disk, with their HTML where it lies beside them, or the
// generator of the built-in model's training pages, a script that needs Python and nothing else.
import Foundation
import Media
import Render
import UIToCode

/// Makes mockups that no model has seen.
struct Mockups {
    /// Path of the script.
    let generator: String
    let renderer: Renderer

    /// One line that the generator prints.
    private struct Line: Decodable {
        let name: String
        let width, height: Int
        let html: String
    }

    /// The first `count` generated pages that fit their canvas.
    func made(_ count: Int, from seed: Int) async throws -> [Mockup] {
        var mockups: [Mockup] = []
        var first = seed
        while mockups.count < count {
            let lines = try lines(first: first, count: 2 * (count - mockups.count))
            guard !lines.isEmpty else { throw EvaluationError.generator(path: generator, reason: "it made nothing") }
            for line in lines where mockups.count < count {
                let page = PageFiles(html: line.html)
                let viewport = Viewport(width: line.width, height: line.height)
                let screenshot = try await renderer.render(page, viewport: viewport)
                guard screenshot.image.height == line.height, screenshot.overflow == 0 else { continue }
                mockups.append(Mockup(name: line.name, image: screenshot.image, page: page))
            }
            first += lines.count
        }
        return mockups
    }

    private func lines(first: Int, count: Int) throws -> [Line] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", generator, "--first", String(first), "--count", String(count)]
        let output = Pipe()
        process.standardOutput = output
        do { try process.run() } catch {
            throw EvaluationError.generator(path: generator, reason: (error as NSError).localizedDescription)
        }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw EvaluationError.generator(path: generator, reason: "python3 ended with \(process.terminationStatus)")
        }
        return try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Line.self, from: $0) }
    }

    /// Pictures, and those in folders, by name. A picture NAME.png is held against NAME.html beside it, or in `sources`
    /// beside it, where that is there.
    static func read(_ paths: [String]) throws -> [Mockup] {
        var mockups: [Mockup] = []
        var names: Set<String> = []
        for path in try paths.flatMap(pictures) {
            let design = try Design.read(path: path)
            let page = try page(of: URL(filePath: path))
            mockups.append(Mockup(name: Design.unique(design.name, in: &names), image: design.image, page: page))
        }
        guard !mockups.isEmpty else { throw EvaluationError.noDesigns }
        return mockups
    }

    private static func pictures(_ path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return [path]
        }
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            .filter(ImageFormat.isClaimed)
            .map { path + "/" + $0 }
    }

    private static func page(of picture: URL) throws -> PageFiles? {
        let folder = picture.deletingLastPathComponent()
        let name = picture.deletingPathExtension().lastPathComponent + ".html"
        for home in [folder, folder.appending(path: "sources")] {
            let file = home.appending(path: name).path(percentEncoded: false)
            if FileManager.default.fileExists(atPath: file) {
                return try PageFolder(home.path(percentEncoded: false)).files(entry: name)
            }
        }
        return nil
    }
}
