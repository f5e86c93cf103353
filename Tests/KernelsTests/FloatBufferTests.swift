// Memory for activations.

import Kernels
import Testing

@Suite struct FloatBufferTests {
    @Test(arguments: [0, 1, 15, 16, 1_000_003])
    func aBufferIsAlignedAndZero(count: Int) {
        let buffer = FloatBuffer(count: count)
        #expect(buffer.count == count)
        #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
        #expect(UnsafeBufferPointer(start: buffer.pointer, count: count).allSatisfy { $0 == 0 })
    }

    @Test func elementsKeepWhatIsWritten() {
        let buffer = FloatBuffer([1, -0.0, .infinity])
        buffer[0] += 0.5
        #expect(buffer.values == [1.5, 0, .infinity])
        #expect(buffer[1].sign == .minus)
    }
}
