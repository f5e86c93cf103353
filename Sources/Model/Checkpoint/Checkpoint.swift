// A checkpoint directory as published: config.json, sharded safetensors with an index (or one file), small JSON files.
// Shards are mapped when the directory is opened; nothing is read until it is touched.

import Foundation

/// The files of one checkpoint.
struct Checkpoint: Sendable {
    /// The directory.
    let directory: String
    /// Every tensor of every shard, by name.
    let tensors: [String: Tensor]
    private let files: [MappedFile]

    /// Maps every shard that the index names; without an index, `model.safetensors` or every `*.safetensors` there is.
    ///
    /// - Throws: `unreadable` for a missing directory or shard, `malformed` for a broken one or a name in two shards,
    ///   `missingTensors` when the index promises a tensor that its shard lacks.
    init(_ directory: String) throws(CheckpointError) {
        self.directory = directory
        let indexPath = directory + "/model.safetensors.index.json"
        var tensors: [String: Tensor] = [:]
        var files: [MappedFile] = []
        if FileManager.default.fileExists(atPath: indexPath) {
            for (shard, names) in try Self.index(indexPath).sorted(by: { $0.key < $1.key }) {
                guard !shard.contains("/") else {
                    throw .malformed(file: indexPath, reason: "shard \(shard) lies outside the directory")
                }
                let file = try SafetensorsFile(directory + "/" + shard)
                let missing = names.filter { file.tensors[$0] == nil }.sorted()
                guard missing.isEmpty else { throw .missingTensors(directory: file.path, names: missing) }
                try Self.add(file, to: &tensors)
                files.append(file.file)
            }
        } else {
            for shard in try Self.shards(in: directory) {
                let file = try SafetensorsFile(directory + "/" + shard)
                try Self.add(file, to: &tensors)
                files.append(file.file)
            }
        }
        self.tensors = tensors
        self.files = files
    }

    /// A checkpoint of which only the configuration is known: no tensor is there.
    init(withoutTensors name: String) {
        directory = name
        tensors = [:]
        files = []
    }

    /// Says whether the few bytes that are touched next lie far from each other (`MappedFile.touches`).
    func touches(alone: Bool) { for file in files { file.touches(alone: alone) } }

    /// The names of tensors by the shard that an index says they are in.
    private static func index(_ path: String) throws(CheckpointError) -> [String: [String]] {
        let file = try MappedFile(path)
        var scanner = JSONScanner(file.bytes, file: path)
        var names: [String: [String]]?
        try scanner.object { (field, value) throws(CheckpointError) in
            guard field == "weight_map" else { return try value.skip() }
            var found: [String: [String]] = [:]
            try value.object { (name, value) throws(CheckpointError) in
                found[try value.string(), default: []].append(name)
            }
            names = found
        }
        try scanner.end()
        guard let names else {
            throw .field(file: path, name: "weight_map", expected: "an object", found: "nothing")
        }
        return names
    }

    private static func add(_ file: SafetensorsFile, to tensors: inout [String: Tensor]) throws(CheckpointError) {
        for (name, tensor) in file.tensors {
            if let other = tensors.updateValue(tensor, forKey: name) {
                throw .malformed(file: file.path, reason: "\(name) is in \(other.file.path) too")
            }
        }
    }

    private static func shards(in directory: String) throws(CheckpointError) -> [String] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw .unreadable(file: directory, reason: "not a directory that can be read")
        }
        let shards = names.filter { $0.hasSuffix(".safetensors") }.sorted()
        guard !shards.isEmpty else { throw .unreadable(file: directory, reason: "holds no .safetensors file") }
        return shards.contains("model.safetensors") ? ["model.safetensors"] : shards
    }
}
