// A store in a directory of its own, with a clock that moves when told and a disk that is as full as told.
import Foundation
import Media
import Support
import Synchronization
import UIToCode

@testable import Jobs

/// What a store's surroundings say.
final class World: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
    private let free = Mutex(1 << 40)
    private let start = ContinuousClock.now
    private let isTicking: Bool

    /// - Parameter isTicking: whether the clock goes by itself, too.
    init(isTicking: Bool = false) { self.isTicking = isTicking }

    var now: Date {
        let time = time.withLock { $0 }
        return isTicking ? time + start.duration(to: .now).seconds : time
    }
    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
    func setFreeBytes(_ count: Int) { free.withLock { $0 = count } }

    var surroundings: Surroundings {
        Surroundings(now: { self.now }, freeBytes: { _ in self.free.withLock { $0 } })
    }
}

/// A store under test.
final class Workbench: Sendable {
    let world: World
    let directory: String
    private let opened: Mutex<JobStore>
    private let options: StoreOptions
    private let temporary: Mutex<TemporaryDirectory>

    init(isTicking: Bool = false, _ edit: (inout StoreOptions) -> Void = { _ in }) throws {
        world = World(isTicking: isTicking)
        var options = StoreOptions()
        edit(&options)
        self.options = options
        let temporary = try TemporaryDirectory()
        directory = temporary.file("data")
        opened = Mutex(try JobStore.open(directory, options: options, surroundings: world.surroundings))
        self.temporary = Mutex(temporary)
    }

    var store: JobStore { opened.withLock { $0 } }

    /// Closes the store as a process that dies would, and opens it again as the next.
    func restart() async throws {
        await store.close()
        let next = try JobStore.open(directory, options: options, surroundings: world.surroundings)
        opened.withLock { $0 = next }
    }

    /// Uploads bytes.
    @discardableResult
    func upload(_ bytes: [UInt8] = Array("a picture".utf8)) throws -> StoredUpload {
        let upload = try store.beginUpload()
        try bytes.withUnsafeBytes { try upload.append($0) }
        return try upload.finish()
    }

    /// A conversion of one upload for each of `names`.
    func draft(_ names: [String] = ["sign-in"], bytes: [UInt8] = Array("a picture".utf8)) throws -> ConversionDraft {
        let designs = try names.map { name in
            let upload = try upload(bytes)
            return StoredDesign(
                name: name, mediaType: "image/png", digest: upload.digest, byteCount: upload.byteCount, width: 4,
                height: 3)
        }
        return ConversionDraft(name: names[0], request: ConversionRequest(), designs: designs)
    }

    /// Enqueues a conversion.
    @discardableResult
    func submit(
        key: String = "local", bytes: [UInt8] = Array("a picture".utf8), idempotency: IdempotencyRequest? = nil
    ) async throws -> Job {
        try await store.create(draft(bytes: bytes), key: key, activeJobLimit: 1000, idempotency: idempotency).job
    }

    /// Enqueues a conversion and claims it.
    func running(key: String = "local", worker: String = "w") async throws -> Job {
        let job = try await submit(key: key)
        let claimed = try await store.claimNext(worker: worker)
        precondition(claimed?.id == job.id, "the job is the only one in the queue")
        return claimed ?? job
    }

    /// Ends a running job with one page.
    @discardableResult
    func succeed(_ job: Job, worker: String = "w", page: String = "<p>One</p>") async throws -> Revision {
        try await store.succeed(
            job, worker: worker, project: .page(page), entry: "index.html", report: .sample)
    }

    /// A job brought to a state.
    func job(in state: Job.State) async throws -> Job {
        switch state {
        case .queued: return try await submit()
        case .running: return try await running()
        case .succeeded:
            let job = try await running()
            try await succeed(job)
        case .failed:
            let job = try await running()
            try await store.fail(job, worker: "w", .sample)
        case .cancelled:
            let job = try await submit()
            _ = try await store.cancel(job: job.id, key: nil)
        }
        let jobs = try await store.jobs(key: "local", limit: 1)
        return jobs.items[0]
    }

    /// Every file and folder below the data directory, without SQLite's.
    func files(_ folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: "\(directory)/\(folder)")
        return (names?.compactMap { $0 as? String } ?? []).sorted()
    }
}

extension Project {
    static func page(_ text: String) -> Project { Project(files: ["index.html": text]) }

    /// A project of texts by path, in the order of their paths.
    init(files: [String: String]) {
        self.init()
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            do { try add(Array(text.utf8), at: path) } catch { preconditionFailure("\(error)") }
        }
    }
}

extension JobReport {
    static let sample = JobReport(
        engine: "script", totalSeconds: 1, visionTokens: 5, promptTokens: 7, cachedTokens: 2, completionTokens: 11)
}

extension JobFailure {
    static let sample = JobFailure(code: "blank_result", message: "nothing", isRetryable: false)
}

extension Edit {
    /// Sets the text of the first `selector`.
    static func text(_ text: String, of selector: String = "p") throws -> Edit {
        let wire = ["operations": [["selector": selector, "set_text": text]]]
        return try JSONDecoder().decode(Edit.self, from: JSONEncoder().encode(wire))
    }
}
