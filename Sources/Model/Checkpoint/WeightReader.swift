// Weights by name, with their shapes checked. Model code asks for what it needs in forward order; whatever is asked
// for is recorded, so that the same code also says what a checkpoint should hold (`CheckpointInspection`).

import Foundation
import Kernels

/// A tensor that the model has asked for.
struct RequestedTensor: Sendable {
    let name: String
    /// Axes, slowest first.
    let shape: [Int]
    /// The type that it is published in.
    let elementType: ElementType
    /// Weights it stands for: an INT4 pack counts its logical elements.
    let parameters: Int
    /// Whether it belongs to a routed expert, of which a token visits only some.
    let isRouted: Bool
}

/// Hands out a checkpoint's tensors and keeps account of them. Not thread-safe: used while a model is opened.
final class WeightLedger {
    let checkpoint: Checkpoint
    /// In a survey, missing tensors are noted, and no weight is read: those handed out must not be used.
    let isSurvey: Bool
    /// What rounds dense weights to int8; nil when they stay as they are.
    let roundsDense: Compute?
    /// What reads experts ahead.
    let readAhead = ReadAhead()
    private(set) var requested: [RequestedTensor] = []
    private(set) var missing: [String] = []
    private var taken: Set<String> = []

    init(_ checkpoint: Checkpoint, isSurvey: Bool = false, roundsDense: Compute? = nil) {
        self.checkpoint = checkpoint
        self.isSurvey = isSurvey
        self.roundsDense = roundsDense
    }

    /// The tensor of some name and shape, or nil in a survey when it is missing.
    ///
    /// - Parameter types: those that its place can take, the one that it is published in first.
    func take(
        _ name: String, shape: [Int], types: [ElementType], parameters: Int, isRouted: Bool
    ) throws(CheckpointError) -> Tensor? {
        requested.append(
            RequestedTensor(
                name: name, shape: shape, elementType: types[0], parameters: parameters, isRouted: isRouted))
        guard let tensor = checkpoint.tensors[name] else {
            guard isSurvey else { throw .missingTensors(directory: checkpoint.directory, names: [name]) }
            missing.append(name)
            return nil
        }
        taken.insert(name)
        guard tensor.shape == shape else {
            throw .shape(file: tensor.file.path, tensor: name, expected: shape, found: tensor.shape)
        }
        guard types.contains(tensor.elementType) else {
            throw .elementType(
                file: tensor.file.path, tensor: name, expected: types.map(\.rawValue).joined(separator: " or "),
                found: tensor.elementType.rawValue)
        }
        return tensor
    }

    /// Tensors nobody asked for, sorted. Rotary tables that older exporters wrote are no weights.
    var leftovers: [String] {
        checkpoint.tensors.keys.filter { !taken.contains($0) && !$0.hasSuffix(".rotary_emb.inv_freq") }.sorted()
    }
}

/// A place in the tree of names, from which weights are read.
struct WeightReader {
    let ledger: WeightLedger
    let path: String
    var isRouted = false

    /// The place one or more names further down.
    func scoped(_ name: String) -> WeightReader {
        WeightReader(ledger: ledger, path: path + name + ".", isRouted: isRouted)
    }

    /// The place of one routed expert.
    func routed(_ name: String) -> WeightReader {
        WeightReader(ledger: ledger, path: path + name + ".", isRouted: true)
    }

    /// Whether the checkpoint has a tensor of this name.
    func has(_ name: String) -> Bool { ledger.checkpoint.tensors[path + name] != nil }

    /// A linear layer's weights: a routed expert's as they are stored, others in the form of `DenseWeights`.
    func linear(
        _ name: String, _ rows: Int, _ columns: Int, expecting quantization: LanguageConfig.Quantization = .none
    ) throws(CheckpointError) -> Matrix {
        let matrix = try stored(name, rows, columns, expecting: quantization)
        return isRouted ? matrix : try dense(matrix, name)
    }

    /// A linear layer's weights, however they are stored: plain, INT4 pack-quantized or FP8 in blocks.
    ///
    /// What is there decides, not the config's ignore list: published lists name fewer modules than they spare.
    func stored(
        _ name: String, _ rows: Int, _ columns: Int, expecting quantization: LanguageConfig.Quantization = .none
    ) throws(CheckpointError) -> Matrix {
        let absent = !has(name + ".weight") && !has(name + ".weight_packed")
        if has(name + ".weight_packed") || (absent && quantization == .int4Group32) {
            return try int4(name, rows, columns)
        }
        if has(name + ".weight_scale_inv") || (absent && quantization == .float8Block128) {
            return try float8(name, rows, columns)
        }
        return try matrix(name + ".weight", rows, columns)
    }

    /// Plain weights `[rows, columns]`, bfloat16 or float32, where they lie.
    func matrix(_ name: String, _ rows: Int, _ columns: Int, shape: [Int]? = nil) throws(CheckpointError) -> Matrix {
        let found = try take(name, shape ?? [rows, columns], [.bfloat16, .float32], rows * columns)
        guard let tensor = found, !ledger.isSurvey else { return Self.placeholder(rows, columns) }
        if tensor.elementType == .bfloat16 {
            let (pointer, owner) = Self.aligned(tensor, UInt16.self)
            return Matrix(rows: rows, columns: columns, storage: .bfloat16(pointer), owner: owner)
        }
        let (pointer, owner) = Self.aligned(tensor, Float.self)
        return Matrix(rows: rows, columns: columns, storage: .float32(pointer), owner: owner)
    }

    /// A vector as float32: norms and biases, published in bfloat16 but for the router's bias.
    func vector(
        _ name: String, _ count: Int, shape: [Int]? = nil, published: ElementType = .bfloat16
    ) throws(CheckpointError) -> FloatBuffer {
        let values = FloatBuffer(count: count)
        let types: [ElementType] = published == .float32 ? [.float32, .bfloat16] : [.bfloat16, .float32]
        guard let tensor = try take(name, shape ?? [count], types, count), !ledger.isSurvey else { return values }
        for index in 0..<count {
            values.pointer[index] =
                tensor.elementType == .float32
                ? tensor.bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
                : Float(
                    bitPattern: UInt32(tensor.bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)) << 16)
        }
        return values
    }

    private func int4(_ name: String, _ rows: Int, _ columns: Int) throws(CheckpointError) -> Matrix {
        guard columns % 32 == 0 else {
            throw .unsupported(
                file: ledger.checkpoint.directory, reason: "\(path + name): INT4 needs columns in groups of 32")
        }
        let packed = try take(name + ".weight_packed", [rows, columns / 8], [.int32], rows * columns)
        let scales = try take(name + ".weight_scale", [rows, columns / 32], [.bfloat16], 0)
        if let shape = try take(name + ".weight_shape", [2], [.int32, .int64], 0) {
            let sides = (0..<2).map {
                shape.elementType == .int32
                    ? Int(shape.bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self))
                    : Int(shape.bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self))
            }
            guard sides == [rows, columns] else {
                throw .shape(file: shape.file.path, tensor: path + name, expected: [rows, columns], found: sides)
            }
        }
        guard let packed, let scales, !ledger.isSurvey else { return Self.placeholder(rows, columns) }
        let (codes, codesOwner) = Self.aligned(packed, UInt32.self)
        let (factors, factorsOwner) = Self.aligned(scales, UInt16.self)
        return Matrix(
            rows: rows, columns: columns,
            storage: .int4(packed: UnsafeRawPointer(codes).assumingMemoryBound(to: UInt8.self), scales: factors),
            owner: Owners(codesOwner, factorsOwner))
    }

    private func float8(_ name: String, _ rows: Int, _ columns: Int) throws(CheckpointError) -> Matrix {
        let codes = try take(name + ".weight", [rows, columns], [.float8], rows * columns)
        let blocks = [(rows + 127) / 128, (columns + 127) / 128]
        let scales = try take(name + ".weight_scale_inv", blocks, [.float32], 0)
        guard let codes, let scales, !ledger.isSurvey else { return Self.placeholder(rows, columns) }
        let (bytes, bytesOwner) = Self.aligned(codes, UInt8.self)
        let (factors, factorsOwner) = Self.aligned(scales, Float.self)
        return Matrix(
            rows: rows, columns: columns, storage: .float8(codes: bytes, scales: factors),
            owner: Owners(bytesOwner, factorsOwner))
    }

    private func take(
        _ name: String, _ shape: [Int], _ types: [ElementType], _ parameters: Int
    ) throws(CheckpointError) -> Tensor? {
        try ledger.take(path + name, shape: shape, types: types, parameters: parameters, isRouted: isRouted)
    }

    /// The tensor's bytes where they lie, or copied when the file placed them off their natural alignment.
    private static func aligned<Element: BitwiseCopyable>(
        _ tensor: Tensor, _: Element.Type
    ) -> (UnsafePointer<Element>, any AnyObject & Sendable) {
        let count = tensor.bytes.count / MemoryLayout<Element>.stride
        let address = UnsafeRawPointer(tensor.bytes.baseAddress!)
        if Int(bitPattern: address) % MemoryLayout<Element>.alignment == 0 {
            return (address.bindMemory(to: Element.self, capacity: count), tensor.file)
        }
        let copy = FloatBuffer(count: (tensor.bytes.count + 3) / 4)
        UnsafeMutableRawPointer(copy.pointer).copyMemory(from: address, byteCount: tensor.bytes.count)
        return (UnsafeRawPointer(copy.pointer).assumingMemoryBound(to: Element.self), copy)
    }

    /// Stands in for a missing weight in a survey; never multiplied with.
    private static func placeholder(_ rows: Int, _ columns: Int) -> Matrix {
        let nothing = FloatBuffer(count: 1)
        return Matrix(rows: rows, columns: columns, storage: .float32(UnsafePointer(nothing.pointer)), owner: nothing)
    }
}

/// Keeps the bytes of a matrix in two parts alive.
private final class Owners: Sendable {
    let first: any AnyObject & Sendable
    let second: any AnyObject & Sendable

    init(_ first: any AnyObject & Sendable, _ second: any AnyObject & Sendable) {
        self.first = first
        self.second = second
    }
}
