// Server-sent events as bytes. The data of an event is one line of JSON, so that a frame is at most three lines and the
// empty one that ends it.
import Jobs
import NIOCore
import Render
import UIToCode

enum EventFrame {
    /// Opens every stream: how long a client waits before it connects again.
    static let opening = ByteBuffer(string: "retry: 1000\n\n")
    /// Keeps proxies from closing a stream on which nothing happens.
    static let keepAlive = ByteBuffer(string: ": keep-alive\n\n")

    /// One event.
    ///
    /// - Parameter id: nil for an event that nobody can go on from.
    static func event(_ name: String, id: JobEvent.ID?, data: some Encodable) throws -> ByteBuffer {
        event(name, id: id, data: try Wire.json(data))
    }

    /// One event with its data as JSON already.
    static func event(_ name: String, id: JobEvent.ID?, data: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer()
        if let id { frame.writeString("id: \(id)\n") }
        frame.writeString("event: \(name)\ndata: ")
        frame.writeImmutableBuffer(data)
        frame.writeString("\n\n")
        return frame
    }
}

/// `status`: the job waits or runs.
struct StatusEvent: Encodable, Sendable {
    let status: Job.State
    /// 1 for the next one to run; only while it waits.
    var position: Int?
    let conversion: String
    let job: String
}

/// `delta`: more of a file's raw text.
struct DeltaEvent: Encodable, Sendable {
    let path, text: String
}

/// `draft`: a page as it stands.
struct DraftEvent: Encodable, Sendable {
    let path, html: String
}

/// `restart`: the text so far is void.
struct RestartEvent: Encodable, Sendable {
    let attempt: Int
}

/// `score`: a draft was shown and scored.
struct ScoreFrame: Encodable, Sendable {
    let design, attempt: Int
    @Nullable var total: Double?
    @Nullable var failure: String?

    init(_ score: ScoreEvent) {
        design = score.design
        attempt = score.attempt
        total = score.total
        failure = score.failure
    }
}

/// `item`: how a design of a batch stands.
struct ItemFrame: Encodable, Sendable {
    let index: Int
    let path: String
    let state: BatchItem.State
    @Nullable var stage: StageEvent.Stage?
    @Nullable var page: String?
    @Nullable var score: Double?
    let seconds: Double
    let kept: Bool
    @Nullable var failure: String?
    @Nullable var etaSeconds: Double?

    init(_ event: ItemEvent) {
        index = event.index
        path = event.item.path
        state = event.item.state
        stage = event.stage
        page = event.item.page
        score = event.item.score.map(\.toldScore)
        seconds = event.item.seconds
        kept = event.item.isKept
        failure = event.item.failure
        etaSeconds = event.secondsLeft
    }
}

/// `progress`: how far a stage is.
struct ProgressFrame: Encodable, Sendable {
    let stage: StageEvent.Stage
    @Nullable var fraction: Double?
    @Nullable var words: String?

    init(_ event: ProgressEvent) {
        stage = event.stage
        fraction = event.fraction
        words = event.words
    }
}

/// `repair`: a change of the page was tried.
struct RepairFrame: Encodable, Sendable {
    let design, attempt: Int
    let repair, change: String
    let before: Double
    @Nullable var after: Double?
    let outcome: RepairStep.Outcome
    @Nullable var reason: String?
    let seconds: Double

    init(_ event: RepairEvent) {
        design = event.design
        attempt = event.attempt
        repair = event.repair
        change = event.change
        before = event.before
        after = event.after
        outcome = event.outcome
        reason = event.reason
        seconds = event.seconds
    }
}
