// What a session keeps, what it runs again, and that the result never depends on it.
import Inference
import Media
import Model
import Testing

struct SessionTests {
    let core = FakeCore { scatteredLogits($0, count: 16) }

    func picture(_ shade: UInt8, width: Int = 3, height: Int = 2) -> Image {
        Image(width: width, height: height, fill: (shade, 0, 0))
    }

    @Test func runsAFirstPromptWhole() throws {
        var session = Session(core, contextTokens: 100)
        let synced = try session.sync(to: [.tokens([1, 2, 3])])
        #expect(synced?.promptTokens == 3)
        #expect(synced?.reusedTokens == 0)
        #expect(synced?.logits == scatteredLogits([1, 2, 3], count: 16))
        #expect(core.takeCalls() == [.append(3)])
    }

    @Test func runsTheLastTokenOfTheSamePromptAgain() throws {
        var session = Session(core, contextTokens: 100)
        let first = try session.sync(to: [.tokens([1, 2, 3])])
        _ = core.takeCalls()
        let second = try session.sync(to: [.tokens([1]), .tokens([2, 3])])
        #expect(second?.reusedTokens == 2)
        #expect(second?.logits == first?.logits)
        #expect(core.takeCalls() == [.truncate(2), .append(1)])
    }

    @Test func keepsPromptAndAnswerWhenTheConversationGoesOn() throws {
        var session = Session(core, contextTokens: 100)
        _ = try session.sync(to: [.tokens([1, 2, 3])])
        #expect(session.append(4) == scatteredLogits([1, 2, 3, 4], count: 16))
        _ = session.append(5)
        _ = core.takeCalls()
        let synced = try session.sync(to: [.tokens([1, 2, 3, 4, 5, 6, 7])])
        #expect(synced?.reusedTokens == 5)
        #expect(core.takeCalls() == [.append(2)])
    }

    @Test func cutsBackToWherePromptsPart() throws {
        var session = Session(core, contextTokens: 100)
        _ = try session.sync(to: [.tokens([1, 2, 3, 4, 5])])
        _ = core.takeCalls()
        let synced = try session.sync(to: [.tokens([1, 2, 9])])
        #expect(synced?.reusedTokens == 2)
        #expect(synced?.logits == scatteredLogits([1, 2, 9], count: 16))
        #expect(core.takeCalls() == [.truncate(2), .append(1)])
    }

    @Test func theSamePixelsAreNeitherEncodedNorRunAgain() throws {
        var session = Session(core, contextTokens: 100)
        var seen: [Bool] = []
        for _ in 0..<2 {
            let prompt: [PromptPiece] = [.tokens([1]), .media(.image(picture(7))), .tokens([2, 3])]
            let synced = try session.sync(to: prompt, onPicture: { seen.append($0.isReused) })
            #expect(synced?.promptTokens == 9)
        }
        #expect(seen == [false, true])
        #expect(
            core.takeCalls() == [
                .encode(.image(picture(7))), .append(9), .truncate(8), .append(1),
            ])
    }

    @Test func onePixelMoreOrLessIsAnotherPicture() throws {
        var session = Session(core, contextTokens: 100)
        var pixels = picture(7).pixels
        pixels[pixels.count - 1] ^= 1
        let other = Image(width: 3, height: 2, pixels: pixels)
        _ = try session.sync(to: [.tokens([1]), .media(.image(picture(7))), .tokens([2])])
        _ = core.takeCalls()
        let synced = try session.sync(to: [.tokens([1]), .media(.image(other)), .tokens([2])])
        #expect(synced?.reusedTokens == 1)
        #expect(core.takeCalls() == [.truncate(1), .encode(.image(other)), .append(7)])
    }

    @Test func theSamePixelsInAnotherShapeAreAnotherPicture() throws {
        var session = Session(core, contextTokens: 100)
        _ = try session.sync(to: [.media(.image(picture(7, width: 3, height: 2))), .tokens([1])])
        _ = try session.sync(to: [.media(.image(picture(7, width: 2, height: 3))), .tokens([1])])
        _ = try session.sync(to: [.media(.chunk([picture(7, width: 2, height: 3)])), .tokens([1])])
        let encoded = core.takeCalls().filter { if case .encode = $0 { true } else { false } }
        #expect(encoded.count == 3)
    }

    @Test func aPictureThatMovesIsRunAgainButNotEncoded() throws {
        var session = Session(core, contextTokens: 100)
        _ = try session.sync(to: [.tokens([1]), .media(.image(picture(7))), .tokens([2])])
        _ = core.takeCalls()
        var seen: [Bool] = []
        let synced = try session.sync(
            to: [.tokens([1, 1]), .media(.image(picture(7))), .tokens([2])], onPicture: { seen.append($0.isReused) })
        #expect(synced?.reusedTokens == 1)
        #expect(seen == [true])
        #expect(core.takeCalls() == [.truncate(1), .append(8)])
    }

    @Test func theShelfForgetsWhatWasNotUsedForLongest() throws {
        var session = Session(core, contextTokens: 100, shelfTokens: 13)
        func look(_ shade: UInt8) throws -> Bool {
            var isReused = false
            _ = try session.sync(
                to: [.tokens([Int(shade)]), .media(.image(picture(shade))), .tokens([0])],
                onPicture: { isReused = $0.isReused })
            return isReused
        }
        #expect(try look(1) == false)
        #expect(try look(2) == false)
        #expect(try look(1) == true)
        #expect(try look(3) == false)
        #expect(try look(1) == true)
        #expect(try look(2) == false)
    }

    @Test func aPictureLargerThanTheShelfIsStillRead() throws {
        var session = Session(core, contextTokens: 100, shelfTokens: 2)
        let prompt: [PromptPiece] = [.media(.image(picture(1))), .media(.image(picture(2))), .tokens([0])]
        #expect(try session.sync(to: prompt)?.logits == scatteredLogits(FakeCore.contents(of: prompt), count: 16))
    }

    @Test func reportsPicturesInOrderWithTheirTokens() throws {
        var session = Session(core, contextTokens: 100)
        var seen: [SeenPicture] = []
        let chunk = [picture(2, width: 2), picture(3, width: 2)]
        _ = try session.sync(
            to: [
                .media(.image(picture(1))), .tokens([5]), .media(.chunk(chunk)), .media(.image(picture(1))),
                .tokens([6]),
            ], onPicture: { seen.append($0) })
        #expect(seen.map(\.tokenCount) == [6, 4, 6])
        #expect(seen.map(\.isReused) == [false, false, true])
        #expect(seen.allSatisfy { $0.seconds >= 0 })
    }

    @Test func aPromptThatLeavesNoRoomIsRefusedAndChangesNothing() throws {
        var session = Session(core, contextTokens: 4)
        _ = try session.sync(to: [.tokens([1, 2, 3])])
        _ = core.takeCalls()
        do {
            _ = try session.sync(to: [.tokens([1, 2, 3, 4])])
            Issue.record("nothing was thrown")
        } catch {
            #expect(error == .contextExceeded(promptTokens: 4, contextTokens: 4))
        }
        #expect(core.takeCalls() == [])
        #expect(try session.sync(to: [.tokens([1, 2, 3])])?.reusedTokens == 2)
    }

    @Test func longPromptsRunInStretchesWhateverStandsInThem() throws {
        let stretch = Session<FakeCore>.stretchTokens
        var session = Session(core, contextTokens: 100_000)
        let large = picture(1, width: 100, height: 30)
        let prompt: [PromptPiece] = [
            .tokens(Array(repeating: 1, count: stretch + 10)), .media(.image(large)),
            .tokens(Array(repeating: 2, count: stretch)),
        ]
        let synced = try session.sync(to: prompt)
        #expect(synced?.logits == scatteredLogits(FakeCore.contents(of: prompt), count: 16))
        #expect(
            core.takeCalls() == [.encode(.image(large))] + Array(repeating: .append(stretch), count: 6)
                + [.append(3000 + 10 - 5 * stretch), .append(stretch)])
    }

    @Test func aCancelledPromptLeavesABeginningThatTheNextOneUses() throws {
        let stretch = Session<FakeCore>.stretchTokens
        var session = Session(core, contextTokens: 100_000)
        let prompt: [PromptPiece] = [.tokens(Array(repeating: 1, count: stretch * 3))]
        var questions = 0
        let cancelled = try session.sync(
            to: prompt,
            isCancelled: {
                questions += 1
                return questions == 2
            })
        #expect(cancelled == nil)
        #expect(core.takeCalls() == [.append(stretch)])
        let synced = try session.sync(to: prompt)
        #expect(synced?.reusedTokens == stretch)
        #expect(synced?.logits == scatteredLogits(FakeCore.contents(of: prompt), count: 16))
    }

    @Test func aCancelledPromptLooksAtNoMorePictures() throws {
        var session = Session(core, contextTokens: 100)
        var seen = 0
        let synced = try session.sync(
            to: [.media(.image(picture(1))), .media(.image(picture(2))), .tokens([1])], isCancelled: { seen == 1 },
            onPicture: { _ in seen += 1 })
        #expect(synced == nil)
        #expect(core.takeCalls() == [.encode(.image(picture(1)))])
    }

    /// Random prompts over few tokens and pictures, each with some beginning of the one before, so that they part
    /// and meet in every way.
    @Test func whatWasSaidBeforeNeverChangesTheResult() throws {
        var session = Session(core, contextTokens: 1000, shelfTokens: 12)
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var reused = 0
        var prompt: [PromptPiece] = []
        for _ in 0..<2000 {
            prompt.removeSubrange(random(prompt.count + 1)...)
            for _ in 0...random(3) {
                switch random(4) {
                case 0: prompt.append(.media(.image(picture(UInt8(random(2)), width: 1 + random(2)))))
                case 1: prompt.append(.media(.chunk([picture(UInt8(random(2)), width: 2), picture(1, width: 2)])))
                default: prompt.append(.tokens((0...random(2)).map { _ in random(2) }))
                }
            }
            prompt.append(.tokens([random(2)]))
            let synced = try session.sync(to: prompt)
            let contents = FakeCore.contents(of: prompt)
            #expect(synced?.promptTokens == contents.count)
            #expect(synced?.logits == scatteredLogits(contents, count: 16))
            reused += synced?.reusedTokens ?? 0
            if random(2) == 0 { #expect(session.append(1) == scatteredLogits(contents + [1], count: 16)) }
        }
        #expect(reused > 4000)
    }
}
