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
        for (name, isOn) in [("page faults", false), ("read ahead", true)] {
            model.readAhead(isOn)
            let cache = model.makeCache()
            let ids = ids(Self.warmUp + tokens)
            for id in ids.prefix(Self.warmUp) { _ = model.forward([.tokens([id])], cache: cache) }
            let before = KimiModel.bytesRead
            let seconds = seconds {
                for id in ids.dropFirst(Self.warmUp) { _ = model.forward([.tokens([id])], cache: cache) }
            }
            let bytes = Double(KimiModel.bytesRead - before)
            tell(
                Measurement(
                    work: "from disk", size: "\(name), \(Int(bytes / Double(tokens) / 1e6)) MB a token",
                    value: Double(tokens) / seconds, unit: "tokens/s",
                    limit: (bytes / seconds / 1e9, limit / 1e9, "GB/s"), seconds: seconds / Double(tokens),
                    tries: tokens))
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
