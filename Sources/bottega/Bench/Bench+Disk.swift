// Weights that come from the disk: tokens a second with experts read ahead and without, beside what the disk can do. It
// says something where the weights are larger than the memory that the process may use.
import Foundation
import Model

extension Bench {
    /// Tokens that are decoded before it counts, so that memory is full of what it keeps.
    private static let warmUp = 8

    func measureDisk(_ tell: (Measurement) -> Void) throws {
        let shards = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            .filter { $0.hasSuffix(".safetensors") }.map { directory + "/" + $0 }
        guard let first = shards.first else { return }
        // Pages that others brought in would not count as this process's.
        for shard in shards { try PageCache.drop(shard) }
        let limit = try DiskRate.measure(first)
        tell(Measurement(work: "limit", size: "disk", value: limit / 1e9, unit: "GB/s", seconds: 0, tries: 1))
        var rest = ids(2 * 2 * (Self.warmUp + tokens))[...]
        var spent = [(seconds: 0.0, bytes: 0), (seconds: 0.0, bytes: 0)]
        // In turn, and each time with other tokens: what one way left in memory would help the other.
        for turn in 0..<4 {
            model.readAhead(turn % 2 == 1)
            let cache = model.makeCache()
            for id in rest.prefix(Self.warmUp) { _ = model.forward([.tokens([id])], cache: cache) }
            let measured = rest.dropFirst(Self.warmUp).prefix(tokens)
            let before = KimiModel.bytesRead
            spent[turn % 2].seconds += seconds {
                for id in measured { _ = model.forward([.tokens([id])], cache: cache) }
            }
            spent[turn % 2].bytes += KimiModel.bytesRead - before
            rest = rest.dropFirst(Self.warmUp + tokens)
        }
        for (name, spent) in zip(["page faults", "read ahead"], spent) {
            let seconds = spent.seconds / Double(2 * tokens), bytes = Double(spent.bytes) / Double(2 * tokens)
            tell(
                Measurement(
                    work: "from disk", size: "\(name), \(Int(bytes / 1e6)) MB a token", value: 1 / seconds,
                    unit: "tokens/s", limit: (bytes / seconds / 1e9, limit / 1e9, "GB/s"), seconds: seconds,
                    tries: 2 * tokens))
        }
        model.readAhead(true)
    }
}

/// The system's memory of files.
enum PageCache {
    /// Gives up what it holds of a file, except what processes have mapped and used.
    static func drop(_ path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        posix_fadvise(file.fileDescriptor, 0, 0, Int32(POSIX_FADV_DONTNEED))
    }
}
