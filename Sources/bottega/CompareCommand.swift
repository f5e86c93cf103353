// `bottega compare`: how faithful one screen is to another, as a number that can gate a build.
import ArgumentParser
import Foundation
import Media
import Render

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Says how faithful a screen is to a design, and where it differs.",
        discussion: """
            Either side is a picture, a page (.html) or a folder with an index.html. Pages are shown in Chromium with \
            the network off, in a window as large as the picture on the other side. The exit code is 3 when the total \
            is below --fail-under.

            Examples:
              bottega compare design.png out
              bottega compare design.png out --fail-under 0.9
              bottega compare before.html after.html --viewport 390x844 --heat-map heat.png
              bottega compare design.png screenshot.png --json | jq .score.total
            """)

    @Argument(help: ArgumentHelp("What it should look like.", valueName: "design"), completion: .file())
    var design: String

    @Argument(help: ArgumentHelp("What it looks like.", valueName: "result"), completion: .file())
    var result: String

    @Option(help: ArgumentHelp("End with exit code 3 when the total is lower.", valueName: "0…1"))
    var failUnder: Double?

    @Option(help: ArgumentHelp("Write a picture of the differences.", valueName: "png"), completion: .file())
    var heatMap: String?

    @Option(
        help: ArgumentHelp(
            "The window for pages. (default: the other side's size, 1280x800 for two pages)", valueName: "WxH"),
        transform: Viewport.parse)
    var viewport: Viewport?

    @Option(help: ArgumentHelp("Pixels of a picture for one CSS pixel.", valueName: "number"))
    var scale = 1.0

    @Flag(help: "Print one JSON object, with every difference.")
    var json = false

    func validate() throws {
        guard failUnder.map({ (0...1).contains($0) }) ?? true else {
            throw ValidationError("--fail-under must be from 0 to 1")
        }
        guard (0.1...4).contains(scale) else { throw ValidationError("--scale must be from 0.1 to 4") }
    }

    func run() async throws {
        let command = self
        try await Interruption.run { try await command.compare() }
    }

    private func compare() async throws {
        let (design, result) = (try Subject.read(design, scale: scale), try Subject.read(result, scale: scale))
        let comparison = try await Browser.with { renderer in
            try await renderer.compare(result, to: design, viewport: viewport)
        }
        if let heatMap {
            let bytes = try comparison.heatMap.encodedPNG()
            do { try Data(bytes).write(to: URL(filePath: heatMap), options: .atomic) } catch {
                throw SubjectError.unwritable(path: heatMap, reason: (error as NSError).localizedDescription)
            }
        }
        if json {
            Output.result(JSONText.line(comparison.report))
        } else {
            for line in FidelityText(comparison.report).lines { Output.result(line) }
        }
        if let failUnder, comparison.report.score.total < failUnder {
            Output.complain("\(comparison.report.score.total.score) is below \(failUnder)")
            throw ExitCode(3)
        }
    }
}

extension Viewport {
    /// Reads `1280x800`.
    static func parse(_ argument: String) throws -> Viewport {
        let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1], (1...16_384).contains(width),
            (1...16_384).contains(height)
        else { throw ValidationError("\"\(argument)\" is no window such as 1280x800, 1 to 16384 each") }
        return Viewport(width: width, height: height)
    }
}

/// The browser of one command.
enum Browser {
    /// Runs `body` with a renderer, and ends the browser however it comes out. On a machine without a browser `body`
    /// gets a renderer that says so when it is asked for a page.
    static func with<Outcome: Sendable>(
        _ body: (any PageRendering) async throws -> Outcome
    ) async throws -> Outcome {
        let renderer: Renderer
        do { renderer = try Renderer() } catch { return try await body(NoRenderer(error)) }
        do {
            let outcome = try await body(renderer)
            await renderer.close()
            return outcome
        } catch {
            await renderer.close()
            throw error
        }
    }
}

/// A comparison for people.
struct FidelityText {
    private let report: FidelityReport
    private static let shown = 20

    init(_ report: FidelityReport) { self.report = report }

    /// The total, its parts, then the gravest differences.
    var lines: [String] {
        var lines = ["total          \(report.score.total.score)"]
        for category in FidelityCategory.allCases {
            let value = report.score[category].map(\.score) ?? "–"
            let weight = report.score.shares[category].map { String(format: "%3.0f %%", $0 * 100) } ?? "  not counted"
            lines.append(category.rawValue.padding(toLength: 15, withPad: " ", startingAt: 0) + "\(value)  \(weight)")
        }
        if report.isEstimate {
            lines.append("Text was searched in a picture: block, text, position and colour are estimates.")
        }
        guard !report.differences.isEmpty else { return lines }
        let count = report.differences.count
        lines += ["", "\(count) differences" + (count > Self.shown ? ", the gravest:" : ":")]
        lines += report.differences.prefix(Self.shown).map { "  " + $0.words }
        return lines
    }
}

extension Difference {
    /// What differs and where, on one line.
    var words: String {
        let place = (resultBox ?? designBox).map { " at \($0.x.whole), \($0.y.whole)" } ?? ""
        let element = selector.map { "  \($0)" } ?? ""
        return description + place + element
    }
}
