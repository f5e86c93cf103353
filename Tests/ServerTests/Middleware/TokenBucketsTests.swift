import Testing

@testable import Server

@Suite struct TokenBucketsTests {
    private let start = ContinuousClock.now

    @Test func aBucketGivesItsCapacityAtOnceAndThenItsRate() {
        var buckets = TokenBuckets()
        let rate = TokenBuckets.Rate(capacity: 3, perSecond: 0.5)
        for left in [2, 1, 0] {
            let outcome = buckets.take("a", rate, now: start)
            #expect(outcome.isGranted && outcome.remaining == left)
        }
        let refused = buckets.take("a", rate, now: start)
        #expect(!refused.isGranted && refused.waitSeconds == 2 && refused.fullSeconds == 6)
        #expect(!buckets.take("a", rate, now: start + .milliseconds(1900)).isGranted)
        #expect(buckets.take("a", rate, now: start + .milliseconds(2100)).isGranted)
    }

    @Test func aBucketNeverHoldsMoreThanItsCapacity() {
        var buckets = TokenBuckets()
        let rate = TokenBuckets.Rate(capacity: 2, perSecond: 100)
        _ = buckets.take("a", rate, now: start)
        #expect(buckets.take("a", rate, now: start + .seconds(3600)).remaining == 1)
    }

    @Test func namesDoNotShareABucket() {
        var buckets = TokenBuckets()
        let rate = TokenBuckets.Rate(capacity: 1, perSecond: 1)
        #expect(buckets.take("a", rate, now: start).isGranted)
        #expect(buckets.take("b", rate, now: start).isGranted)
        #expect(!buckets.take("a", rate, now: start).isGranted)
    }

    @Test func memoryIsBoundedAndNamesInUseAreNotForgotten() {
        var buckets = TokenBuckets(nameLimit: 10)
        let rate = TokenBuckets.Rate(capacity: 1, perSecond: 0.001)
        #expect(buckets.take("busy", rate, now: start).isGranted)
        for number in 0..<1000 {
            _ = buckets.take("name \(number)", rate, now: start)
            #expect(!buckets.take("busy", rate, now: start).isGranted)
            #expect(buckets.count <= 20)
        }
    }

    @Test func aClockThatStandsStillOrTurnsBackGivesNothing() {
        var buckets = TokenBuckets()
        let rate = TokenBuckets.Rate(capacity: 1, perSecond: 1)
        #expect(buckets.take("a", rate, now: start).isGranted)
        #expect(!buckets.take("a", rate, now: start - .seconds(10)).isGranted)
    }
}
