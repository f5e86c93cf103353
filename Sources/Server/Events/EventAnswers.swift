// Event streams as answers. A stream is read from the job's log at the pace of its reader, one event written and flushed
// before the next is taken; it ends with the job, with the client, or with the service, and none of these ends the job.
import AsyncAlgorithms
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import Logging
import NIOCore

/// Answers with the events of jobs.
struct EventAnswers: Sendable {
    let hub: EventHub
    let reader: ConversionReader
    /// Seconds between two keep-alive comments.
    var keepAliveSeconds = 15.0

    /// The events of a job.
    ///
    /// - Parameter id: the event to go on after; nil for all from the start.
    func answer(_ job: Job, after id: JobEvent.ID?, context: BottegaRequestContext) async throws -> Response {
        let signal = await context.hangUpSignal()
        let story = EventStory(reader: reader, job: job, requestID: context.requestID)
        let (current, events) = try await log(of: job, after: id)
        let ending = EventStory(reader: reader, job: current, requestID: context.requestID)
        let logger = context.logger
        let keepAlive = keepAliveSeconds
        let body = ResponseBody { writer in
            try await writer.write(EventFrame.opening)
            if let events {
                let frames = EventPump(story: story, signal: signal, keepAliveSeconds: keepAlive, logger: logger)
                try await frames.write(events, to: &writer)
            } else {
                for frame in try await ending.ending() { try await writer.write(frame) }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: FrameStream.headers, body: body)
    }

    /// The job as it is now, and its log; no log for a job whose log is gone.
    private func log(of job: Job, after id: JobEvent.ID?) async throws -> (Job, JobEvents?) {
        if let events = hub.events(of: job.id, after: id) { return (job, events) }
        let current = try await reader.store.job(job.id, key: job.keyID)
        if current.state.isFinal { return (current, nil) }
        // Nobody has told anything about the job since this process began. Whoever takes it will, unless it has ended
        // in this moment.
        hub.open(job: job.id)
        let later = try await reader.store.job(job.id, key: job.keyID)
        return (later, later.state.isFinal ? nil : hub.events(of: job.id, after: nil))
    }
}

/// Carries frames from a log to a connection.
private struct EventPump: Sendable {
    /// What makes a frame.
    private enum Cause: Sendable {
        case event(JobEvent)
        /// The log has ended, possibly before this reader's place.
        case end
        case tick
    }

    /// How often the place of a waiting job is looked up, in seconds.
    private static let lookSeconds = 1.0

    let story: EventStory
    let signal: HangUpSignal?
    let keepAliveSeconds: Double
    let logger: Logger

    /// Writes until the log ends, the client is gone or the service shuts down.
    func write(_ events: JobEvents, to writer: inout any ResponseBodyWriter) async throws {
        try await FrameStream.write(to: &writer, signal: signal) { frames in
            do { try await tell(events, to: frames) } catch {
                // The conversion was deleted, or the store failed: the stream must say so, its head is long gone.
                logger.debug("an event stream ended early", metadata: ["error": "\(error)"])
                await frames.send(story.error(Problem(error), id: nil))
            }
        }
    }

    /// One place makes all frames, so that none overtakes another.
    private func tell(_ events: JobEvents, to frames: AsyncChannel<ByteBuffer>) async throws {
        var place = try await story.place()
        if let place { await frames.send(try story.waiting(at: place)) }
        var quietSince = ContinuousClock.now
        let ticks = AsyncTimerSequence(
            interval: .seconds(min(Self.lookSeconds, keepAliveSeconds)), clock: ContinuousClock())
        let told = chain(events.map { Cause.event($0) }, [Cause.end].async)
        for await cause in merge(told, ticks.map { _ in Cause.tick }) {
            switch cause {
            case .event(let event):
                place = nil
                if let frame = try await story.frame(event) { await frames.send(frame) }
            case .end: return
            case .tick:
                if let last = place {
                    place = try await story.place()
                    if let place, place != last { await frames.send(try story.waiting(at: place)) }
                }
                guard quietSince.duration(to: .now) >= .seconds(keepAliveSeconds) else { continue }
                await frames.send(EventFrame.keepAlive)
                quietSince = .now
            }
        }
    }
}
