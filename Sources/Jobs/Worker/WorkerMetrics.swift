// What the worker counts, through swift-metrics. Times are seconds in the exposition.
import Metrics
import Render

/// The worker's counters and gauges.
struct WorkerMetrics: Sendable {
    private let queued = Gauge(label: "bottega_queue_jobs", dimensions: [("state", "queued")])
    private let running = Gauge(label: "bottega_queue_jobs", dimensions: [("state", "running")])

    func queue(_ counts: QueueCounts) {
        queued.record(counts.queued)
        running.record(counts.running)
    }

    func stage(_ stage: StageEvent.Stage, seconds: Double) {
        Timer(label: "bottega_job_stage_seconds", dimensions: [("stage", stage.rawValue)]).recordSeconds(seconds)
    }

    func succeeded(_ product: JobWork.Product, _ kind: Job.Kind, seconds: Double) {
        ended(kind, .succeeded, code: nil)
        Timer(label: "bottega_job_seconds", dimensions: [("kind", kind.rawValue)]).recordSeconds(seconds)
        let report = product.report
        let tokens = [
            ("vision", report.visionTokens), ("prompt", report.promptTokens), ("cached", report.cachedTokens),
            ("completion", report.completionTokens),
        ]
        for (kind, count) in tokens {
            Counter(label: "bottega_tokens_total", dimensions: [("kind", kind)]).increment(by: count)
        }
        if let seconds = report.measureSeconds {
            stage(.measure, seconds: seconds)
        }
        for receipt in product.receipts {
            guard let total = receipt.receipt.measure?.fidelity.score.total else { continue }
            Recorder(label: "bottega_fidelity_score").record(total)
        }
        for (cache, hits) in [("image", product.reusedImages), ("prefix", report.cachedTokens > 0 ? 1 : 0)] {
            Counter(label: "bottega_cache_hits_total", dimensions: [("cache", cache)]).increment(by: hits)
        }
    }

    func ended(_ kind: Job.Kind, _ state: Job.State, code: String?) {
        let dimensions = [("kind", kind.rawValue), ("state", state.rawValue)]
        Counter(label: "bottega_jobs_total", dimensions: dimensions).increment()
        guard let code else { return }
        Counter(label: "bottega_job_failures_total", dimensions: [("code", code)]).increment()
    }
}
