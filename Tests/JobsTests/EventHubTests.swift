// Who hears what of a job: everything once and in order, from wherever they stopped, in bounded memory.
import Foundation
import Synchronization
import Testing

@testable import Jobs

@Suite struct EventHubTests {
    private let hub = EventHub()

    private func delta(_ text: String) -> JobEvent.Body { .delta(path: "index.html", text: text) }

    private func publish(_ bodies: [JobEvent.Body], attempt: Int = 1, to hub: EventHub? = nil) {
        for body in bodies { (hub ?? self.hub).publish(body, job: "j", attempt: attempt) }
    }

    private func all(after id: JobEvent.ID? = nil, of hub: EventHub? = nil) async throws -> [JobEvent] {
        let events = try #require((hub ?? self.hub).events(of: "j", after: id))
        return await events.reduce(into: []) { $0.append($1) }
    }

    @Test func aLateReaderHearsEverythingInOrder() async throws {
        let bodies: [JobEvent.Body] = [
            .status(.queued, position: 1), .status(.running, position: nil), delta("a"), delta("b"),
            .file(path: "index.html"), .usage(.sample), .succeeded(revision: 1),
        ]
        publish(bodies)
        let heard = try await all()
        #expect(heard.map(\.body) == bodies)
        #expect(heard.map(\.id.description) == (1...7).map { "1-\($0)" })
    }

    @Test func aReaderMayComeBeforeTheFirstEvent() async throws {
        hub.open(job: "j")
        let events = try #require(hub.events(of: "j", after: nil))
        async let heard = events.reduce(into: []) { $0.append($1.body) }
        publish([delta("a")])
        await Task.yield()
        publish([.cancelled])
        #expect(await heard == [delta("a"), .cancelled])
    }

    @Test func withoutALogThereIsNothingToHear() async {
        #expect(hub.events(of: "j", after: nil) == nil)
        await hub.waitUntilFinished("j")
    }

    @Test func aReaderGoesOnExactlyWhereItStopped() async throws {
        publish([.status(.running, position: nil), delta("a"), delta("b")])
        publish([.restart(attempt: 2), delta("c"), .failed(.sample)], attempt: 2)
        let whole = try await all()
        #expect(whole.map(\.id.sequence) == [1, 4, 5, 6], "the deltas of the first attempt are void")
        for (index, event) in whole.enumerated() {
            #expect(try await all(after: event.id) == Array(whole.dropFirst(index + 1)))
        }
        // It had heard the first delta, which is gone; what follows it is not.
        #expect(try await all(after: .init(attempt: 1, sequence: 2)) == Array(whole.dropFirst()))
    }

    @Test func anIdOfAnotherLogMeansTheBeginning() async throws {
        publish([delta("a"), .cancelled], attempt: 2)
        let whole = try await all()
        for id in [
            JobEvent.ID(attempt: 1, sequence: 1), .init(attempt: 2, sequence: 99), .init(attempt: 0, sequence: 0),
        ] {
            #expect(try await all(after: id) == whole)
        }
    }

    @Test func idsReadBackWhatTheyWrote() {
        #expect(JobEvent.ID(parsing: "2-17") == JobEvent.ID(attempt: 2, sequence: 17))
        for text in ["", "2", "2-", "-17", "2-17-1", "a-1", "+2-1", "2--1", "99999999999999999999-1", "2-1\n"] {
            #expect(JobEvent.ID(parsing: text) == nil, "\(text)")
        }
    }

    @Test func ofDraftsOnlyTheLastOfEachFileIsToldAgain() async throws {
        for number in 1...5 {
            publish([delta("\(number)"), .draft(path: "index.html", html: "<p>\(number)")])
        }
        publish([.draft(path: "other.html", html: "x"), .cancelled])
        let drafts = try await all().filter { if case .draft = $0.body { true } else { false } }
        #expect(
            drafts.map(\.body) == [.draft(path: "index.html", html: "<p>5"), .draft(path: "other.html", html: "x")])
    }

    @Test func nothingIsToldAfterTheEnd() async throws {
        publish([.succeeded(revision: 1), delta("late"), .cancelled])
        #expect(try await all().map(\.body) == [.succeeded(revision: 1)])
    }

    @Test func aLogTakesBoundedMemoryAndAReaderWhoIsBehindStartsAnew() async throws {
        let hub = EventHub(textBytes: 100_000)
        publish([.status(.running, position: nil)], to: hub)
        let events = try #require(hub.events(of: "j", after: nil))
        var slow = events.makeAsyncIterator()
        #expect(await slow.next()?.body == .status(.running, position: nil))
        let text = String(repeating: "x", count: 904)
        for _ in 0..<1000 { publish([delta(text)], to: hub) }
        publish([.cancelled], to: hub)

        let restart = try #require(await slow.next())
        #expect(restart.body == .restart(attempt: 1))
        var kept: [JobEvent] = []
        while let event = await slow.next() { kept.append(event) }
        #expect((70...100).contains(kept.count - 1), "at most 100,000 bytes, and not much less than three quarters")
        #expect(kept.last?.body == .cancelled && kept.last?.id.sequence == 1002)
        #expect(kept.map(\.id.sequence) == Array((1003 - kept.count)...1002), "no gap after the restart")

        // A new reader hears the same; one that is cut off after the restart is told again.
        let late = try await all(of: hub)
        #expect(late.map(\.body).prefix(2) == [.restart(attempt: 1), .status(.running, position: nil)])
        #expect(Array(late.dropFirst(2)) == kept)
        #expect(try await all(after: restart.id, of: hub).first?.body == .restart(attempt: 1))
        // One that is not behind is left alone.
        #expect(try await all(after: kept[0].id, of: hub) == Array(kept.dropFirst()))
    }

    @Test func everyReaderHearsALiveJobWhole() async throws {
        let hub = hub
        hub.open(job: "j")
        let heard: [[JobEvent]] = await withTaskGroup(of: [JobEvent].self) { group in
            for _ in 0..<8 {
                group.addTask { await hub.events(of: "j", after: nil)?.reduce(into: []) { $0.append($1) } ?? [] }
            }
            group.addTask {
                for number in 0..<2000 { hub.publish(.delta(path: "p", text: "\(number)"), job: "j", attempt: 1) }
                hub.publish(.succeeded(revision: 1), job: "j", attempt: 1)
                return []
            }
            return await group.reduce(into: []) { if !$1.isEmpty { $0.append($1) } }
        }
        #expect(heard.count == 8)
        for events in heard { #expect(events.map(\.id.sequence) == Array(1...2001)) }
    }

    @Test func cancellingAReaderEndsIt() async throws {
        hub.open(job: "j")
        let events = try #require(hub.events(of: "j", after: nil))
        let reader = Task { await events.reduce(into: 0) { count, _ in count += 1 } }
        let hub = hub
        let waiter = Task { await hub.waitUntilFinished("j") }
        reader.cancel()
        waiter.cancel()
        #expect(await reader.value == 0)
        await waiter.value
    }

    @Test func waitingEndsWithTheJob() async throws {
        hub.open(job: "j")
        let hub = hub
        let waiter = Task {
            await hub.waitUntilFinished("j")
            return await hub.events(of: "j", after: nil)?.reduce(into: []) { $0.append($1.id.sequence) }.last
        }
        for _ in 0..<20 {
            publish([delta("x")])
            await Task.yield()
        }
        publish([.failed(.sample)])
        #expect(await waiter.value == 21)
        await hub.waitUntilFinished("j")
    }

    @Test func logsGoFiveMinutesAfterTheEnd() {
        let world = World()
        let hub = EventHub(now: { world.now })
        hub.publish(.cancelled, job: "j", attempt: 1)
        hub.open(job: "open")
        world.advance(299)
        hub.open(job: "k")
        #expect(hub.events(of: "j", after: nil) != nil)
        world.advance(1)
        #expect(hub.events(of: "j", after: nil) == nil)
        #expect(hub.events(of: "open", after: nil) != nil)
    }
}
