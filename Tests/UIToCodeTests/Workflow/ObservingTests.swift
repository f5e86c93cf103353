// What is seen of drawn recordings, in which it is known what happens.

import Foundation
import Media
import Render
import Testing

@testable import UIToCode

@Suite struct ObservingTests {
    @Test func aScreenAtRestHasNoEvents() throws {
        var film = Film(Pages.list(1))
        film.noise = 4
        film.hold(1.5)
        let (events, screens) = try film.observed()
        #expect(events.isEmpty)
        #expect(screens.count == 1)
        #expect(screens.first?.spans.count == 1)
    }

    @Test func aPointerThatMovesIsNoEvent() throws {
        var film = Film(Pages.cards(1), pointer: (400, 60))
        film.hold(0.5)
        film.move(to: 60, 250, steps: 9)
        film.hold(0.5)
        film.move(to: 300, 100, steps: 7)
        film.hold(0.5)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [])
        #expect(screens.count == 1)
    }

    @Test(arguments: [0, 3])
    func aClickThatFadesToAnotherPageIsNavigation(noise: Int) throws {
        var film = Film(Pages.list(1), pointer: (400, 280))
        film.noise = noise
        film.hold(0.6)
        film.move(to: 90, 130, steps: 7)
        film.hold(0.6)
        let clicked = film.seconds
        film.fade(to: Pages.cards(2))
        film.hold(0.8)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [.navigation])
        let event = try #require(events.first)
        #expect(abs(event.start - clicked) < 0.1)
        #expect(event.end > event.start && event.end < clicked + 0.3)
        let pointer = try #require(event.pointer)
        #expect(abs(pointer.x - 90) < 6 && abs(pointer.y - 130) < 6)
        #expect(event.screenBefore == 0 && event.screenAfter == 1)
        #expect(screens.count == 2)
        #expect(event.confidence > 0.5 && event.confidence <= 1)
        #expect(try event.frameAfter.image().width == Pages.width)
    }

    @Test func aPageThatIsOpenedAgainIsTheSameScreen() throws {
        var film = Film(Pages.list(1))
        film.hold(0.5)
        film.fade(to: Pages.cards(2))
        film.hold(0.6)
        film.fade(to: Pages.list(1))
        film.hold(0.6)
        film.fade(to: Pages.cards(2))
        film.hold(0.6)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [.navigation, .navigation, .navigation])
        #expect(events.map(\.screenAfter) == [1, 0, 1])
        #expect(screens.map(\.spans.count) == [2, 2])
    }

    @Test(arguments: [18, 61])
    func wheelTurnsAddUpToOneScroll(step: Int) throws {
        var film = Film(Pages.list(3))
        film.hold(0.5)
        let start = film.seconds
        film.show((1...4).map { Pages.list(3, offset: step * $0) })
        film.hold(0.3)
        film.show((5...7).map { Pages.list(3, offset: step * $0) })
        film.hold(0.6)
        film.show((0..<7).reversed().map { Pages.list(3, offset: step * $0) })
        film.hold(0.6)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [.scroll, .scroll])
        #expect(events.map { $0.distance?.y } == [Double(7 * step), Double(-7 * step)])
        #expect(abs((events.first?.start ?? 0) - start) < 0.1)
        // The bar at the top stays where it is.
        #expect((events.first?.box.y ?? 0) >= 32)
        #expect(screens.count == 1)
        let screen = try #require(screens.first)
        #expect(screen.windowHeight == Pages.height)
        #expect(screen.image.height == Pages.height + 7 * step)
    }

    @Test func aStitchedPageIsThePageAtItsWholeLength() throws {
        var film = Film(Pages.list(3))
        film.hold(0.5)
        film.show((1...10).map { Pages.list(3, offset: 48 * $0) })
        film.hold(0.6)
        let (_, screens) = try film.observed()
        let stitched = LumaPlane(try #require(screens.first).image.image())
        var page = ScreenDrawing(width: Pages.width, height: Pages.height + 480)
        for row in 0..<40 {
            let y = 52 + row * 36
            page.text(20, y, letters: 12, seed: 300 + row)
            page.text(140, y, letters: 40, seed: 350 + row, level: 110)
            page.fill(12, y + 22, 456, 1, 215)
        }
        let expected = LumaPlane(page.image)
        try #require(stitched.width == expected.width && stitched.height == expected.height)
        let below = 60 * Pages.width..<expected.samples.count
        let differing = below.count { abs(Int(stitched.samples[$0]) - Int(expected.samples[$0])) > 30 }
        #expect(Double(differing) < 0.002 * Double(below.count))
    }

    @Test func aScreenThatSlidesInIsNoScroll() throws {
        let (one, two) = (Pages.list(1), Pages.cards(2))
        func slid(_ x: Int) -> ScreenDrawing {
            var canvas = one
            for row in 0..<Pages.height {
                for column in 0..<Pages.width {
                    let source = column + x
                    let level =
                        source < Pages.width
                        ? one.levels[row * Pages.width + source] : two.levels[row * Pages.width + source - Pages.width]
                    canvas.fill(column, row, 1, 1, level)
                }
            }
            return canvas
        }
        var film = Film(one)
        film.hold(0.5)
        film.show([60, 150, 260, 380, 450].map(slid) + [two])
        film.hold(0.6)
        #expect(try film.observed().events.map(\.kind) == [.navigation])
    }

    /// Such a way back was once taken for a scroll, and the screen that had been left for the one below.
    @Test func aScreenThatSlidesAwayFromAnotherIsNoScroll() throws {
        var (letter, list) = (
            ScreenDrawing(width: Pages.width, height: Pages.height),
            ScreenDrawing(width: Pages.width, height: Pages.height)
        )
        letter.text(20, 60, letters: 24, seed: 60, size: 16)
        for line in 0..<6 { letter.text(20, 100 + line * 22, letters: 48, seed: 61 + line) }
        for row in 0..<5 {
            list.text(20, 52 + row * 36, letters: 30, seed: 80 + row)
            list.fill(0, 74 + row * 36, Pages.width, 1, 215)
        }
        /// The letter so many pixels further to the right, and what lies behind it.
        func slid(_ way: Int) -> ScreenDrawing {
            var canvas = list
            for row in 0..<Pages.height {
                for column in way..<Pages.width {
                    canvas.fill(column, row, 1, 1, letter.levels[row * Pages.width + column - way])
                }
            }
            return canvas
        }
        var film = Film(list)
        film.hold(0.6)
        film.fade(to: letter)
        film.hold(0.6)
        film.show([slid(100), slid(350), list])
        film.hold(0.6)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [.navigation, .navigation])
        #expect(events.map(\.screenAfter) == [1, 0])
        #expect(screens.map(\.spans.count) == [2, 1])
    }

    @Test func keystrokesAlongALineAreOneTyping() throws {
        var form = Pages.form()
        var film = Film(form)
        film.hold(0.5)
        let start = film.seconds
        for letter in 0..<12 {
            form.text(68 + letter * 7, 110, letters: 1, seed: 40 + letter * 3)
            film.show([form])
            film.hold(letter == 6 ? 0.5 : 0.13)
        }
        film.hold(0.8)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [.typing])
        let event = try #require(events.first)
        #expect(abs(event.start - start) < 0.1)
        #expect(event.end > start + 1.5)
        #expect(event.box.x > 60 && event.box.right < 170 && event.box.height < 24)
        #expect(screens.count == 1)
    }

    @Test func aCaretThatBlinksIsNothing() throws {
        let form = Pages.form()
        var focused = form
        focused.fill(68, 106, 1, 16, 0)
        var film = Film(form)
        film.hold(0.5)
        for _ in 0..<3 {
            film.show([focused])
            film.hold(0.5)
            film.show([form])
            film.hold(0.5)
        }
        #expect(try film.observed().events.isEmpty)
    }

    @Test(arguments: [true, false])
    func aDialogueOpensAboveThePageAndClosesAgain(isDimming: Bool) throws {
        let page = Pages.list(4)
        var film = Film(page)
        film.hold(0.5)
        film.fade(to: Pages.dialogue(on: page, isDimming: isDimming))
        film.hold(0.8)
        film.fade(to: page)
        film.hold(0.8)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [.overlayOpen, .overlayClose])
        let box = try #require(events.first).box
        #expect(abs(box.x - 120) < 12 && abs(box.y - 90) < 12)
        #expect(abs(box.width - 240) < 20 && abs(box.height - 140) < 20)
        #expect(screens.map(\.below) == [nil, 0])
        #expect(events.map(\.screenAfter) == [1, 0])
    }

    @Test func aMessageThatNeverRestsIsKept() throws {
        let page = Pages.list(4)
        func message(_ x: Int) -> ScreenDrawing {
            var canvas = page
            canvas.fill(130 + x, 250, 220, 44, 40)
            canvas.text(146 + x, 266, letters: 28, seed: 88, level: 240)
            return canvas
        }
        var film = Film(page)
        film.hold(0.5)
        film.show([message(0), message(4), message(8), message(12), page])
        film.hold(0.6)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [.overlayOpen, .overlayClose])
        #expect(screens.count == 2)
    }

    @Test func aToggledBoxIsAChangeOfTheSameScreen() throws {
        var film = Film(Pages.form(), pointer: (400, 280))
        film.hold(0.5)
        film.move(to: 70, 195, steps: 6)
        film.hold(0.5)
        let start = film.seconds
        var toggled = Pages.form()
        toggled.fill(62, 172, 12, 12, 60)
        film.show([toggled])
        film.hold(0.5)
        film.move(to: 300, 260, steps: 6)
        film.hold(0.5)
        let (events, screens) = try film.observed()
        #expect(events.map(\.kind) == [.change])
        let event = try #require(events.first)
        #expect(abs(event.start - start) < 0.1)
        #expect(abs(event.box.x - 62) < 6 && abs(event.box.width - 12) < 8)
        #expect(screens.count == 1)
    }

    @Test func whatLightsUpUnderThePointerIsNoEvent() throws {
        let plain = Pages.form()
        var lit = plain
        lit.fill(60, 230, 120, 32, 110)
        lit.text(80, 242, letters: 10, seed: 4, level: 240)
        var film = Film(plain, pointer: (400, 100))
        film.hold(0.5)
        film.move(to: 230, 220, steps: 4)
        film.screen = lit
        film.move(to: 120, 246, steps: 2)
        film.hold(0.6)
        film.screen = plain
        film.move(to: 300, 180, steps: 3)
        film.hold(0.6)
        let events = try film.observed().events
        #expect(events.map(\.kind) == [], "\(events.map { ($0.start, $0.end, $0.box) })")
    }

    @Test func aLetterThatIsATouchBrighterIsNothing() throws {
        var film = Film(Pages.form())
        film.hold(0.8)
        film.screen.fill(400, 240, 16, 16, 244)
        film.hold(0.8)
        #expect(try film.observed().events.isEmpty)
        film.screen.fill(400, 240, 16, 16, 200)
        film.hold(0.8)
        #expect(try film.observed().events.map(\.kind) == [.change])
    }

    @Test func aSpinnerIsOneAnimationAndHoldsNothingUp() throws {
        let loading = ScreenDrawing(width: Pages.width, height: Pages.height, level: 240)
        func turned(_ step: Int) -> ScreenDrawing {
            var canvas = loading
            canvas.text(190, 200, letters: 16, seed: 6)
            let places = [(20, 0), (34, 6), (40, 20), (34, 34), (20, 40), (6, 34), (0, 20), (6, 6)]
            for (index, place) in places.enumerated() {
                canvas.fill(216 + place.0, 130 + place.1, 8, 8, index == step % 8 ? 60 : 205)
            }
            return canvas
        }
        var film = Film(Pages.list(1))
        film.hold(0.6)
        let start = film.seconds
        film.show((0..<30).map(turned))
        let end = film.seconds
        film.show([Pages.cards(2)])
        film.hold(0.8)
        let (events, _) = try film.observed()
        let animation = try #require(events.first { $0.kind == .animation })
        #expect(abs(animation.start - start) < 0.3)
        #expect(abs(animation.end - end) < 0.3)
        let navigation = try #require(events.first { $0.kind == .navigation })
        #expect(abs(navigation.start - start) < 0.1)
        #expect(navigation.end < start + 0.4)
    }

    @Test func aRecordingOfVariableRateIsTimedByItsFrames() throws {
        var frames: [DrawnFrame] = []
        for (seconds, page) in [
            (0.0, Pages.list(1)), (2.5, Pages.cards(1)), (2.55, Pages.cards(1)), (6, Pages.list(2)),
        ] {
            frames.append(DrawnFrame(seconds: seconds, canvas: page))
        }
        let store = try PictureStore()
        var watcher = FrameWatcher(width: Pages.width, height: Pages.height, store: store)
        for frame in frames { try watcher.look(at: frame) }
        var interpretation = Interpretation(
            try watcher.finished(), width: Pages.width, height: Pages.height, scale: 1, store: store)
        let (events, screens) = try interpretation.observation()
        #expect(events.map(\.kind) == [.navigation, .navigation])
        #expect(abs((events.first?.start ?? 0) - 2.4) < 0.11)
        #expect(abs((events.last?.start ?? 0) - 5.9) < 0.11)
        #expect(screens.count == 3)
        #expect(abs((screens.first?.spans.first?.end ?? 0) - 2.4) < 0.11)
    }

    @Test func ofABrokenFileWhatIsReadableIsObserved() throws {
        var progress: [Double] = []
        let whole = try RecordingObserver().observe(path: Self.path("h264.mp4")) { progress.append($0) }
        #expect(whole.damage == nil)
        #expect(whole.screens.count >= 1)
        #expect(progress.last == 1 && progress == progress.sorted())
        let cut = try RecordingObserver().observe(path: Self.path("cut.webm"))
        #expect(cut.damage != nil)
        #expect(cut.screens.count >= 1)
        #expect(throws: MediaError.self) { try RecordingObserver().observe(path: Self.path("README.md")) }
    }

    @Test func aCancelledTaskWatchesNoFurther() async {
        await Task {
            var progress: [Double] = []
            #expect(throws: MediaError.cancelled) {
                try RecordingObserver().observe(path: Self.path("h264.mp4")) { share in
                    progress.append(share)
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            #expect(progress.count == 1 && progress != [1])
        }.value
    }

    private static func path(_ file: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/media/video").appending(path: file).path
    }
}
