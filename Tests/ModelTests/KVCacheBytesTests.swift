// A cache's rows on their way out of memory and back.
import Testing

@testable import Model

struct KVCacheBytesTests {
    @Test func rowsComeBackToTheLastBitWhereverTheyAreAppended() throws {
        let model = try TinyModel.named("k25").fast
        let whole = model.makeCache()
        _ = model.forward([.tokens(Array(1...40))], cache: whole)
        let copy = model.makeCache()
        for range in [0..<7, 7..<8, 8..<40] {
            let bytes = whole.bytes(of: range)
            #expect(bytes.withUnsafeBytes { copy.append($0, count: range.count) })
        }
        #expect(copy.count == 40)
        #expect(copy.bytes(of: 0..<40) == whole.bytes(of: 0..<40))
        #expect(model.forward([.tokens([3])], cache: copy) == model.forward([.tokens([3])], cache: whole))
    }

    @Test func bytesOfAnotherNumberOfRowsAreRefused() throws {
        let model = try TinyModel.named("k25").fast
        let cache = model.makeCache()
        _ = model.forward([.tokens([1, 2, 3])], cache: cache)
        let bytes = cache.bytes(of: 0..<3)
        bytes.withUnsafeBytes { bytes in
            #expect(!cache.append(bytes, count: 2))
            #expect(!cache.append(UnsafeRawBufferPointer(rebasing: bytes.dropLast()), count: 3))
            #expect(!cache.append(UnsafeRawBufferPointer(start: nil, count: 0), count: 0))
        }
        #expect(cache.count == 3)
        #expect(cache.bytes(of: 0..<3) == bytes)
    }

    @Test func featuresComeBackToTheLastBit() throws {
        let tiny = try TinyModel.named("k25")
        let features = tiny.fast.encode(try tiny.medium("wide"))
        let bytes = tiny.fast.bytes(of: features)
        #expect(bytes.withUnsafeBytes { tiny.fast.features(of: $0) } == features)
        #expect(bytes.dropLast().withUnsafeBytes { tiny.fast.features(of: $0) } == nil)
        #expect(tiny.fast.features(of: UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
    }
}
