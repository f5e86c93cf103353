// Plans against what is published: counts and sizes of the large checkpoints, every tensor of the tiny ones.

import Foundation
import Support
import Testing

@testable import Model

@Suite struct CheckpointPlanTests {
    /// The plans of all published checkpoints, made once.
    private static let plans = PublishedCheckpoint.all.map { published in
        Result { () throws(CheckpointError) in try CheckpointPlan.read(published.name) }
    }

    private func plan(_ name: String) throws -> CheckpointPlan {
        try #require(try Self.plans.map { try $0.get() }.first { $0.name == name })
    }

    @Test(arguments: PublishedCheckpoint.all)
    func everyPublishedConfigurationIsPlanned(published: PublishedCheckpoint) throws {
        let plan = try self.plan(published.name)
        #expect(plan.published == published && plan.configuration == published.configuration)
        #expect(Set(plan.tensors.map(\.name)).count == plan.tensors.count)
        guard let known = published.known else { return }
        let all = plan.tensors + plan.ignored
        let gibibytes = Double(all.reduce(0) { $0 + $1.byteCount }) / Double(1 << 30)
        #expect(all.count == known.tensorCount)
        #expect((gibibytes * 10).rounded() / 10 == known.gibibytes)
    }

    @Test func countsAreKnownForTheLargeOnes() throws {
        #expect(PublishedCheckpoint.all.filter { $0.known != nil }.map(\.name) == ["kimi-k2.5", "kimi-k2-instruct"])
    }

    // Counted in the published list of tensors.
    @Test func k25sPartsHaveTheirPublishedCounts() throws {
        let plan = try self.plan("kimi-k2.5")
        let experts = plan.tensors.filter { $0.part == .experts }
        #expect(experts.count == 207_360 && plan.tensors.count - experts.count == 1190 && plan.ignored.isEmpty)
        #expect(plan.tensors.filter { $0.elementType == "F32" }.map(\.shape) == Array(repeating: [384], count: 60))
    }

    // Names, shapes and types from the published list of tensors.
    @Test(arguments: [
        ("kimi-k2.5", "language_model.lm_head.weight", "BF16", [163_840, 7168]),
        ("kimi-k2.5", "language_model.model.layers.0.mlp.down_proj.weight", "BF16", [7168, 18_432]),
        ("kimi-k2.5", "language_model.model.layers.60.self_attn.kv_b_proj.weight", "BF16", [16_384, 512]),
        ("kimi-k2.5", "language_model.model.layers.60.mlp.gate.e_score_correction_bias", "F32", [384]),
        ("kimi-k2.5", "language_model.model.layers.1.mlp.experts.383.down_proj.weight_packed", "I32", [7168, 256]),
        ("kimi-k2.5", "language_model.model.layers.1.mlp.experts.0.up_proj.weight_scale", "BF16", [2048, 224]),
        ("kimi-k2.5", "language_model.model.layers.1.mlp.experts.0.up_proj.weight_shape", "I32", [2]),
        ("kimi-k2.5", "vision_tower.patch_embed.proj.weight", "BF16", [1152, 3, 14, 14]),
        ("kimi-k2.5", "vision_tower.encoder.blocks.26.mlp.fc1.weight", "BF16", [1152, 4304]),
        ("kimi-k2.5", "mm_projector.proj.2.weight", "BF16", [7168, 4608]),
        ("kimi-k2-instruct", "model.layers.0.self_attn.kv_a_proj_with_mqa.weight", "F8_E4M3", [576, 7168]),
        ("kimi-k2-instruct", "model.layers.0.self_attn.kv_a_proj_with_mqa.weight_scale_inv", "F32", [5, 56]),
        ("kimi-k2-instruct", "lm_head.weight", "BF16", [163_840, 7168]),
        ("kimi-vl-a3b-instruct", "multi_modal_projector.linear_2.weight", "BF16", [2048, 4608]),
        ("kimi-vl-a3b-thinking", "language_model.model.layers.26.self_attn.q_proj.weight", "BF16", [3072, 2048]),
        ("moonlight-16b-a3b", "model.layers.26.mlp.experts.63.up_proj.weight", "BF16", [1408, 2048]),
        ("kimi-k2-thinking", "model.layers.60.mlp.experts.383.gate_proj.weight_packed", "I32", [2048, 896]),
    ])
    func tensorsAreAsPublished(checkpoint: String, name: String, type: String, shape: [Int]) throws {
        let plan = try self.plan(checkpoint)
        let tensor = try #require(plan.tensors.first { $0.name == name })
        #expect(tensor.elementType == type && tensor.shape == shape)
    }

    @Test func rotaryTablesAreIgnored() throws {
        let plan = try self.plan("kimi-k2-instruct")
        #expect(plan.ignored.count == 61)
        #expect(plan.ignored.allSatisfy { $0.name.hasSuffix(".rotary_emb.inv_freq") && $0.shape == [32] })
    }

    // The tiny checkpoints hold what transformers' own loader asks for.
    @Test(arguments: ["k25", "moonlight", "moonlight-tied", "kimi-vl", "k2-fp8"])
    func thePlanIsWhatTheFilesHold(checkpoint: String) throws {
        let directory = Fixtures.checkpoint(checkpoint)
        let held = try Checkpoint(directory).tensors.values.filter { !$0.name.hasSuffix(".rotary_emb.inv_freq") }
        let expected = held.map { "\($0.name) \($0.elementType.rawValue) \($0.shape)" }.sorted()
        for path in [directory, directory + "/config.json"] {
            let plan = try CheckpointPlan.read(path)
            #expect(plan.tensors.map { "\($0.name) \($0.elementType) \($0.shape)" }.sorted() == expected)
        }
    }

    @Test func whatIsNoConfigurationIsNamed() throws {
        let error = #expect(throws: CheckpointError.self) { try CheckpointPlan.read("kimi-k9") }
        let message = "\(try #require(error))"
        #expect(message.hasPrefix("kimi-k9: ") && message.contains("moonlight-16b-a3b"))
        let folder = try TemporaryDirectory()
        for path in [folder.path, folder.path + "/config.json", Fixtures.path("README.md")] {
            #expect(throws: CheckpointError.self) { try CheckpointPlan.read(path) }
        }
    }
}
