// What a checkpoint of some configuration holds, down to the last tensor, without a byte of it: the model's own code is
// run on nothing and its requests are written down, so that no name or shape is listed a second time.

public import Foundation
import Kernels

/// The complete list of a checkpoint's tensors, from its configuration alone.
public struct CheckpointPlan: Sendable, Equatable {
    /// Whose plan it is: the name of a published checkpoint, or a path.
    public let name: String
    /// What the configuration says.
    public let config: ModelConfig
    /// The content of `config.json`.
    public let configuration: Data
    /// The published checkpoint of that name.
    public let published: PublishedCheckpoint?
    /// The tensors that the model asks for, in the order of the forward pass.
    public let tensors: [PlannedTensor]
    /// The tensors that the published files hold beside those, which nothing reads.
    public let ignored: [PlannedTensor]

    /// Plans a checkpoint.
    ///
    /// - Parameter name: a published checkpoint (`PublishedCheckpoint.all`), a checkpoint directory, or a `config.json`.
    /// - Throws: `unreadable` when it is none of these; what is wrong with the configuration.
    public static func read(_ name: String) throws(CheckpointError) -> CheckpointPlan {
        if let published = PublishedCheckpoint.all.first(where: { $0.name == name }) {
            let config = try ModelConfig(try JSONFile(published.configuration, name: name))
            return try CheckpointPlan(name, config, published.configuration, published)
        }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory) else {
            let names = PublishedCheckpoint.all.map(\.name).joined(separator: ", ")
            throw .unreadable(file: name, reason: "no directory, no config.json and none of \(names)")
        }
        let path = isDirectory.boolValue ? name + "/config.json" : name
        let content: Data
        do { content = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw .unreadable(file: path, reason: "cannot be read")
        }
        let config =
            isDirectory.boolValue ? try ModelConfig.read(name) : try ModelConfig(try JSONFile(content, name: path))
        return try CheckpointPlan(name, config, content, nil)
    }

    private init(
        _ name: String, _ config: ModelConfig, _ configuration: Data, _ published: PublishedCheckpoint?
    ) throws(CheckpointError) {
        self.name = name
        self.config = config
        self.configuration = configuration
        self.published = published
        tensors = try Self.tensors(of: config, name: name)
        guard published?.hasRotaryTables == true else {
            ignored = []
            return
        }
        ignored = (0..<config.language.layers).map { layer in
            PlannedTensor(
                name: "model.layers.\(layer).self_attn.rotary_emb.inv_freq", type: .float32,
                shape: [config.language.ropeDim / 2], part: .attention)
        }
    }

    /// The tensors that a model of some configuration asks for, in the order of the forward pass.
    static func tensors(of config: ModelConfig, name: String) throws(CheckpointError) -> [PlannedTensor] {
        let ledger = WeightLedger(Checkpoint(withoutTensors: name), isSurvey: true)
        _ = try KimiModel(config, ledger, Compute(threads: 1, precision: .exact))
        return ledger.requested.map {
            PlannedTensor(
                name: $0.name, type: $0.elementType, shape: $0.shape, part: CheckpointPart(of: $0))
        }
    }
}

/// One tensor of a plan.
public struct PlannedTensor: Sendable, Equatable {
    /// The full name.
    public let name: String
    /// How elements are stored as published: `BF16`, `F32`, `I32`, `F8_E4M3`.
    public var elementType: String { type.rawValue }
    /// Axes, slowest first.
    public let shape: [Int]
    /// What it belongs to.
    public let part: CheckpointPart

    let type: ElementType

    init(name: String, type: ElementType, shape: [Int], part: CheckpointPart) {
        self.name = name
        self.type = type
        self.shape = shape
        self.part = part
    }

    /// Bytes of all its elements.
    public var byteCount: Int { shape.reduce(type.byteCount, *) }
}

/// What a tensor belongs to.
public enum CheckpointPart: String, Sendable, CaseIterable {
    /// The embedding table and the output head.
    case embedding
    /// Latent attention, its norms included.
    case attention
    /// The layers' norms and the final one.
    case norms
    /// Feed-forwards of the layers without experts.
    case dense
    /// The choice of experts.
    case router
    /// Shared experts.
    case shared
    /// Routed experts.
    case experts
    /// The vision tower.
    case vision
    /// From the tower to the language core.
    case projector

    /// What a name says of its place; the first match counts.
    private static let marks: [(mark: String, part: CheckpointPart)] = [
        ("vision_tower.", .vision), ("mm_projector.", .projector), ("multi_modal_projector.", .projector),
        (".self_attn.", .attention), (".mlp.shared_experts.", .shared), (".mlp.gate.", .router), (".mlp.", .dense),
        ("embed_tokens.", .embedding), ("lm_head.", .embedding), ("norm.", .norms),
    ]

    init(of tensor: RequestedTensor) {
        if tensor.isRouted {
            self = .experts
            return
        }
        guard let part = Self.marks.first(where: { tensor.name.contains($0.mark) })?.part else {
            preconditionFailure("\(tensor.name) belongs to no part")
        }
        self = part
    }
}
