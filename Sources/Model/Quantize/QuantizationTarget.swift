// The directory that a quantised checkpoint is written to, and what an interrupted run leaves there.
//
//     nothing ─begin─▶ .quantize/job.json ─▶ .quantize/SHARD ─finish─▶ SHARD ─▶ … ─▶ small files ─▶ index ─▶ no .quantize
//
// 1. A file under its final name is whole and on the disk: it was written in `.quantize`, synchronised, then renamed.
// 2. A shard that is in its place has its errors in `.quantize`: they are written first.
// 3. The index comes last: a directory with an index is a checkpoint, one without is not.
// 4. A run goes on only where `job.json` says what it would say itself.

import Foundation

/// A target directory.
struct QuantizationTarget {
    let path: String
    private var work: String { path + "/.quantize" }
    private static let reportName = "quantization-report.json"
    private static let indexName = "model.safetensors.index.json"

    init(_ path: String) { self.path = path }

    /// The files that a run's result depends on: the configuration and the shards.
    static func sourceFiles(_ directory: String) throws(CheckpointError) -> [QuantizationJob.SourceFile] {
        try names(in: directory).filter { $0 == "config.json" || $0.hasSuffix(".safetensors") }
            .map { name throws(CheckpointError) in
                var status = stat()
                guard stat(directory + "/" + name, &status) == 0 else {
                    throw .unreadable(file: directory + "/" + name, reason: String(cString: strerror(errno)))
                }
                return QuantizationJob.SourceFile(
                    name: name, bytes: Int(status.st_size),
                    modified: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec)
            }
    }

    /// Makes the directory ready, or finds it so.
    ///
    /// - Returns: the report, when the same job was finished here before.
    func begin(_ job: QuantizationJob) throws(CheckpointError) -> QuantizationReport? {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
            guard isDirectory.boolValue else { throw .unwritable(file: path, reason: "not a folder") }
            let held = try Self.names(in: path, all: true)
            if let found: QuantizationJob = read(work + "/job.json") {
                guard found == job else {
                    throw .unwritable(
                        file: path, reason: "holds the beginning of another quantisation: other settings or source")
                }
                return nil
            }
            if held.contains(Self.indexName), let report: QuantizationReport = read(path + "/" + Self.reportName),
                report.job == job
            {
                return report
            }
            guard held.allSatisfy({ $0 == ".quantize" }) else {
                throw .unwritable(file: path, reason: "is not empty")
            }
        }
        try FileWriter.makeFolder(work)
        try put(Self.encoded(job), as: work + "/job.json")
        return nil
    }

    /// Fails when the file system has no room for some bytes.
    func checkSpace(_ byteCount: Int) throws(CheckpointError) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw .unwritable(file: path, reason: String(cString: strerror(errno)))
        }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        guard byteCount <= free else {
            throw .unwritable(file: path, reason: "\(byteCount) bytes are to be written, \(free) are free")
        }
    }

    /// The errors of a shard that an earlier run finished; nil when it is not there or not what it should be.
    func errors(ofFinished shard: ShardLayout) -> [QuantizationReport.TensorError]? {
        guard let file = try? MappedFile(path + "/" + shard.name), file.bytes.count == shard.byteCount,
            file.bytes.prefix(shard.header.count).elementsEqual(shard.header)
        else { return nil }
        return read(work + "/" + shard.name + ".json")
    }

    /// Begins a shard.
    func begin(_ shard: ShardLayout) throws(CheckpointError) -> FileWriter {
        try FileWriter(work + "/" + shard.name)
    }

    /// Puts a shard in its place.
    func finish(
        _ file: FileWriter, _ shard: ShardLayout, _ errors: [QuantizationReport.TensorError]
    ) throws(CheckpointError) {
        try put(Self.encoded(errors), as: work + "/" + shard.name + ".json")
        try file.finish(as: path + "/" + shard.name)
    }

    /// Writes what stands beside the shards, the index last.
    func finish(
        _ report: QuantizationReport, _ configuration: Data, _ shards: [ShardLayout], source: String
    ) throws(CheckpointError) {
        let written = ["config.json", Self.indexName, Self.reportName]
        for name in try Self.names(in: source) where !name.hasSuffix(".safetensors") && !written.contains(name) {
            let file = try MappedFile(source + "/" + name)
            try put(Data(file.bytes), as: path + "/" + name)
        }
        try put(configuration, as: path + "/config.json")
        try put(Self.encoded(report), as: path + "/" + Self.reportName)
        var map: [String: String] = [:]
        for shard in shards {
            for tensor in shard.tensors { map[tensor.name] = shard.name }
        }
        let index: [String: Any] = ["metadata": ["total_size": report.resultBytes], "weight_map": map]
        try put(JSONFile.text(index, isPretty: true), as: path + "/" + Self.indexName)
        do { try FileManager.default.removeItem(atPath: work) } catch {
            throw .unwritable(file: work, reason: "cannot be removed: \(error.localizedDescription)")
        }
    }

    private func put(_ content: Data, as name: String) throws(CheckpointError) {
        let file = try FileWriter(work + "/" + (name as NSString).lastPathComponent + ".new")
        try file.write(Array(content), at: 0)
        try file.finish(as: name)
    }

    private func read<Value: Decodable>(_ path: String) -> Value? {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(Value.self, from: $0) }
    }

    private static func encoded(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return try encoder.encode(value) + Data("\n".utf8) } catch {
            preconditionFailure("a report always has a JSON form: \(error)")
        }
    }

    /// The files of a folder, sorted; with `all`, folders and hidden ones too.
    private static func names(in folder: String, all: Bool = false) throws(CheckpointError) -> [String] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
            throw .unreadable(file: folder, reason: "not a directory that can be read")
        }
        if all { return names }
        return names.filter { name in
            var isDirectory: ObjCBool = false
            return !name.hasPrefix(".")
                && FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }
    }
}
