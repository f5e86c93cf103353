// Drawing tokens: the likeliest, the cut ones, the frequencies, the same text from the same seed.
import Foundation
import Testing

@testable import Inference

struct SamplerTests {
    /// The tokens that `count` draws give.
    func draw(_ count: Int, _ sampling: Sampling, from logits: [Float]) throws -> [Int] {
        var sampler = try Sampler(sampling)
        var tokens: [Int] = []
        for _ in 0..<count { tokens.append(try sampler.next(from: logits)) }
        return tokens
    }

    @Test func atTemperatureZeroTheLikeliestWinsAndTheLowerOfEquals() throws {
        #expect(try draw(1, .greedy, from: [0, 3, 1, 3, -1]) == [1])
        #expect(try draw(1, .greedy, from: [-.infinity, -5, -.infinity]) == [1])
        #expect(try draw(1, .greedy, from: [-0.0, 0.0]) == [0])
        #expect(try draw(1, Sampling(temperature: 0, topP: 0.1, topK: 3, seed: 9), from: [1, 2, 3]) == [2])
    }

    @Test func drawsAsOftenAsTheProbabilitiesSay() throws {
        let logits: [Float] = [1, 2, 0, -.infinity, 2.5]
        let tokens = try draw(40_000, Sampling(temperature: 0.8, seed: 3), from: logits)
        let weights = logits.map { exp(Double($0) / 0.8) }
        for id in logits.indices {
            let expected = weights[id] / weights.reduce(0, +)
            let share = Double(tokens.count { $0 == id }) / 40_000
            // Four standard deviations of a share.
            #expect(abs(share - expected) <= 4 * (expected * (1 - expected) / 40_000).squareRoot())
        }
        #expect(!tokens.contains(3))
    }

    @Test func topKKeepsTheLikeliestAndTheLowerOfEquals() throws {
        let logits: [Float] = [1, 3, 2, 3, 2]
        #expect(Set(try draw(500, Sampling(temperature: 1, topK: 3), from: logits)) == [1, 2, 3])
        #expect(Set(try draw(50, Sampling(temperature: 1, topK: 1), from: logits)) == [1])
        #expect(Set(try draw(2000, Sampling(temperature: 5, topK: 99), from: logits)) == [0, 1, 2, 3, 4])
    }

    @Test func topPKeepsTheFewestThatReachItsSum() throws {
        // Probabilities 0.5, 0.3, 0.15, 0.05.
        let logits = [0.15, 0.5, 0.05, 0.3].map { Float(log($0)) }
        #expect(Set(try draw(500, Sampling(temperature: 1, topP: 0.45), from: logits)) == [1])
        #expect(Set(try draw(500, Sampling(temperature: 1, topP: 0.6), from: logits)) == [1, 3])
        #expect(Set(try draw(500, Sampling(temperature: 1, topP: 0.81), from: logits)) == [0, 1, 3])
        #expect(Set(try draw(2000, Sampling(temperature: 1, topP: 0.999), from: logits)) == [0, 1, 2, 3])
        #expect(Set(try draw(500, Sampling(temperature: 1, topP: 1e-9), from: logits)) == [1])
    }

    @Test func topPCountsOverWhatTopKLeft() throws {
        // Of 0.5 and 0.3 the first has 0.625.
        let logits = [0.15, 0.5, 0.05, 0.3].map { Float(log($0)) }
        #expect(Set(try draw(500, Sampling(temperature: 1, topP: 0.6, topK: 2), from: logits)) == [1])
        #expect(Set(try draw(500, Sampling(temperature: 1, topP: 0.65, topK: 2), from: logits)) == [1, 3])
    }

    @Test func temperatureComesBeforeTopP() throws {
        // At temperature 0.5 the squares count: 0.25, 0.09, 0.0225, 0.0025 of 0.365, so the first has 0.685.
        let logits = [0.15, 0.5, 0.05, 0.3].map { Float(log($0)) }
        #expect(Set(try draw(500, Sampling(temperature: 0.5, topP: 0.6), from: logits)) == [1])
    }

    @Test func theSameSeedGivesTheSameTokensAndAnotherSeedOthers() throws {
        let logits = scatteredLogits([1, 2, 3], count: 1000)
        for sampling in [Sampling(temperature: 1, seed: 5), Sampling(temperature: 1, topP: 0.9, topK: 50, seed: 5)] {
            let first = try draw(100, sampling, from: logits)
            #expect(try draw(100, sampling, from: logits) == first)
            var other = sampling
            other.seed = 6
            #expect(try draw(100, other, from: logits) != first)
        }
    }

    @Test func aTinyTemperatureIsAsGoodAsNone() throws {
        #expect(Set(try draw(100, Sampling(temperature: .leastNonzeroMagnitude), from: [1, 2, 1.999])) == [1])
    }

    @Test(arguments: [[Float.nan, 1], [1, Float.infinity], [-Float.infinity, -Float.infinity]])
    func logitsOfABrokenModelAreAnError(logits: [Float]) throws {
        for temperature in [0.0, 1.0] {
            var sampler = try Sampler(Sampling(temperature: temperature))
            do {
                _ = try sampler.next(from: logits)
                Issue.record("nothing was thrown")
            } catch {
                guard case .unavailable = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    }

    @Test(arguments: [
        Sampling(temperature: -1), Sampling(temperature: .nan), Sampling(temperature: .infinity),
        Sampling(temperature: 1, topP: 0), Sampling(temperature: 1, topP: 1.1), Sampling(temperature: 1, topP: .nan),
        Sampling(temperature: 1, topK: -1),
    ])
    func settingsThatDescribeNoDistributionAreRefused(sampling: Sampling) {
        let error = errorThrown { () throws(EngineError) in try Sampler(sampling) }
        guard case .unsupported? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func theExponentialIsThatOfTheLibrary() {
        for step in 0...7450 {
            let x = -Double(step) / 10
            let expected = exp(x)
            #expect(abs(Sampler.exponential(x) - expected) <= max(expected * 1e-15, .leastNonzeroMagnitude), "e^\(x)")
        }
        #expect(Sampler.exponential(0) == 1)
        #expect(Sampler.exponential(-1e300) == 0)
        #expect(Sampler.exponential(-.infinity) == 0)
    }
}
