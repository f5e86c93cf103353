// A token bucket for each of many names: it holds at most `capacity` tokens, fills evenly and gives one token at a time.
// Memory is bounded: names are kept in two generations, and when the younger one is full the older one is forgotten. A
// name that is forgotten starts with a full bucket.

/// Buckets by name.
struct TokenBuckets {
    /// What a name is allowed.
    struct Rate: Equatable {
        /// Tokens at once.
        let capacity: Double
        let perSecond: Double

        /// As many a minute as at once.
        static func perMinute(_ count: Int) -> Rate { Rate(capacity: Double(count), perSecond: Double(count) / 60) }
    }

    struct Outcome: Equatable {
        let isGranted: Bool
        /// Whole tokens that are left.
        let remaining: Int
        /// Seconds until there is a token again; 0 when there is one.
        let waitSeconds: Double
        /// Seconds until the bucket is full.
        let fullSeconds: Double
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: ContinuousClock.Instant
    }

    private let nameLimit: Int
    private var young: [String: Bucket] = [:]
    private var old: [String: Bucket] = [:]

    /// - Parameter nameLimit: at most twice so many names are kept.
    init(nameLimit: Int = 10_000) { self.nameLimit = nameLimit }

    /// The names that are kept.
    var count: Int { young.count + old.count }

    /// Takes a token of the name's bucket if it has one.
    mutating func take(_ name: String, _ rate: Rate, now: ContinuousClock.Instant) -> Outcome {
        var bucket = filled(name, rate, now: now)
        let isGranted = bucket.tokens >= 1
        if isGranted { bucket.tokens -= 1 }
        keep(bucket, name)
        return Outcome(
            isGranted: isGranted, remaining: Int(bucket.tokens),
            waitSeconds: max(0, 1 - bucket.tokens) / rate.perSecond,
            fullSeconds: (rate.capacity - bucket.tokens) / rate.perSecond)
    }

    private func filled(_ name: String, _ rate: Rate, now: ContinuousClock.Instant) -> Bucket {
        guard var bucket = young[name] ?? old[name] else { return Bucket(tokens: rate.capacity, filledAt: now) }
        let elapsed = bucket.filledAt.duration(to: now).components
        let seconds = max(0, Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
        bucket.tokens = min(rate.capacity, bucket.tokens + seconds * rate.perSecond)
        bucket.filledAt = now
        return bucket
    }

    private mutating func keep(_ bucket: Bucket, _ name: String) {
        if young[name] == nil, young.count >= nameLimit {
            old = young
            young = [:]
        }
        young[name] = bucket
        old[name] = nil
    }
}
