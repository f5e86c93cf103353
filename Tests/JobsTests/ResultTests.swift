// What a job leaves: whole files with a manifest, or nothing.
import Foundation
import Testing
import UIToCode

@testable import Jobs

@Suite struct ResultTests {
    @Test func aRevisionHasItsFilesWithTypesAndDigests() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let project = Project(files: ["index.html": "<p>One</p>", "assets/a.css": "p{}", "assets/b/c.bin": "\u{1}"])
        let revision = try await bench.store.succeed(
            job, worker: "w", project: project, entry: "index.html", report: .sample)
        #expect(revision.files.map(\.path) == ["assets/a.css", "assets/b/c.bin", "index.html"])
        #expect(
            revision.files.map(\.mediaType)
                == ["text/css; charset=utf-8", "application/octet-stream", "text/html; charset=utf-8"])
        #expect(revision.files.map(\.byteCount) == [3, 1, 10])
        // sha256sum of "p{}".
        #expect(revision.files[0].digest == "806db221261eade44c886da5317adb894822d146f0f69ed009e59cae83afcbd6")
        #expect(try await bench.store.revision(of: job.conversionID) == revision)
        #expect(try await bench.store.revisions(of: job.conversionID) == [revision])
        #expect(revision.report == .sample && revision.entry == "index.html" && revision.parent == nil)
        for file in project.files {
            let path = try #require(bench.store.filePath(file.path, of: revision))
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == file.bytes)
        }
    }

    @Test func onlyPathsOfTheManifestAreServed() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let revision = try await bench.succeed(job)
        for path in ["", "/", "..", "../../../bottega.sqlite", "./index.html", "index.html/", "INDEX.HTML"] {
            #expect(bench.store.filePath(path, of: revision) == nil)
        }
    }

    @Test func revisionsCountUpAndStay() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        try await bench.succeed(job)
        let store = bench.store
        let edit = try Edit.text("Two")
        _ = try await store.createEdit(edit, of: job.conversionID, parent: 1, key: "local", activeJobLimit: 9)
        let second = try #require(try await store.claimNext(worker: "w"))
        let revision = try await bench.succeed(second, page: "<p>Two</p>")
        #expect(revision.number == 2 && revision.parent == 1 && revision.edit == edit)
        #expect(try await store.conversion(job.conversionID, key: "local").latestRevision == 2)
        #expect(try await store.revision(1, of: job.conversionID).number == 1)
        #expect(try await store.revision(of: job.conversionID).number == 2)
        await #expect(throws: StoreError.revisionMissing(3)) { try await store.revision(3, of: job.conversionID) }
        let first = try await store.revision(1, of: job.conversionID)
        let path = try #require(store.filePath("index.html", of: first))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "<p>One</p>")
    }

    @Test func aResultThatCannotBeCommittedLeavesNothing() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        _ = try await bench.store.cancel(job: job.id, key: nil)
        try await bench.store.finishCancelled(job, worker: "w")
        await #expect(throws: StoreError.leaseLost(job: job.id)) { try await bench.succeed(job) }
        #expect(bench.files("results").isEmpty)
        await #expect(throws: StoreError.revisionMissing(1)) { try await bench.store.revision(of: job.conversionID) }
    }

    @Test func aLostLeaseDoesNotTouchTheNextWorkersResult() async throws {
        let bench = try Workbench()
        let old = try await bench.running()
        try await bench.store.release(old, worker: "w", after: 0, countsAttempt: true)
        let new = try #require(try await bench.store.claimNext(worker: "w"))
        await #expect(throws: StoreError.leaseLost(job: old.id)) { try await bench.succeed(old, page: "<p>Old</p>") }
        let revision = try await bench.succeed(new, page: "<p>New</p>")
        await #expect(throws: StoreError.leaseLost(job: old.id)) { try await bench.succeed(old, page: "<p>Old</p>") }
        let path = try #require(bench.store.filePath("index.html", of: revision))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "<p>New</p>")
        #expect(bench.files("results").filter { $0.hasSuffix(".html") }.count == 1)
    }

    @Test func aFolderThatSomebodyElseWritesToIsLeftAlone() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let taken = "\(bench.directory)/results/\(job.conversionID)/1-1"
        try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: true)
        let revision = try await bench.succeed(job)
        let path = try #require(bench.store.filePath("index.html", of: revision))
        #expect(!path.hasPrefix(taken + "/"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: taken).isEmpty)
    }

    @Test func aResultOfADeletedConversionLeavesNothing() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        try await bench.store.delete(conversion: job.conversionID, key: "local")
        await #expect(throws: StoreError.leaseLost(job: job.id)) { try await bench.succeed(job) }
        #expect(bench.files("results").isEmpty)
    }

    @Test func filesThatCannotBeWrittenLeaveTheJobAsItWas() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        // A file where the conversion's folder should be.
        try Data().write(to: URL(fileURLWithPath: "\(bench.directory)/results/\(job.conversionID)"))
        await #expect(throws: StoreError.self) { try await bench.succeed(job) }
        #expect(try await bench.store.job(job.id, key: nil) == job)
        try FileManager.default.removeItem(atPath: "\(bench.directory)/results/\(job.conversionID)")
        try await bench.succeed(job)
    }

    @Test func aResultThatDoesNotFitIsNotBegun() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        bench.world.setFreeBytes(1000)
        await #expect {
            try await bench.succeed(job)
        } throws: { error in
            if case .full = error as? StoreError { true } else { false }
        }
        #expect(bench.files("results").isEmpty)
        #expect(try await bench.store.job(job.id, key: nil) == job)
    }

    @Test func aProjectWithoutItsEntryIsRefused() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        await #expect(throws: StoreError.io("the project of \(job.id) has no index.html")) {
            try await bench.store.succeed(
                job, worker: "w", project: Project(files: ["a.html": "x"]), entry: "index.html", report: .sample)
        }
    }

    @Test func usageIsSummedPerKeyAndDay() async throws {
        let bench = try Workbench()
        for _ in 0..<2 {
            let job = try await bench.running(key: "a")
            try await bench.succeed(job)
        }
        bench.world.advance(86_400)
        let job = try await bench.running(key: "a")
        try await bench.store.fail(job, worker: "w", .sample)
        let other = try await bench.running(key: "b")
        try await bench.succeed(other)
        let edited = try await bench.store.createEdit(
            .text("x"), of: other.conversionID, key: "b", activeJobLimit: 9
        ).job
        try await bench.succeed(try #require(try await bench.store.claimNext(worker: "w")))
        #expect(try await bench.store.job(edited.id, key: nil).revision == 2)

        let days = try await bench.store.usage(key: "a", from: "2027-01-15", to: "2027-01-16")
        #expect(days.map(\.date) == ["2027-01-15", "2027-01-16"])
        #expect(days[0].conversions == 2 && days[0].visionTokens == 10 && days[0].promptTokens == 14)
        #expect(days[0].cachedTokens == 4 && days[0].completionTokens == 22 && days[0].uploadBytes == 18)
        #expect(days[1].conversions == 0 && days[1].failed == 1 && days[1].uploadBytes == 9)
        let others = try await bench.store.usage(key: "b", from: "2027-01-16", to: "2027-01-16")
        #expect(others.map(\.edits) == [1] && others.map(\.conversions) == [1])
        #expect(try await bench.store.usage(key: "a", from: "2027-01-17", to: "2028-01-01").isEmpty)
    }
}
