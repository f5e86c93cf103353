// Lists go from new to old, page by page, and show everybody their own.
import Testing

@testable import Jobs

@Suite struct ListTests {
    @Test func pagesShowEveryConversionOnce() async throws {
        let bench = try Workbench()
        var ids: [String] = []
        for _ in 0..<5 { ids.append(try await bench.submit().conversionID) }
        try await bench.submit(key: "other")
        var seen: [String] = []
        var cursor: String?
        var sizes: [Int] = []
        repeat {
            let page = try await bench.store.conversions(key: "local", limit: 2, cursor: cursor)
            seen += page.items.map(\.id)
            sizes.append(page.items.count)
            cursor = page.nextCursor
            // One that comes meanwhile does not shift the pages.
            try await bench.submit()
        } while cursor != nil
        #expect(seen == ids.reversed() && sizes == [2, 2, 1])
    }

    @Test func aPageThatIsJustFullIsTheLast() async throws {
        let bench = try Workbench()
        for _ in 0..<2 { try await bench.submit() }
        #expect(try await bench.store.conversions(key: "local", limit: 2).nextCursor == nil)
        #expect(try await bench.store.jobs(key: "local", limit: 2).nextCursor == nil)
    }

    @Test func jobsAreListedByState() async throws {
        let bench = try Workbench()
        let failed = try await bench.job(in: .failed)
        let queued = try await bench.submit()
        #expect(try await bench.store.jobs(key: "local", state: .failed, limit: 9).items == [failed])
        #expect(try await bench.store.jobs(key: "local", state: .queued, limit: 9).items == [queued])
        #expect(try await bench.store.jobs(key: "local", limit: 9).items == [queued, failed])
        #expect(try await bench.store.jobs(key: "other", limit: 9).items.isEmpty)
    }

    @Test func aCursorOfSomethingElseIsRefused() async throws {
        let bench = try Workbench()
        for _ in 0..<2 { try await bench.submit() }
        let jobs = try #require(try await bench.store.jobs(key: "local", limit: 1).nextCursor)
        #expect(try await bench.store.jobs(key: "local", limit: 1, cursor: jobs).items.count == 1)
        for cursor in ["", "x", "%%%", jobs, jobs + "=", "Y29udl8", String(repeating: "A", count: 5000)] {
            await #expect(throws: StoreError.invalidCursor, "\(cursor)") {
                try await bench.store.conversions(key: "local", limit: 1, cursor: cursor)
            }
        }
    }
}
