// Ctrl-C and `kill`: the work is cancelled and ends by itself, which leaves nothing behind; a second signal ends the
// process at once.
import Dispatch
import Foundation
import Synchronization

/// Runs work that a signal can cancel.
enum Interruption {
    /// Runs `work` in a task that SIGINT and SIGTERM cancel.
    ///
    /// After a signal the process ends with 128 + its number as soon as `work` has returned or thrown.
    static func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task(operation: work)
        let caught = Atomic<Int32>(0)
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                caught.store(number, ordering: .relaxed)
                task.cancel()
            }
            source.resume()
            return source
        }
        let result = await task.result
        for source in sources { source.cancel() }
        let number = caught.load(ordering: .relaxed)
        if number != 0 {
            Output.complain("interrupted")
            exit(128 + number)
        }
        try result.get()
    }
}
