// Whole answers through the engine: pages for designs, with tokens guessed and without, one after another and at the same
// time. Every way begins with an engine that has seen nothing yet.
import Foundation
import Inference
import UIToCode

extension Bench {
    /// Answers that are made at the same time.
    private static let inFlight = 8

    /// One design's page, and what it cost.
    private struct Page: Sendable {
        var text = ""
        var tokens = 0
        /// From the first to the last token.
        var decodeSeconds = 0.0
    }

    func measureSpeculation(_ tell: (Measurement) -> Void) async throws {
        var texts: [[String]] = []
        for guesses in [false, true] {
            let engine = try openEngine(guesses)
            var pages: [Page] = []
            for design in designs { pages.append(try await Self.page(of: design, engine)) }
            texts.append(pages.map(\.text))
            let tokens = pages.reduce(0) { $0 + $1.tokens }, seconds = pages.reduce(0) { $0 + $1.decodeSeconds }
            let name =
                guesses ? "guesses, \(texts[0] == texts[1] ? "same" : "other") text" : "no guesses"
            tell(
                Measurement(
                    work: "speculation", size: name, value: Double(tokens) / seconds, unit: "tokens/s",
                    seconds: seconds, tries: pages.count))
        }
    }

    func measureConversions(_ tell: (Measurement) -> Void) async throws {
        let designs = designs.prefix(Self.inFlight)
        for isTogether in [false, true] {
            let engine = try openEngine(true)
            let started = ContinuousClock.now
            let tokens = try await withThrowingTaskGroup(of: Page.self) { group in
                var tokens = 0
                for design in designs {
                    group.addTask { try await Self.page(of: design, engine) }
                    if !isTogether, let page = try await group.next() { tokens += page.tokens }
                }
                for try await page in group { tokens += page.tokens }
                return tokens
            }
            let seconds = started.duration(to: .now).seconds
            tell(
                Measurement(
                    work: "conversions", size: isTogether ? "\(designs.count) at a time" : "one after another",
                    value: Double(tokens) / seconds, unit: "tokens/s", seconds: seconds, tries: designs.count))
        }
    }

    private static func page(of design: Design, _ engine: LocalEngine) async throws -> Page {
        var page = Page()
        let request = GenerationRequest(Conversation([Message(.user, [.image(design.image)])]))
        for try await event in engine.generate(request) {
            switch event {
            case .text(let more): page.text += more
            case .finished(let summary):
                page.tokens = summary.completionTokens
                page.decodeSeconds = summary.decodeSeconds
            default: break
            }
        }
        return page
    }
}
