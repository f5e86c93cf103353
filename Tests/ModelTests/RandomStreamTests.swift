// Random numbers against the published algorithm.
import Model
import Testing

@Suite struct RandomStreamTests {
    /// Its values for seed 1234567.
    @Test func theyAreThoseOfSplitMix64() {
        var random = RandomStream(seed: 1_234_567)
        #expect(
            (0..<5).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
        #expect((0..<1000).allSatisfy { _ in (0..<1).contains(random.nextFraction()) })
    }
}
