// What later processes take over from earlier ones, and that no result depends on it. Every prompt here is read with a
// shelf and an empty memory of its own, as processes have them.
import Foundation
import Media
import Model
import Support
import Testing

@testable import Inference

struct DiskShelfTests {
    let core = FakeCore { scatteredLogits($0, count: 16) }
    let directory: TemporaryDirectory
    let stretch = PromptLayout.stretchTokens

    init() throws { directory = try TemporaryDirectory() }

    func shelf<Core: LanguageCore>(
        _ core: Core, identity: String = "model", bytes: Int = 1 << 28
    ) throws -> DiskShelf<Core> {
        let cache = try #require(PrefixCache(folder: directory.path, byteLimit: bytes))
        return DiskShelf(core, try PrefixFolder(cache), identity: identity)
    }

    func picture(_ shade: UInt8, width: Int = 20, height: Int = 5) -> PromptPiece {
        .media(.image(Image(width: width, height: height, fill: (shade, 0, 0))))
    }

    func text(_ count: Int, _ first: Int = 0) -> PromptPiece { .tokens((first..<first + count).map { $0 % 97 }) }

    struct Run: Equatable {
        var reused = 0
        var sawAgain: [Bool] = []
        var logits: [Float] = []
    }

    /// Reads a prompt in a process of its own, behind as much of it as memory holds already.
    func run<Core: LanguageCore>(
        _ prompt: [PromptPiece], with core: Core, _ shelf: DiskShelf<Core>?, held: [PromptPiece] = []
    ) -> Run {
        var features = FeatureShelf<Core.Features>(tokenLimit: 100_000)
        var run = Run()
        var timeline = Timeline(core)
        let readings: [(prompt: [PromptPiece], shelf: DiskShelf<Core>?)] = [(held, nil), (prompt, shelf)]
        for (prompt, shelf) in readings where !prompt.isEmpty {
            let layout = PromptLayout(prompt, tokenCount: { core.tokenCount(of: $0) })
            timeline.truncate(to: layout.reusable(of: timeline.commonCount(with: layout)), core)
            if let shelf { timeline.restore(layout, from: shelf) }
            var prefill = Prefill(layout, on: timeline)
            run = Run(reused: prefill.reused)
            var logits: [Float]?
            while logits == nil {
                logits = prefill.step(core, &features, shelf) { run.sawAgain.append($0.isReused) }
            }
            run.logits = logits ?? []
            timeline = prefill.timeline
            shelf?.keep(layout, in: timeline.cache)
        }
        return run
    }

    @discardableResult func run(_ prompt: [PromptPiece], held: [PromptPiece] = [], bytes: Int = 1 << 28) throws -> Run {
        let run = run(prompt, with: core, try shelf(core, bytes: bytes), held: held)
        #expect(run.logits == scatteredLogits(FakeCore.contents(of: prompt), count: 16))
        return run
    }

    /// The files with so many rows, from the one that was used last to the one that was not used for longest.
    func files(rows: Int) throws -> [String] {
        let bytes = rows * MemoryLayout<Int>.stride + 32
        let files = try directory.names().map { file in
            (file, try FileManager.default.attributesOfItem(atPath: directory.file(file)))
        }
        return files.filter { $0.1[.size] as? Int == bytes }.sorted { one, other in
            (one.1[.modificationDate] as? Date ?? .now) > (other.1[.modificationDate] as? Date ?? .now)
        }.map(\.0)
    }

    // MARK: Taking over

    @Test func aPromptIsNeitherEncodedNorRunAgain() throws {
        let prompt = [text(5), picture(1), text(stretch), text(20)]
        let first = try run(prompt)
        #expect(first.reused == 0)
        #expect(first.sawAgain == [false])
        _ = core.takeCalls()
        let again = try run(prompt)
        #expect(again.reused == 105 + stretch)
        #expect(again.sawAgain == [true])
        #expect(core.takeCalls() == [.restore(105), .restore(stretch), .append(20)])
    }

    @Test func anotherPromptOnThePictureBeginsBehindIt() throws {
        try run([text(5), picture(1), text(10)])
        _ = core.takeCalls()
        #expect(try run([text(5), picture(1), text(20, 50)]).reused == 105)
        #expect(core.takeCalls() == [.restore(105), .append(20)])
    }

    @Test func aPictureElsewhereIsRunButNotEncoded() throws {
        try run([text(5), picture(1), text(10)])
        #expect(try run([text(9), picture(1), text(10)]).sawAgain == [true])
        #expect(core.takeCalls().suffix(2) == [.append(109), .append(10)])
    }

    @Test func theLastTokenIsAlwaysRun() throws {
        let prompt = [text(2 * stretch)]
        try run(prompt)
        #expect(try files(rows: stretch).count == 2)
        #expect(try run(prompt).reused == stretch)
        #expect(try run(prompt + [text(1)]).reused == 2 * stretch)
    }

    @Test func whatIsKnownIsNotWrittenAgain() throws {
        try run([picture(1), text(80)])
        let before = try directory.names()
        try run([picture(1), text(80), text(stretch)])
        #expect(try directory.names().count == before.count + 1)
    }

    @Test func theDiskGoesOnWhereMemoryEnds() throws {
        let prompt = [text(stretch), picture(1), text(80)]
        try run(prompt)
        _ = core.takeCalls()
        #expect(try run(prompt, held: [text(stretch), picture(1), text(1, 50)]).reused == stretch + 100)
        #expect(!core.takeCalls().contains(.restore(100)), "memory holds as much")
        #expect(try run(prompt, held: [text(stretch), text(40)]).reused == stretch + 100)
        #expect(core.takeCalls().suffix(3) == [.truncate(stretch), .restore(100), .append(80)])
    }

    @Test func aStretchThatMemoryHoldsInPartIsReplaced() throws {
        try run([text(2 * stretch), text(9)])
        _ = core.takeCalls()
        #expect(try run([text(2 * stretch), text(9)], held: [text(stretch + 100)]).reused == 2 * stretch)
        #expect(core.takeCalls().suffix(3) == [.truncate(stretch), .restore(stretch), .append(9)])
    }

    @Test func videosAreNoPictures() throws {
        let frame = Image(width: 20, height: 5, fill: (1, 0, 0))
        try run([.media(.image(frame)), text(10)])
        #expect(try run([.media(.chunk([frame])), text(10)]).sawAgain == [false])
        #expect(try run([.media(.chunk([frame, frame])), text(10)]).sawAgain == [false])
        #expect(try run([.media(.chunk([frame, frame])), text(10)]).reused == 100)
    }

    @Test func featuresOfAnotherNumberOfTokensAreNotTaken() throws {
        let shelf = try shelf(core)
        let item = MediaItem.image(Image(width: 8, height: 4, fill: (1, 0, 0)))
        let digest = PictureDigest(of: item)
        shelf.keep(core.encode(item), of: digest)
        #expect(shelf.features(of: digest, tokenCount: 32)?.item == item)
        #expect(shelf.features(of: digest, tokenCount: 33) == nil)
    }

    @Test func anotherModelTakesNothing() throws {
        let prompt = [picture(1), text(stretch + 1)]
        try run(prompt)
        let other = run(prompt, with: core, try shelf(core, identity: "other model"))
        #expect(other.reused == 0)
        #expect(other.sawAgain == [false])
    }

    // MARK: What is missing or broken

    /// Every file, with a byte changed, cut off, or with another one's content: none is taken over.
    @Test func brokenFilesAreComputedAndKeptAgain() throws {
        let prompt = [picture(1), text(80), text(2 * stretch)]
        let breakings: [(Data, Data) -> Data] = [
            { whole, _ in
                var changed = whole
                changed[changed.count / 2] ^= 1
                return changed
            }, { whole, _ in whole.dropLast() }, { _, _ in Data() }, { _, other in other },
        ]
        for breaking in breakings {
            try run(prompt)
            let whole = try directory.names()
            let contents = try whole.map { try directory.read($0) }
            for (index, file) in whole.enumerated() {
                try directory.write(breaking(contents[index], contents[(index + 1) % whole.count]), to: file)
            }
            #expect(try run(prompt).reused == 0)
            // Every process finds at least one more of them.
            for _ in whole { try run(prompt) }
            #expect(try directory.names() == whole)
            #expect(try whole.map { try directory.read($0) } == contents)
            #expect(try run(prompt).reused == 100 + 2 * stretch)
        }
    }

    @Test func aGapEndsWhatIsTakenOver() throws {
        let prompt = [picture(1), text(2 * stretch), text(80)]
        try run(prompt)
        // The further inside, the longer ago.
        try directory.remove(try #require(try files(rows: stretch).first))
        #expect(try run(prompt).reused == 100)
        #expect(try run(prompt).reused == 100 + 2 * stretch)
    }

    @Test func theRootOfASequenceOutlivesItsEnd() throws {
        let room = 2 * (stretch * MemoryLayout<Int>.stride + 32)
        try run([text(4 * stretch), text(1)], bytes: room)
        #expect(try files(rows: stretch).count == 2)
        #expect(try run([text(4 * stretch), text(1)], bytes: room).reused == 2 * stretch)
        try run([text(stretch, 1), text(1)], bytes: room)
        #expect(try run([text(4 * stretch), text(1)], bytes: room).reused == stretch)
    }

    /// Random prompts in random processes, some of them with files removed or changed in between.
    @Test func whatWasKeptNeverChangesTheResult() throws {
        var state: UInt64 = 11
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var prompt: [PromptPiece] = []
        var reused = 0
        for _ in 0..<150 {
            let held = prompt
            prompt.removeSubrange(random(prompt.count + 1)...)
            for _ in 0...random(3) {
                prompt.append(
                    random(3) == 0 ? picture(UInt8(random(3)), width: 10 + random(3)) : text(random(700) + 1))
            }
            prompt.append(.tokens([random(2)]))
            reused += try run(prompt, held: random(2) == 0 ? held : []).reused
            let files = try directory.names()
            if random(4) == 0, !files.isEmpty {
                let file = files[random(files.count)]
                try directory.write(try directory.read(file).dropLast(random(3)), to: file)
            }
            if random(4) == 0, !files.isEmpty { try directory.remove(files[random(files.count)]) }
        }
        #expect(reused > 5000)
    }

    // MARK: Real models

    /// Logits of a prompt from an empty folder, and those of a later process; of another prompt that begins like it, and
    /// of one that has its picture elsewhere.
    @Test(arguments: ["k25", "kimi-vl"], [ComputePrecision.exact, .fast])
    func aModelAnswersFromDiskAsFromNothingToTheLastBit(_ name: String, _ precision: ComputePrecision) throws {
        func open(threads: Int) throws -> KimiModel {
            try KimiModel.open(Fixtures.checkpoint(name), threads: threads, precision: precision)
        }
        let noise = PromptPiece.media(.image(Image.noise(width: 400, height: 300, seed: 3)))
        let text = (0..<1200).map { $0 % 200 }
        let prompts: [(prompt: [PromptPiece], reused: Int)] = [
            ([.tokens([1, 2, 3]), noise, .tokens(text)], 2 * stretch),
            ([.tokens([1, 2, 3]), noise, .tokens(text.prefix(600) + text.reversed())], stretch),
            ([.tokens([4, 5]), noise, .tokens([7])], 0),
        ]
        let model = try open(threads: 2)
        let alone = prompts.map { run($0.prompt, with: model, nil).logits }
        #expect(run(prompts[0].prompt, with: model, try shelf(model)).logits == alone[0])
        let later = try open(threads: 1)
        for (index, (prompt, reused)) in prompts.enumerated() {
            #expect(
                run(prompt, with: later, try shelf(later))
                    == Run(reused: reused, sawAgain: [true], logits: alone[index]))
        }
    }

    @Test func anEngineTakesOverFromOneBefore() async throws {
        let cache = try #require(PrefixCache(folder: directory.path))
        let noise = Image.noise(width: 400, height: 300, seed: 3)
        let text = String(repeating: "Write this page. ", count: 300)
        let conversation = Conversation([Message(.user, [.image(noise), .text(text)])])
        let request = GenerationRequest(conversation, maxTokens: 80)
        func answer(_ precision: ComputePrecision) async throws -> (text: String, cached: Int) {
            let engine = try LocalEngine.open(
                Fixtures.checkpoint("k25"), threads: 2, precision: precision, prefixes: cache)
            var text = ""
            for try await event in engine.generate(request) {
                switch event {
                case .text(let more), .reasoning(let more): text += more
                case .finished(let summary): return (text, summary.cachedTokens)
                default: break
                }
            }
            throw EngineError.unavailable("the stream ended without a summary")
        }
        let first = try await answer(.fast)
        #expect(first.cached == 0)
        let second = try await answer(.fast)
        #expect(second.cached >= stretch)
        #expect(second.text == first.text)
        #expect(try await answer(.exact).cached == 0, "another precision is another model")
    }

    @Test func anEngineWithoutAFolderAnswersAndSaysSoOnce() async throws {
        try directory.write(Data(), to: "file")
        let complaints = Complaints()
        let cache = try #require(PrefixCache(folder: directory.file("file"), complain: complaints.add))
        let engine = try LocalEngine.open(Fixtures.checkpoint("k25"), threads: 1, prefixes: cache)
        for _ in 0..<2 {
            for try await _ in engine.generate(GenerationRequest(Conversation([Message(.user, "a")]), maxTokens: 2)) {}
        }
        #expect(complaints.all.count == 1)
    }
}
