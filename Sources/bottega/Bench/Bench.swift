// The measurements, in the order in which they are told, and those of the model itself. Each is tried several times, and
// the median counts; the machine's limits are measured before and after, because others may use it as well. What more than
// the model takes part in lies beside.
import Foundation
import Inference
import Kernels
import Media
import Model
import UIToCode

/// What is measured.
enum BenchPart: String, Sendable, CaseIterable {
    case limits, vision, prefill, decode, batch, edit, disk, layer, naive, speculation, conversions, memory

    /// What is measured when nothing is asked for by name.
    static let usual: [BenchPart] = [.limits, .vision, .prefill, .decode, .batch, .edit, .memory]
}

/// Measures a model on this machine.
struct Bench {
    let model: KimiModel
    /// Where the model was opened.
    let directory: String
    /// Opens the same model as an engine.
    let openEngine: (_ guesses: Bool) throws -> LocalEngine
    var images: [PixelSize]
    var prompts: [Int]
    var contexts: [Int]
    /// Sequences that are decoded together.
    var flights: [Int]
    var tokens: Int
    var tries: Int
    /// Designs that are converted.
    var designs: [Design]

    /// Measures parts, and tells each figure as it comes.
    func run(_ parts: [BenchPart], _ tell: (Measurement) -> Void) async throws {
        for part in BenchPart.allCases where parts.contains(part) {
            switch part {
            case .limits: measureLimits(tell)
            case .vision: if model.hasVision { for size in images { tell(vision(size)) } }
            case .prefill: for count in prompts { tell(prefill(count)) }
            case .decode: for context in contexts { tell(decode(behind: context)) }
            case .batch: for count in flights { tell(batch(of: count)) }
            case .edit: if model.hasVision, let size = images.last { measureEdit(size, tell) }
            case .disk: try measureDisk(tell)
            case .layer: measureLayer(tell)
            case .naive: measureNaive(tell)
            case .speculation: if !designs.isEmpty { try await measureSpeculation(tell) }
            case .conversions: if !designs.isEmpty { try await measureConversions(tell) }
            case .memory: measureMemory(tell)
            }
        }
    }

    /// What a machine can do while something is measured: the means of before and after.
    private func beside(_ body: () -> Double) -> (seconds: Double, limits: Ceilings) {
        let before = model.ceilings()
        let seconds = body()
        return (seconds, before.mean(with: model.ceilings()))
    }

    private func measureLimits(_ tell: (Measurement) -> Void) {
        let limits = model.ceilings()
        func limit(_ work: String, _ rate: Double, _ unit: String) {
            tell(Measurement(work: "limit", size: work, value: rate / 1e9, unit: unit, seconds: 0, tries: 7))
        }
        limit("read", limits.readRate, "GB/s")
        limit("float32", limits.float32Rate, "GFLOP/s")
        limit("bfloat16", limits.bfloat16Rate, "GFLOP/s")
    }

    private func vision(_ size: PixelSize) -> Measurement {
        let image = Self.picture(size)
        let (seconds, limits) = beside { median { _ = model.encode(.image(image)) } }
        let count = model.mediaTokenCount(width: size.width, height: size.height)
        let side = model.config.vision?.mergeSide ?? 1
        let rate = model.encodeOperations(patches: count * side * side) / seconds
        return Measurement(
            work: "vision", size: "\(size.width)x\(size.height)", value: seconds * 1000, unit: "ms",
            limit: (rate / 1e9, limits.bfloat16Rate / 1e9, "GFLOP/s"), seconds: seconds, tries: tries)
    }

    private func prefill(_ count: Int) -> Measurement {
        let ids = ids(count)
        let (seconds, limits) = beside { median { _ = model.forward([.tokens(ids)], cache: model.makeCache()) } }
        let rate = model.prefillOperations(tokens: count) / seconds
        return Measurement(
            work: "prefill", size: "\(count)", value: Double(count) / seconds, unit: "tokens/s",
            limit: (rate / 1e9, limits.bfloat16Rate / 1e9, "GFLOP/s"), seconds: seconds, tries: tries)
    }

    private func decode(behind context: Int) -> Measurement {
        let cache = model.makeCache()
        cache.appendNoise(context)
        let ids = ids(tokens + 1)
        _ = model.forward([.tokens([ids[0]])], cache: cache)
        let (seconds, limits) = beside {
            let times = ids.dropFirst().map { id in
                self.seconds { _ = model.forward([.tokens([id])], cache: cache) }
            }
            return times.sorted()[times.count / 2]
        }
        let rate = Double(model.decodeBytes(context: context + tokens / 2)) / seconds
        return Measurement(
            work: "decode", size: "\(context)", value: 1 / seconds, unit: "tokens/s",
            limit: (rate / 1e9, limits.readRate / 1e9, "GB/s"), seconds: seconds, tries: tokens)
    }

    // Sequences side by side, one token each a pass.
    private func batch(of count: Int) -> Measurement {
        let caches = (0..<count).map { _ in model.makeCache() }
        for cache in caches { cache.appendNoise(contexts[0]) }
        let ids = ids(count * (tokens + 1))
        var times: [Double] = []
        for step in 0...tokens {
            let steps = caches.enumerated().map { ([ids[step * count + $0]], $1) }
            let seconds = seconds { _ = model.decode(steps) }
            if step > 0 { times.append(seconds) }
        }
        let seconds = times.sorted()[times.count / 2]
        return Measurement(
            work: "batch", size: "\(count)", value: Double(count) / seconds, unit: "tokens/s", seconds: seconds,
            tries: tokens)
    }

    // The first token of an edit, with nothing at hand and with the picture and the earlier turn in the cache.
    private func measureEdit(_ size: PixelSize, _ tell: (Measurement) -> Void) {
        let first: [PromptPiece] = [.tokens(ids(64)), .media(.image(Self.picture(size))), .tokens(ids(256))]
        let edited = first + [.tokens(ids(24))]
        var fresh: [Double] = []
        var cached: [Double] = []
        for _ in 0..<tries {
            var session = Session(model, contextTokens: model.config.language.contextTokens)
            fresh.append(seconds { _ = try? session.sync(to: edited) })
            _ = try? session.sync(to: first)
            cached.append(seconds { _ = try? session.sync(to: edited) })
        }
        for (size, times) in [("nothing cached", fresh), ("picture cached", cached)] {
            let seconds = times.sorted()[tries / 2]
            tell(
                Measurement(
                    work: "first token", size: size, value: seconds * 1000, unit: "ms", seconds: seconds, tries: tries))
        }
    }

    private func measureMemory(_ tell: (Measurement) -> Void) {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        for (name, size) in [("RssAnon:", "own"), ("RssFile:", "mapped")] {
            let fields = status.split(separator: "\n").first { $0.hasPrefix(name) }?.split(
                whereSeparator: \.isWhitespace)
            guard let fields, fields.count > 1, let kilobytes = Double(fields[1]) else { continue }
            tell(
                Measurement(
                    work: "memory", size: size, value: kilobytes * 1024 / 1e6, unit: "MB", seconds: 0, tries: 1))
        }
    }

    // MARK: Inputs

    // Any tokens do, as long as they are not all the same.
    func ids(_ count: Int) -> [Int] {
        (0..<count).map { ($0 &* 7919 &+ 17) % model.config.language.vocabularySize }
    }

    private static func picture(_ size: PixelSize) -> Image {
        let pixels = (0..<size.width * size.height * 3).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 997) }
        return Image(width: size.width, height: size.height, pixels: pixels)
    }

    // MARK: Time

    func median(_ body: () -> Void) -> Double {
        (0..<tries).map { _ in seconds(body) }.sorted()[tries / 2]
    }

    func seconds(_ body: () -> Void) -> Double {
        ContinuousClock().measure(body).seconds
    }
}
