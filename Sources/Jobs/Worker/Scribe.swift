// What long work tells is written down, then told to the hub, in a task of its own, so that the disk never holds up the
// engine. A scribe does both, and adds up what the engine's answers cost.
import Inference
import UIToCode

/// Hears what the work of a job tells.
protocol Scribe: Sendable {
    associatedtype Event: Sendable

    var work: JobWork { get }
    /// The sum over what the engine did in this run.
    var costs: JobReport { get }

    /// Takes the next event.
    mutating func hear(_ event: Event) async
}

extension Scribe {
    /// Writes something down. A worker that has lost its job stops; other faults cost the note alone.
    func write(_ note: (JobWork) async throws(StoreError) -> Void) async {
        do throws(StoreError) { try await note(work) } catch {
            if case .leaseLost = error { work.running.interrupt(.leaseLost) }
        }
    }
}

extension JobWork {
    /// Runs `work` beside a scribe that hears what it tells, in order, and is done when all is written.
    ///
    /// - Returns: what `work` gave, and what the scribe added up.
    func scribed<Hearer: Scribe, Report>(
        by scribe: Hearer, _ work: (@escaping @Sendable (Hearer.Event) -> Void) async throws -> Report
    ) async throws -> (Report, JobReport) {
        let (events, telling) = AsyncStream<Hearer.Event>.makeStream()
        // Not a child: what was done before a cancellation is still to be written.
        let writing = Task(executorPreference: JobThreads.shared) {
            var scribe = scribe
            for await event in events { await scribe.hear(event) }
            return scribe.costs
        }
        let result: Result<Report, any Error>
        do { result = .success(try await work { telling.yield($0) }) } catch { result = .failure(error) }
        telling.finish()
        // Before the job is settled, which lets go of it.
        let costs = await writing.value
        return (try result.get(), costs)
    }
}

extension JobReport {
    /// Adds what the conversion of one design, or another answer of the engine's, cost.
    mutating func add(_ costs: ConvertReport) {
        if costs.finishReason != .stop { finishReason = costs.finishReason.rawValue }
        decodeSeconds += costs.decodeSeconds
        encodeSeconds += costs.encodeSeconds
        prefillSeconds += costs.prefillSeconds
        generateSeconds += costs.generateSeconds
        visionTokens += costs.visionTokens
        promptTokens += costs.promptTokens
        cachedTokens += costs.cachedTokens
        completionTokens += costs.completionTokens
        if costs.receipt != nil { measureSeconds = (measureSeconds ?? 0) + costs.measureSeconds }
    }
}
