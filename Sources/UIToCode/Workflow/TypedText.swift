// What was typed, read by the engine: the place where text grew, before and after, each converted like a small design. What
// the page of the second says and that of the first does not was typed.
import Foundation
import Inference
import Media
import Render

/// Reads what was typed.
struct TypedText: Sendable {
    /// What was made of one event.
    struct Reading: Sendable, Equatable {
        /// Nil where nothing could be read.
        var text: String?
    }

    let pages: ScreenPages

    /// Around what changed: letters reach beyond the pixels that differ.
    private static let margin = 8.0
    /// Smaller crops are set on ground of their own colour: no design is that small.
    private static let least = (width: 224, height: 112)

    /// The readings of all events that are typing, by their place in the course.
    func read(
        _ course: Course, _ progress: (WorkflowEvent) -> Void
    ) async throws(WorkflowError) -> [Int: Reading] {
        var readings: [Int: Reading] = [:]
        for (index, event) in course.events.enumerated() where event.kind == .typing {
            let box = event.box.widened(by: Self.margin)
            let after = try await words(course.frameAfter(index).part(in: box), progress)
            let before = after == nil ? nil : try await words(course.frameBefore(index).part(in: box), progress)
            readings[index] = Reading(text: after.flatMap { Self.fresh($0, against: before ?? "") })
        }
        return readings
    }

    /// What a text has that the one before it has not; nil when that is nothing.
    static func fresh(_ after: String, against before: String) -> String? {
        let (after, before) = (after.trimmed, before.trimmed)
        guard !before.isEmpty, after.hasPrefix(before) else { return after.isEmpty || after == before ? nil : after }
        let rest = String(after.dropFirst(before.count)).trimmed
        return rest.isEmpty ? nil : rest
    }

    private func words(
        _ crop: Image?, _ progress: (WorkflowEvent) -> Void
    ) async throws(WorkflowError) -> String? {
        guard let crop else { return nil }
        let corner = (crop.pixels[0], crop.pixels[1], crop.pixels[2])
        let design = crop.padded(
            width: max(crop.width, Self.least.width), height: max(crop.height, Self.least.height), with: corner)
        return try await pages.words(on: design, progress)
    }
}

/// The words of a page.
enum PageWords {
    /// Its text, and what its fields show, in order; white space runs as one space.
    static func text(of html: String) -> String {
        var pieces: [String] = []
        collect(HTMLElement(name: "", children: HTMLParser.parse(html)), &pieces)
        return HTMLText.unescaped(HTMLText.collapsed(pieces.joined(separator: " "))).trimmed
    }

    private static func collect(_ element: HTMLElement, _ pieces: inout [String]) {
        let unseen: Set<String> = ["head", "script", "style", "template", "title"]
        for child in element.children {
            switch child {
            case .text(let text): pieces.append(text)
            case .comment: continue
            case .element(let inner) where unseen.contains(inner.name): continue
            case .element(let inner):
                if inner.name == "input", inner["type"] != "hidden", let shown = inner["value"] ?? inner["placeholder"]
                {
                    pieces.append(shown)
                }
                collect(inner, &pieces)
            }
        }
    }
}
