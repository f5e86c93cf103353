// Answers of the engine for clients that wait: whole, or piece by piece. They are no jobs: an answer lives as long as its
// client listens and the service stays, and costs nothing once it is over. The engine has a line of its own; how many may
// stand in it is bounded here.
import AsyncAlgorithms
import CoreMetrics
import HTTPTypes
import Hummingbird
import Inference
import Logging
import NIOCore
import Synchronization

/// How the pieces of an answer are written down.
protocol ChatFrames: Sendable {
    /// What an event of the engine makes the client read; empty for nothing.
    mutating func frames(for event: GenerationEvent) -> [ByteBuffer]
    /// What a client reads when the answer breaks off.
    mutating func frames(for problem: Problem, requestID: String) -> [ByteBuffer]
}

/// A whole answer.
struct ChatAnswer: Sendable {
    var reasoning = ""
    var text = ""
    var calls: [ToolCall] = []
    var tokens: [ScoredToken] = []
    var summary = GenerationSummary(
        reason: .stop, promptTokens: 0, cachedTokens: 0, completionTokens: 0, decodeSeconds: 0)

    /// Takes what an event adds.
    mutating func hear(_ event: GenerationEvent) {
        switch event {
        case .encoded, .prefilled, .toolCallPart: break
        case .reasoning(let more): reasoning += more
        case .text(let more): text += more
        case .token(let token): tokens.append(token)
        case .toolCall(let call): calls.append(call)
        case .finished(let summary): self.summary = summary
        }
    }
}

/// Answers chats.
struct ChatEngine: Sendable {
    /// Chats that are read, written or waited for at the same time.
    static let answersAtOnce = 64

    let engine: any Engine
    private let gate = RenderGate(places: Self.answersAtOnce)

    init(engine: any Engine) { self.engine = engine }

    var abilities: Abilities { engine.abilities }

    /// How many tokens a prompt has.
    func promptTokens(_ order: ChatOrder) async throws -> Int {
        try await engine.promptTokens(of: order.fitted(to: abilities).request)
    }

    /// A whole answer.
    ///
    /// - Parameter place: is given back at the end.
    func answer(_ order: ChatOrder, in place: ChatPlace, _ context: BottegaRequestContext) async throws -> ChatAnswer {
        defer { place.leave() }
        let order = try order.fitted(to: abilities)
        var answer = try await context.whileAttended {
            var answer = ChatAnswer()
            for try await event in engine.generate(order.request) { answer.hear(event) }
            guard answer.summary.reason != .cancelled else { throw Problem.closing }
            return answer
        }
        if let page = order.page { answer.text = page(answer.text) }
        Self.count(answer.summary)
        return answer
    }

    /// An answer that is told while it is written. What goes wrong before its first event is thrown.
    ///
    /// - Parameter place: is given back when the stream is over.
    func stream(
        _ order: ChatOrder, as frames: some ChatFrames, in place: ChatPlace, _ context: BottegaRequestContext
    ) async throws -> Response {
        let order = try order.fitted(to: abilities)
        let events = engine.generate(order.request)
        // The task that waits for the first event may be cancelled; the events are then at their end.
        let first = try await context.whileAttended {
            var iterator = events.makeAsyncIterator()
            return try await iterator.next()
        }
        let pump = ChatPump(
            order: order, first: first, events: events, frames: frames, signal: await context.hangUpSignal(),
            requestID: context.requestID, logger: context.logger)
        let body = ResponseBody { writer in
            defer { place.leave() }
            try await pump.write(to: &writer)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: FrameStream.headers, body: body)
    }

    /// Takes a place, before anything of a request is held in memory.
    ///
    /// - Throws: `queue_full`.
    func enter() throws(Problem) -> ChatPlace {
        guard gate.enter() else {
            throw Problem(
                .queueFull, "\(gate.places) chats are being read, written or waited for; try again soon",
                retryAfterSeconds: 2)
        }
        return ChatPlace(gate)
    }

    fileprivate static func count(_ summary: GenerationSummary) {
        let counts = [
            ("prompt", summary.promptTokens), ("cached", summary.cachedTokens),
            ("completion", summary.completionTokens),
        ]
        for (kind, tokens) in counts {
            Counter(label: "bottega_chat_tokens_total", dimensions: [("kind", kind)]).increment(by: tokens)
        }
    }
}

/// A place behind the gate. It is given back once, at the latest with its last reference: an answer may never be asked for.
final class ChatPlace: Sendable {
    private let gate: RenderGate
    private let isLeft = Mutex(false)

    fileprivate init(_ gate: RenderGate) { self.gate = gate }

    func leave() {
        let isFirst = isLeft.withLock { isLeft in
            defer { isLeft = true }
            return !isLeft
        }
        if isFirst { gate.leave() }
    }

    deinit { leave() }
}

/// Carries an answer from the engine to a connection.
private struct ChatPump<Frames: ChatFrames>: Sendable {
    let order: ChatOrder
    let first: GenerationEvent?
    let events: AsyncThrowingStream<GenerationEvent, any Error>
    let frames: Frames
    let signal: HangUpSignal?
    let requestID: String
    let logger: Logger

    /// Writes until the answer ends, the client is gone or the service shuts down, which is said: an answer that just
    /// stopped would pass for a whole one.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        var frames = frames
        let parting = frames.frames(for: .closing, requestID: requestID)
        try await FrameStream.write(to: &writer, signal: signal, parting: parting) { await tell(to: $0) }
    }

    private func tell(to channel: AsyncChannel<ByteBuffer>) async {
        var frames = frames
        var whole = ""
        func pieces(_ event: GenerationEvent) -> [ByteBuffer] {
            if let page = order.page {
                if case .text(let more) = event {
                    whole += more
                    return []
                }
                if case .finished = event { return frames.frames(for: .text(page(whole))) + frames.frames(for: event) }
            }
            return frames.frames(for: event)
        }
        do {
            if let first { for piece in pieces(first) { await channel.send(piece) } }
            for try await event in events {
                for piece in pieces(event) { await channel.send(piece) }
                if case .finished(let summary) = event { ChatEngine.count(summary) }
            }
        } catch {
            logger.info("an answer broke off", metadata: ["error": "\(error)"])
            for piece in frames.frames(for: Problem(error), requestID: requestID) { await channel.send(piece) }
        }
    }
}
