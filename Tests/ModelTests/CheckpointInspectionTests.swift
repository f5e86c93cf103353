// The account of a checkpoint, against counts made while it was recorded.

import Support
import Testing

@testable import Model

@Suite struct CheckpointInspectionTests {
    @Test(arguments: LanguageParityTests.checkpoints + ["moonlight-tied"])
    func parametersAreCounted(checkpoint: String) throws {
        let inspection = try CheckpointInspection.read(Fixtures.checkpoint(checkpoint))
        let expected = try Goldens(checkpoint).ints("parameters")
        #expect([inspection.totalParameters, inspection.activeParameters, inspection.visionParameters] == expected)
        #expect(inspection.missing.isEmpty && inspection.leftover.isEmpty)
        #expect(inspection.storage.reduce(0) { $0 + $1.byteCount } == inspection.weightBytes)
    }

    @Test func twinsCountTheSameParameters() throws {
        let packed = try CheckpointInspection.read(Fixtures.checkpoint("k25"))
        let plain = try CheckpointInspection.read(Fixtures.checkpoint("k25-dequantized"))
        #expect(packed.totalParameters == plain.totalParameters)
        #expect(packed.activeParameters == plain.activeParameters)
        #expect(packed.weightBytes < plain.weightBytes)
        #expect(packed.storage.map(\.elementType).contains("I32"))
    }

    @Test func missingTensorsArePartOfTheAccount() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        let shard = "model-00002-of-000002.safetensors"
        var draft = try SafetensorsDraft(directory.read(shard))
        let gone = draft.header.keys.filter { $0.contains("layers.2.mlp.experts.5.") }
        let extra: [String: Any] = [
            "dtype": "I64", "shape": [0], "data_offsets": [draft.data.count, draft.data.count],
        ]
        for name in gone { draft.header[name] = nil }
        draft.header["language_model.stray"] = extra
        try directory.write(try draft.encoded(), to: shard)
        try CheckpointTests.editIndex(directory) { map in gone.forEach { map[$0] = nil } }
        let inspection = try CheckpointInspection.read(directory.path)
        #expect(gone.count == 9)
        #expect(inspection.missing == gone.sorted())
        #expect(inspection.leftover == ["language_model.stray"])
        let whole = try CheckpointInspection.read(Fixtures.checkpoint("k25"))
        #expect(inspection.totalParameters == whole.totalParameters)
    }
}
