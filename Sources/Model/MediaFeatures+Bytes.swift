// Features as bytes and back, for keeping them where memory ends: `[tokenCount, hidden]` float32 as it lies in memory.

extension KimiModel {
    /// Features as bytes.
    package func bytes(of features: MediaFeatures) -> [UInt8] { features.values.withUnsafeBytes { [UInt8]($0) } }

    /// The features that were made these bytes; nil when the bytes are no features of this model.
    package func features(of bytes: UnsafeRawBufferPointer) -> MediaFeatures? {
        let rowBytes = config.language.hidden * MemoryLayout<Float>.stride
        guard bytes.count > 0, bytes.count % rowBytes == 0 else { return nil }
        let values = [Float](unsafeUninitializedCapacity: bytes.count / MemoryLayout<Float>.stride) { buffer, count in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
            count = buffer.count
        }
        return MediaFeatures(tokenCount: bytes.count / rowBytes, values: values)
    }
}
