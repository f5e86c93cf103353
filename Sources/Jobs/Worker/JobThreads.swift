// Where jobs compute. Comparing a page with its design keeps a thread busy for up to seconds; on the threads that all tasks
// share, two such jobs would keep every request waiting. So each job's task runs on threads of the system's, which the
// scheduler takes the processor from when others need it.
import Dispatch

/// Runs the tasks of jobs.
final class JobThreads: TaskExecutor {
    static let shared = JobThreads()

    private let queue = DispatchQueue(label: "bottega.jobs", qos: .utility, attributes: .concurrent)

    private init() {}

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
