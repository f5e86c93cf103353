import CoreMetrics
import Testing

@testable import Server

@Suite struct PrometheusRegistryTests {
    @Test func countersGaugesAndHistogramsAreWrittenAsTheFormatAsks() {
        let registry = PrometheusRegistry()
        let route = [("route", "/v1/jobs/{job}"), ("method", "GET"), ("status", "200")]
        Counter(label: "bottega_http_requests_total", dimensions: route, factory: registry).increment(by: 3)
        Meter(label: "depth", factory: registry).set(2.5)
        let sizes = Recorder(label: "answer_tokens", dimensions: [("kind", "a")], factory: registry)
        for size in [10, 16, 17, 100_000] { sizes.record(size) }
        #expect(
            registry.exposition() == """
                # HELP answer_tokens answer tokens
                # TYPE answer_tokens histogram
                answer_tokens_bucket{kind="a",le="16"} 2
                answer_tokens_bucket{kind="a",le="64"} 3
                answer_tokens_bucket{kind="a",le="256"} 3
                answer_tokens_bucket{kind="a",le="1024"} 3
                answer_tokens_bucket{kind="a",le="4096"} 3
                answer_tokens_bucket{kind="a",le="16384"} 3
                answer_tokens_bucket{kind="a",le="+Inf"} 4
                answer_tokens_sum{kind="a"} 100043
                answer_tokens_count{kind="a"} 4
                # HELP bottega_http_requests_total Requests answered, by route and status.
                # TYPE bottega_http_requests_total counter
                bottega_http_requests_total{method="GET",route="/v1/jobs/{job}",status="200"} 3
                # HELP depth depth
                # TYPE depth gauge
                depth 2.5

                """)
    }

    @Test func labelsAreEscapedAndNamesMadeValid() {
        let registry = PrometheusRegistry()
        Counter(label: "1.odd name", dimensions: [("a-b:c", "x\"y\\z\nw")], factory: registry).increment()
        #expect(registry.exposition().contains("\n_1_odd_name{a_b_c=\"x\\\"y\\\\z\\nw\"} 1\n"))
    }

    @Test func timesAreSeconds() {
        let registry = PrometheusRegistry()
        let timer = Timer(label: "job_seconds", factory: registry)
        timer.recordMilliseconds(250)
        timer.recordNanoseconds(1)
        let text = registry.exposition()
        #expect(
            text.contains("job_seconds_bucket{le=\"0.001\"} 1\n")
                && text.contains("job_seconds_bucket{le=\"0.25\"} 2\n"))
        #expect(text.contains("job_seconds_sum 0.250000001\n") && text.contains("job_seconds_count 2\n"))
    }

    @Test func theSameNameAndLabelsAreTheSameSeries() {
        let registry = PrometheusRegistry()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(registry.exposition().hasSuffix("counter\nc{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test func aGaugeIsARecorderThatKeepsTheLastValue() {
        let registry = PrometheusRegistry()
        let gauge = Gauge(label: "g", factory: registry)
        gauge.record(5)
        gauge.record(-1)
        #expect(registry.exposition().hasSuffix("gauge\ng -1\n"))
    }

    @Test func fractionsAndWholeNumbersAddUp() {
        let registry = PrometheusRegistry()
        let counter = FloatingPointCounter(label: "c", factory: registry)
        counter.increment(by: 0.5)
        counter.increment(by: 0.25)
        counter.increment(by: -3.0)  // a counter never falls
        #expect(registry.exposition().hasSuffix("c 0.75\n"))
    }

    @Test func whatIsDestroyedIsGone() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "c", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(registry.exposition().isEmpty)
    }

    @Test func nothingIsLostWhenManyCount() async {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        Counter(label: "c", factory: registry).increment()
                        Meter(label: "m", factory: registry).increment(by: 0.5)
                        Timer(label: "t", factory: registry).recordSeconds(1)
                    }
                }
            }
        }
        let text = registry.exposition()
        #expect(text.contains("\nc 8000\n") && text.contains("\nm 4000\n") && text.contains("\nt_count 8000\n"))
    }
}
