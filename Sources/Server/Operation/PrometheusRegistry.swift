// Every measurement of the process, kept in memory and written as Prometheus text (format 0.0.4) when asked. Counting
// costs one atomic addition, a histogram one short lock; only making a metric takes the registry's lock.
//
// A name has one kind; its labels are what tells its series apart. Who makes labels keeps them few: a route's pattern,
// never a path.
package import CoreMetrics
import Synchronization

/// A swift-metrics backend that renders Prometheus text.
package final class PrometheusRegistry: MetricsFactory {
    enum Kind: String {
        case counter, gauge, histogram
    }

    private struct Family {
        let kind: Kind
        var series: [String: any PrometheusSeries] = [:]
    }

    private let families = Mutex<[String: Family]>([:])

    package init() {}

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries(labels: $0) }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { CounterSeries(labels: $0) }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { GaugeSeries(labels: $0) }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, .gauge) { GaugeSeries(labels: $0) } }
        return histogram(label, dimensions)
    }

    /// Times are recorded in seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// Everything measured so far: names in alphabetical order, each with its help, its kind and its series.
    package func exposition() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(Self.help(for: name))\n# TYPE \(name) \(family.kind.rawValue)\n"
            for (_, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(name, to: &text) }
        }
        return text
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        let bounds = Self.bounds(for: label)
        return series(label, dimensions, .histogram) { HistogramSeries(labels: $0, bounds: bounds) }
    }

    // The series of a name and its labels: the same for all who ask.
    private func series<Series: PrometheusSeries>(
        _ label: String, _ dimensions: [(String, String)], _ kind: Kind, make: (String) -> Series
    ) -> Series {
        let name = Self.name(label)
        let labels = Self.labels(dimensions)
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            precondition(family.kind == kind, "metric \(name) is a \(family.kind), not a \(kind)")
            if let known = family.series[labels] as? Series { return known }
            let made = make(labels)
            family.series[labels] = made
            families[name] = family
            return made
        }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                guard let key = family.series.first(where: { $0.value === handler })?.key else { continue }
                families[name]?.series[key] = nil
                if family.series.count == 1 { families[name] = nil }
                return
            }
        }
    }

    // Letters, digits, underscores and colons, no digit first; everything else becomes an underscore.
    private static func name(_ text: String, allowsColon: Bool = true) -> String {
        let name = String(
            text.unicodeScalars.map { scalar -> Character in
                let isAllowed =
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || scalar == "_" || (allowsColon && scalar == ":")
                return isAllowed ? Character(scalar) : "_"
            })
        return name.first.map { $0.isNumber } ?? true ? "_" + name : name
    }

    // name="value",… in alphabetical order; empty without labels.
    private static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { (name($0.0, allowsColon: false), $0.1) }.sorted { $0.0 < $1.0 }
            .map { name, value in
                "\(name)=\"\(escaped(value))\""
            }
            .joined(separator: ",")
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        return value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

/// One series of a family.
protocol PrometheusSeries: AnyObject, Sendable {
    func write(_ name: String, to text: inout String)
}

/// A number that never falls.
final class CounterSeries: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    private let labels: String
    private let whole = Atomic<Int64>(0)
    private let fraction = AtomicDouble()

    init(labels: String) { self.labels = labels }

    func increment(by amount: Int64) { whole.wrappingAdd(max(0, amount), ordering: .relaxed) }
    func increment(by amount: Double) { if amount > 0 { fraction.add(amount) } }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fraction.store(0)
    }

    func write(_ name: String, to text: inout String) {
        let value = fraction.value
        let number =
            value == 0
            ? String(whole.load(ordering: .relaxed))
            : PrometheusText.number(value + Double(whole.load(ordering: .relaxed)))
        PrometheusText.append(name, labels, number, to: &text)
    }
}

/// A number that rises and falls.
final class GaugeSeries: PrometheusSeries, MeterHandler, RecorderHandler {
    private let labels: String
    private let current = AtomicDouble()

    init(labels: String) { self.labels = labels }

    func set(_ value: Int64) { current.store(Double(value)) }
    func set(_ value: Double) { current.store(value) }
    func increment(by amount: Double) { current.add(amount) }
    func decrement(by amount: Double) { current.add(-amount) }
    func record(_ value: Int64) { current.store(Double(value)) }
    func record(_ value: Double) { current.store(value) }

    func write(_ name: String, to text: inout String) {
        PrometheusText.append(name, labels, PrometheusText.number(current.value), to: &text)
    }
}

/// How many measurements were at most so large, for each of some bounds.
final class HistogramSeries: PrometheusSeries, RecorderHandler, TimerHandler {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let labels: String
    private let bounds: [Double]  // rising
    private let state: Mutex<State>

    init(labels: String, bounds: [Double]) {
        self.labels = labels
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func write(_ name: String, to text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            let bucket = (labels.isEmpty ? "" : labels + ",") + "le=\"\(bound)\""
            PrometheusText.append(name + "_bucket", bucket, String(total), to: &text)
        }
        PrometheusText.append(name + "_sum", labels, PrometheusText.number(sum), to: &text)
        PrometheusText.append(name + "_count", labels, String(total), to: &text)
    }
}

/// A double that several threads add to.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: known) + amount).bitPattern
            let (exchanged, found) = bits.compareExchange(expected: known, desired: sum, ordering: .relaxed)
            if exchanged { return }
            known = found
        }
    }
}

/// The text format's smallest parts.
enum PrometheusText {
    static func append(_ name: String, _ labels: String, _ value: String, to text: inout String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// Whole numbers without a fraction, infinities and NaN by their names here.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
