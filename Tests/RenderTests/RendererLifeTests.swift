import Foundation
import Testing

@testable import Render

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension ChromiumSuite {
    /// How browsers come and go.
    @Suite struct RendererLifeTests {
        private let viewport = Viewport(width: 400, height: 300)
        private let plain = PageFiles(html: Chromium.page("<p>fine</p>"))
        /// At work until its time to settle is over.
        private let restless = PageFiles(
            html: Chromium.page("<p id=p>busy</p><script>setInterval(() => { p.dataset.x = Date.now() }, 5)</script>"))

        @Test func oneBrowserShowsManyPages() async throws {
            try await Chromium.withRenderer { renderer in
                #expect(await renderer.sessionNumbers.isEmpty, "nothing is started before the first page")
                _ = try await renderer.render(plain, viewport: viewport)
                let first = await renderer.sessionNumbers
                for _ in 0..<3 { _ = try await renderer.render(plain, viewport: viewport) }
                #expect(first.count == 1)
                #expect(await renderer.sessionNumbers == first)
            }
        }

        @Test func thirtyPagesLeaveNothingBehind() async throws {
            let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            var sessions: Set<Int32> = []
            let options = Chromium.options { $0.pagesPerBrowser = 5 }
            try await Chromium.withRenderer(options) { renderer in
                for _ in 0..<30 {
                    _ = try await renderer.render(plain, viewport: viewport)
                    sessions.formUnion(await renderer.sessionNumbers)
                }
                _ = try await renderer.render(plain, viewport: viewport)
                sessions.formUnion(await renderer.sessionNumbers)
            }
            #expect(sessions.count == 7)
            for session in sessions { #expect(ProcessTable.members(ofSession: session).isEmpty) }
            // Seven browsers with six files each; other tests may have opened some.
            let left = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            #expect(left < files + 20)
        }

        @Test func aBrowserThatIsKilledIsReplaced() async throws {
            try await Chromium.withRenderer { renderer in
                async let shot = renderer.render(restless, viewport: viewport)
                let session = try await Self.firstSession(of: renderer)
                try await Task.sleep(for: .milliseconds(700))
                kill(-session, SIGKILL)
                let shown = try await shot
                #expect(shown.text("busy") != nil)
                #expect(await renderer.sessionNumbers != [session])
                #expect(ProcessTable.members(ofSession: session).isEmpty)
            }
        }

        @Test func aBrowserThatDiedWhileItWaitedIsReplaced() async throws {
            try await Chromium.withRenderer { renderer in
                _ = try await renderer.render(plain, viewport: viewport)
                let session = try #require(await renderer.sessionNumbers.first)
                kill(-session, SIGKILL)
                try await Chromium.expectToWork(renderer)
            }
        }

        @Test func aPageWhoseBrowserDiesTwiceIsGivenUp() async throws {
            try await Chromium.withRenderer(Chromium.options { $0.settleSeconds = 50 }) { renderer in
                let killer = Task {
                    var killed: Set<Int32> = []
                    while killed.count < 2 {
                        let session = try await Self.firstSession(of: renderer)
                        guard killed.insert(session).inserted else { continue }
                        try await Task.sleep(for: .seconds(2))
                        kill(-session, SIGKILL)
                    }
                }
                await #expect(throws: RenderError.browserDied) {
                    try await renderer.render(restless, viewport: viewport)
                }
                try await killer.value
                try await Chromium.expectToWork(renderer)
            }
        }

        @Test func aBrowserEndsWhenItsPipeCloses() async throws {
            let folder = try ProfileFolder()
            defer { folder.remove() }
            let process = try BrowserProcess.start(BrowserProgram.find(named: nil), folder: folder, proxy: nil)
            let call = Array(#"{"id":1,"method":"Browser.getVersion"}"#.utf8) + [0]
            #expect(send(process.writing, call, call.count, Int32(MSG_NOSIGNAL)) == call.count)
            var ready = [pollfd(fd: process.reading, events: Int16(POLLIN), revents: 0)]
            #expect(poll(&ready, 1, 60_000) == 1)
            #expect(ProcessTable.members(ofSession: process.number).count > 2)
            // What the kernel does when this process is killed.
            process.hangUp()
            for _ in 0..<1_000 where !ProcessTable.members(ofSession: process.number).isEmpty {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(ProcessTable.members(ofSession: process.number).isEmpty)
            process.end()
        }

        @Test func anEndedBrowserLeavesNoFolder() async throws {
            let browser = try Browser(BrowserProgram.find(named: nil), proxy: nil)
            try await browser.greet()
            #expect(FileManager.default.fileExists(atPath: browser.folderPath))
            browser.end(because: .closed)
            await browser.ended()
            #expect(!FileManager.default.fileExists(atPath: browser.folderPath))
            #expect(ProcessTable.members(ofSession: browser.processNumber).isEmpty)
        }

        @Test func cancellingEndsThePage() async throws {
            try await Chromium.withRenderer(Chromium.options { $0.settleSeconds = 50 }) { renderer in
                let task = Task { try await renderer.render(restless, viewport: viewport) }
                let session = try await Self.firstSession(of: renderer)
                task.cancel()
                await #expect(throws: RenderError.cancelled) { try await task.value }
                #expect(ProcessTable.members(ofSession: session).isEmpty)
            }
        }

        @Test func theThirdPageWaitsAndCanLeave() async throws {
            try await Chromium.withRenderer(Chromium.options { $0.settleSeconds = 50 }) { renderer in
                let shown = (0..<2).map { _ in Task { try await renderer.render(restless, viewport: viewport) } }
                while await renderer.sessionNumbers.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
                let third = Task { try await renderer.render(plain, viewport: viewport) }
                try await Task.sleep(for: .milliseconds(100))
                #expect(await renderer.sessionNumbers.count == 2)
                third.cancel()
                await #expect(throws: RenderError.cancelled) { try await third.value }
                for task in shown { task.cancel() }
                for task in shown { await #expect(throws: RenderError.cancelled) { try await task.value } }
                try await Chromium.expectToWork(renderer)
            }
        }

        @Test func closingEndsWhatIsShownAndWhatWaits() async throws {
            let renderer = try Renderer(options: Chromium.options { $0.settleSeconds = 50 })
            let tasks = (0..<3).map { _ in Task { try await renderer.render(restless, viewport: viewport) } }
            while await renderer.sessionNumbers.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
            let sessions = await renderer.sessionNumbers
            await renderer.close()
            for session in sessions { #expect(ProcessTable.members(ofSession: session).isEmpty) }
            for task in tasks { await #expect(throws: RenderError.closed) { try await task.value } }
            await #expect(throws: RenderError.closed) { try await renderer.render(plain, viewport: viewport) }
        }

        @Test func aProgramThatIsNoBrowserDoesNotStart() async throws {
            let options = Chromium.options { $0.executable = "/bin/false" }
            await #expect(throws: RenderError.cannotStart(reason: "it ended without a word")) {
                try await Chromium.show("", viewport, options)
            }
        }

        private static func firstSession(of renderer: Renderer) async throws -> Int32 {
            while true {
                if let session = await renderer.sessionNumbers.first { return session }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}
