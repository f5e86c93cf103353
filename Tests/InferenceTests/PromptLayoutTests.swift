// In which stretches a prompt is read.
import Media
import Model
import Testing

@testable import Inference

struct PromptLayoutTests {
    /// What stands in a prompt.
    enum Item { case text(Int), picture(Int) }

    func cuts(_ items: Item...) -> [Int] {
        let pieces = items.map { item -> PromptPiece in
            switch item {
            case .text(let count): .tokens(Array(repeating: 1, count: count))
            case .picture(let count): .media(.image(Image(width: count, height: 1, fill: (0, 0, 0))))
            }
        }
        return PromptLayout(pieces, tokenCount: { FakeCore.tokens(of: $0).count }).cuts
    }

    @Test func textIsCutIntoWholeStretches() {
        #expect(cuts(.text(511)) == [])
        #expect(cuts(.text(512)) == [512])
        #expect(cuts(.text(300), .text(1000)) == [512, 1024])
    }

    @Test func aPictureEndsAStretch() {
        #expect(cuts(.text(10), .picture(100), .text(600)) == [110, 622])
        #expect(cuts(.picture(600), .text(1)) == [512, 600])
        #expect(cuts(.picture(600), .picture(100), .text(1)) == [512, 600, 700])
    }

    @Test func unlessTheStretchWouldBeShort() {
        #expect(cuts(.picture(63), .text(1)) == [])
        #expect(cuts(.picture(64), .text(1)) == [64])
        #expect(cuts(.picture(40), .picture(40), .text(1)) == [80])
        #expect(cuts(.picture(575), .text(500)) == [512, 1024])
    }

    @Test func promptsThatBeginAlikeAreCutAlike() {
        let short = cuts(.text(10), .picture(100), .text(600), .text(1))
        let long = cuts(.text(10), .picture(100), .text(600), .picture(300), .text(2000))
        #expect(Array(long.prefix(short.count)) == short)
    }
}
