// A checkpoint directory as published: config.json, sharded safetensors with an index (or one file), small JSON files.
// Shards are mapped when the directory is opened; nothing is read until it is touched.

import Foundation

/// The files of one checkpoint.
struct Checkpoint: Sendable {
    /// The directory.
    let directory: String
    /// Every tensor of every shard, by name.
    let tensors: [String: Tensor]

    /// Maps every shard that the index names; without an index, `model.safetensors` or every `*.safetensors` there is.
    ///
    /// - Throws: `unreadable` for a missing directory or shard, `malformed` for a broken one or a name in two shards,
    ///   `missingTensors` when the index promises a tensor that its shard lacks.
    init(_ directory: String) throws(CheckpointError) {
        self.directory = directory
        let indexPath = directory + "/model.safetensors.index.json"
        var tensors: [String: Tensor] = [:]
        if FileManager.default.fileExists(atPath: indexPath) {
            let index = try JSONFile(indexPath)
            let map = try index.root.object("weight_map")
            var byShard: [String: [String]] = [:]
            for name in map.names { byShard[try map.string(name), default: []].append(name) }
            for (shard, names) in byShard.sorted(by: { $0.key < $1.key }) {
                guard !shard.contains("/") else {
                    throw .malformed(file: indexPath, reason: "shard \(shard) lies outside the directory")
                }
                let file = try SafetensorsFile(directory + "/" + shard)
                let missing = names.filter { file.tensors[$0] == nil }.sorted()
                guard missing.isEmpty else { throw .missingTensors(directory: file.path, names: missing) }
                try Self.add(file, to: &tensors)
            }
        } else {
            for shard in try Self.shards(in: directory) {
                try Self.add(try SafetensorsFile(directory + "/" + shard), to: &tensors)
            }
        }
        self.tensors = tensors
    }

    /// A checkpoint of which only the configuration is known: no tensor is there.
    init(withoutTensors name: String) {
        directory = name
        tensors = [:]
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
