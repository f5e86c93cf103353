// What must differ before the work of one model is not taken for that of another.
import Foundation
import Support
import Testing

@testable import Model

struct ModelIdentityTests {
    func identity(
        _ directory: String, threads: Int = 1, _ precision: ComputePrecision = .fast, _ dense: DenseWeights = .bfloat16
    ) throws -> String {
        try KimiModel.open(directory, threads: threads, precision: precision, denseWeights: dense)
            .identity(in: directory)
    }

    @Test func isTheSameHoweverOftenTheModelIsOpened() throws {
        let directory = Fixtures.checkpoint("k25")
        #expect(try identity(directory, threads: 1) == identity(directory, threads: 2))
    }

    @Test func dependsOnPrecisionWeightsAndModel() throws {
        let directory = Fixtures.checkpoint("k25")
        #expect(try identity(directory, threads: 1, .exact) != identity(directory))
        #expect(try identity(directory, threads: 1, .fast, .int8) != identity(directory))
        #expect(try identity(directory) != identity(Fixtures.checkpoint("kimi-vl")))
    }

    @Test func dependsOnConfigurationAndShards() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        var seen: Set<String> = [try identity(directory.path)]
        try directory.editJSON("config.json") { $0["note"] = "another" }
        seen.insert(try identity(directory.path))
        try directory.editJSON("preprocessor_config.json") { $0["note"] = "another" }
        seen.insert(try identity(directory.path))
        let shard = try #require(try directory.names().first { $0.hasSuffix(".safetensors") })
        try directory.write(try directory.read(shard), to: shard)
        seen.insert(try identity(directory.path))
        #expect(seen.count == 4)
    }

    /// As after unpacking another version: the same name, the same size, and the time that the archive says.
    @Test func aShardWithTheTimeOfTheOneBeforeIsAnother() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        let shard = try #require(try directory.names().first { $0.hasSuffix(".safetensors") })
        func unpack() throws {
            try directory.write(try directory.read(shard), to: shard)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: directory.file(shard))
        }
        try unpack()
        let before = try identity(directory.path)
        try unpack()
        #expect(try identity(directory.path) != before)
    }

    @Test func dependsOnTheProgram() throws {
        let programs = try TemporaryDirectory()
        let directory = Fixtures.checkpoint("k25")
        let model = try KimiModel.open(directory, threads: 1)
        try programs.write(Data([1]), to: "bottega")
        let before = try model.identity(in: directory, program: programs.file("bottega"))
        #expect(try model.identity(in: directory, program: programs.file("bottega")) == before)
        try programs.write(Data([2]), to: "bottega")
        #expect(try model.identity(in: directory, program: programs.file("bottega")) != before)
    }
}
