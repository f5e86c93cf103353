// The whole in a few sentences: by rules, or by an engine that follows instructions. Such an engine is shown the screens
// once, and, when it reads videos, the recording itself where it is short, else the moments in which something happened, four
// frames each, as MoonViT-3D takes them. What it writes replaces the rules' words; when it fails, they stay, and it is noted.
import Foundation
import Inference
import Media
import Prompts

/// Sums up analyses.
struct WorkflowSummary {
    let engine: any Engine
    /// Whether the recording itself must not be shown.
    let isRedacted: Bool
    /// Larger recordings are not shown.
    let videoLimits: VideoLimits

    /// Pictures of screens that are shown, their width at most, and moments.
    private static let screens = 8
    private static let width = 768
    private static let moments = 6
    /// Frames of a moment: one chunk of MoonViT-3D.
    private static let momentFrames = 4
    /// Frames of a recording that is shown whole.
    private static let wholeFrames = 48
    private static let answerTokens = 400

    /// Lets the engine sum up an analysis that has the rules' words.
    ///
    /// - Throws: `cancelled`.
    func write(
        into report: inout WorkflowReport, _ course: Course, video path: String, _ progress: (WorkflowEvent) -> Void
    ) async throws(WorkflowError) {
        let abilities = engine.abilities
        guard abilities.followsInstructions, abilities.dialect == nil, abilities.readsImages else { return }
        progress(.summing)
        let request = GenerationRequest(try conversation(about: report, course, path), maxTokens: Self.answerTokens)
        var text = ""
        var answer = Answer()
        var failure: String?
        do {
            for try await event in engine.generate(request) {
                _ = answer.hear(event)
                if case .text(let piece) = event { text += piece }
            }
        } catch {
            failure = "\(error)"
        }
        guard !Task.isCancelled else { throw .cancelled }
        if answer.isFinished { progress(.answered(answer.report, isShelved: false)) }
        let words = HTMLText.collapsed(text).trimmed
        if failure == nil, !words.isEmpty {
            report.summary = .init(text: words, author: .engine)
        } else {
            report.notes.append(
                .init(
                    kind: .failure, start: 0, end: 0,
                    text: "The engine wrote no summary: \(failure ?? "its answer was empty")."))
        }
    }

    /// What the engine is shown and asked.
    func conversation(
        about report: WorkflowReport, _ course: Course, _ path: String
    ) throws(WorkflowError) -> Conversation {
        var content: [Message.Part] = []
        for (index, screen) in report.screens.prefix(Self.screens).enumerated() {
            content += [.text("\(screen.name):"), .image(try course.picture(of: index).narrowed(to: Self.width))]
        }
        if engine.abilities.readsVideo, !isRedacted {
            content += clips(course, path).map { .video($0) }
        }
        let steps = report.steps.enumerated().map { number, step in
            "\(number + 1). [\(step.start.fixed(1)) s] \(step.instruction) \(step.effect)"
        }
        content.append(.text(Prompt.workflow(name: report.name, steps: steps.joined(separator: "\n"))))
        return Conversation([Message(.user, content)])
    }

    // The whole of a short recording, else its moments. What cannot be read any more is not shown.
    private func clips(_ course: Course, _ path: String) -> [VideoClip] {
        let info = course.observation.info
        let rate = engine.abilities.videoFramesPerSecond
        if info.seconds * min(rate, info.framesPerSecond) <= Double(Self.wholeFrames),
            let clip = try? VideoClip(
                reading: path, limits: videoLimits, samplesPerSecond: rate, maxFrames: Self.wholeFrames)
        {
            return [clip]
        }
        let events = course.events.filter { $0.kind != .scroll && $0.kind != .typing }
            .sorted { ($1.confidence, $0.start) < ($0.confidence, $1.start) }.prefix(Self.moments)
        return moments(events.sorted { $0.start < $1.start }.map { ($0.start, $0.end) }, path)
    }

    // Four frames of each moment, evenly from its start to its end.
    private func moments(_ spans: [(start: Double, end: Double)], _ path: String) -> [VideoClip] {
        var clips = spans.map { _ in VideoClip(frames: [], seconds: []) }
        let wanted = spans.map { span in
            (0..<Self.momentFrames).map {
                span.start + (span.end - span.start) * Double($0) / Double(Self.momentFrames - 1)
            }
        }
        // A damaged recording shows what was readable.
        _ = try? VideoReader(path: path, limits: videoLimits).read { frame in
            for (index, times) in wanted.enumerated() {
                let have = clips[index].frames.count
                guard have < times.count, frame.seconds >= times[have] - 0.001 else { continue }
                clips[index].frames.append(try frame.image().narrowed(to: Self.width))
                clips[index].seconds.append(frame.seconds)
            }
            return clips.contains { $0.frames.count < Self.momentFrames }
        }
        return clips.filter { !$0.frames.isEmpty }
    }
}
