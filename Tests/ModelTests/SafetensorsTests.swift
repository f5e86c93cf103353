// The container's reader against whole files and against every way a file can be broken.

import Foundation
import Support
import Testing

@testable import Model

@Suite struct SafetensorsTests {
    static let shard = "model-1-of-2.safetensors"

    @Test func everyTensorHasItsNameShapeTypeAndBytes() throws {
        let directory = try TemporaryDirectory(checkpoint: "k2-fp8")
        let draft = try SafetensorsDraft(directory.read(Self.shard))
        let file = try SafetensorsFile(directory.file(Self.shard))
        #expect(Set(file.tensors.keys) == Set(draft.header.keys).subtracting(["__metadata__"]))
        for (name, tensor) in file.tensors {
            let fields = try #require(draft.header[name] as? [String: Any])
            #expect(tensor.shape == fields["shape"] as? [Int])
            #expect(tensor.elementType.rawValue == fields["dtype"] as? String)
            #expect(Data(tensor.bytes) == draft.data[draft.range(of: name)])
            #expect(tensor.count * tensor.elementType.byteCount == tensor.bytes.count)
        }
    }

    /// Breaks one shard and gives the error of opening it.
    static func failure(_ edit: (inout SafetensorsDraft) throws -> Void) throws -> CheckpointError? {
        let directory = try TemporaryDirectory(checkpoint: "k2-fp8")
        var draft = try SafetensorsDraft(directory.read(shard))
        try edit(&draft)
        return try failure(of: try draft.encoded(), in: directory)
    }

    /// The error of opening a file of some bytes.
    static func failure(of bytes: Data, in directory: TemporaryDirectory) throws -> CheckpointError? {
        try directory.write(bytes, to: shard)
        do throws(CheckpointError) {
            _ = try SafetensorsFile(directory.file(shard))
            return nil
        } catch { return error }
    }

    @Test func aFileThatIsWholeOpens() throws {
        let error = try Self.failure { _ in }
        #expect(error == nil)
    }

    @Test func emptyAndTinyFilesAreMalformed() throws {
        let directory = try TemporaryDirectory()
        for count in [0, 1, 7] {
            let error = try #require(try Self.failure(of: Data(repeating: 1, count: count), in: directory))
            #expect("\(error)".contains(Self.shard), "\(error)")
        }
    }

    @Test(arguments: [UInt64(1) << 40, UInt64.max, 1 << 63, 9000])
    func aHeaderLongerThanTheFileIsMalformed(length: UInt64) throws {
        let directory = try TemporaryDirectory()
        let bytes = SafetensorsDraft.lengthField(length) + Data(repeating: 0x20, count: 64)
        let error = try #require(try Self.failure(of: bytes, in: directory))
        guard case .malformed(_, let reason) = error else { return unexpected(error) }
        #expect(reason.contains("\(length)"))
    }

    @Test(arguments: ["", "{", "[]", "7", "{\"a\": 1}", "{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}}"])
    func aHeaderThatIsNoTableOfTensorsIsMalformed(header: String) throws {
        let directory = try TemporaryDirectory()
        let bytes = SafetensorsDraft.lengthField(UInt64(header.utf8.count)) + Data(header.utf8)
        let error = try #require(try Self.failure(of: bytes, in: directory))
        guard case .malformed = error else { return unexpected(error) }
    }

    @Test func aTruncatedShardNamesATensorThatLeavesIt() throws {
        let error = try #require(try Self.failure { $0.data.removeLast(1) })
        guard case .malformed(_, let reason) = error else { return unexpected(error) }
        #expect(reason.contains("outside"), "\(reason)")
    }

    static let victim = "model.layers.0.mlp.up_proj.weight"

    @Test(arguments: [[-1, 100], [100, 50], [0, Int.max], [Int.max - 1, Int.max], [0], [0, 1, 2]])
    func offsetsOutOfRangeAreMalformed(offsets: [Int]) throws {
        let error = try #require(try Self.failure { $0.set("data_offsets", of: Self.victim, to: offsets) })
        guard case .malformed(_, let reason) = error else { return unexpected(error) }
        #expect(reason.contains(Self.victim), "\(reason)")
    }

    @Test func overlappingTensorsAreMalformed() throws {
        let error = try #require(
            try Self.failure { draft in
                let range = draft.range(of: Self.victim)
                let moved = [range.lowerBound - 1, range.upperBound - 1]
                draft.set("data_offsets", of: Self.victim, to: moved)
            })
        guard case .malformed(_, let reason) = error else { return unexpected(error) }
        #expect(reason.contains(Self.victim) && reason.contains("overlap"), "\(reason)")
    }

    @Test(arguments: [[140, 135], [140], [140, 136, 1, 2], [-140, -136], [Int.max, Int.max], []])
    func aShapeThatIsNotItsBytesIsMalformed(shape: [Int]) throws {
        let error = try #require(try Self.failure { $0.set("shape", of: Self.victim, to: shape) })
        guard case .malformed(_, let reason) = error else { return unexpected(error) }
        #expect(reason.contains(Self.victim), "\(reason)")
    }

    @Test(arguments: ["F8_E5M2", "U4", "bf16", "F128"])
    func anUnknownTypeIsMalformed(type: String) throws {
        let error = try #require(try Self.failure { $0.set("dtype", of: Self.victim, to: type) })
        guard case .malformed(_, let reason) = error else { return unexpected(error) }
        #expect(reason.contains(Self.victim) && reason.contains(type), "\(reason)")
    }

    @Test func noFileAtAllIsUnreadable() {
        #expect(throws: CheckpointError.self) { try SafetensorsFile("/nowhere/model.safetensors") }
    }
}
