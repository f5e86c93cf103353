// What the service's metrics mean, and where their histograms are cut. A name that is not listed has the last part of
// its name for help and the buckets that its unit asks for.

extension PrometheusRegistry {
    private static let meanings: [String: String] = [
        "bottega_cache_hits_total": "Pictures and prompt prefixes that were reused instead of computed.",
        "bottega_fidelity_score": "Totals of the pages that were measured, 0 to 1.",
        "bottega_http_request_seconds": "Time from a request's head to the end of its answer.",
        "bottega_http_requests_in_flight": "Requests that are being answered.",
        "bottega_http_requests_total": "Requests answered, by route and status.",
        "bottega_job_failures_total": "Jobs that failed, by error code.",
        "bottega_job_seconds": "Time a job ran, from its claim to its end.",
        "bottega_job_stage_seconds": "Time of each stage of a job.",
        "bottega_jobs_total": "Jobs that reached a final state.",
        "bottega_queue_jobs": "Jobs that are waiting or running.",
        "bottega_tokens_total": "Tokens read and written by the engine.",
        "bottega_upload_bytes_total": "Bytes of pictures, archives and videos received.",
    ]

    static func help(for name: String) -> String { meanings[name] ?? name.replacing("_", with: " ") }

    /// The upper bounds of a histogram's buckets, rising, without infinity.
    static func bounds(for name: String) -> [Double] {
        if name.hasSuffix("_bytes") { return [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] }
        if name.hasSuffix("_score") { return [0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1] }
        if name.hasSuffix("_tokens") { return [16, 64, 256, 1024, 4096, 16_384] }
        return [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
    }
}
