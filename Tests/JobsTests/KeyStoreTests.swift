// Keys: what opens, what does not, and what is kept of them.
import Foundation
import Support
import Testing

@testable import Jobs

@Suite struct KeyStoreTests {
    @Test func aKeyOpensWithItsSecretAlone() async throws {
        let bench = try Workbench()
        let (key, secret) = try await bench.store.createKey(name: "ci", requestsPerMinute: 60, activeJobs: 2)
        let other = try await bench.store.createKey(name: "other")
        let found = try #require(try await bench.store.key(presenting: secret))
        #expect(found.id == key.id && found.name == "ci" && found.requestsPerMinute == 60 && found.activeJobs == 2)
        let foreign = "bk_\(key.id)_" + other.secret.suffix(43)
        for wrong in [
            "", "bk_", "bk__", secret + "x", String(secret.dropLast()), secret.uppercased(), foreign,
            "bk_\(key.id)_", "bk_nobody000000_" + secret.suffix(43), String(repeating: "x", count: 300),
        ] {
            #expect(try await bench.store.key(presenting: wrong) == nil, "\(wrong)")
        }
    }

    @Test func aSecretHasItsForm() async throws {
        let bench = try Workbench()
        let (key, secret) = try await bench.store.createKey(name: "ci")
        #expect(secret.wholeMatch(of: /bk_([0-9a-z]{12})_[A-Za-z0-9_-]{43}/)?.1 == key.id[...])
        let next = try await bench.store.createKey(name: "ci")
        #expect(next.key.id != key.id && next.secret != secret)
    }

    @Test func theSecretIsNotInTheDirectory() async throws {
        let bench = try Workbench()
        let (_, secret) = try await bench.store.createKey(name: "ci")
        _ = try await bench.store.key(presenting: secret)
        let needle = Data(secret.suffix(43).utf8)
        for name in try FileManager.default.contentsOfDirectory(atPath: bench.directory) {
            let file = FileManager.default.contents(atPath: "\(bench.directory)/\(name)") ?? Data()
            #expect(file.range(of: needle) == nil, "\(name)")
        }
    }

    @Test func aRevokedKeyOpensNothing() async throws {
        let bench = try Workbench()
        let (key, secret) = try await bench.store.createKey(name: "ci")
        try await bench.store.revokeKey(key.id)
        #expect(try await bench.store.key(presenting: secret) == nil)
        let revokedAt = try await bench.store.keys().first?.revokedAt
        #expect(revokedAt == bench.world.now)
        bench.world.advance(10)
        try await bench.store.revokeKey(key.id)
        #expect(try await bench.store.keys().first?.revokedAt == revokedAt)
        await #expect(throws: StoreError.notFound("key none")) { try await bench.store.revokeKey("none") }
    }

    @Test func lastUseIsNotedOnceAMinute() async throws {
        let bench = try Workbench()
        let (_, secret) = try await bench.store.createKey(name: "ci")
        #expect(try await bench.store.keys().first?.lastUsedAt == nil)
        let first = bench.world.now
        _ = try await bench.store.key(presenting: secret)
        bench.world.advance(59)
        #expect(try await bench.store.key(presenting: secret)?.lastUsedAt == first)
        #expect(try await bench.store.keys().first?.lastUsedAt == first)
        bench.world.advance(1)
        #expect(try await bench.store.key(presenting: secret)?.lastUsedAt == bench.world.now)
        #expect(try await bench.store.keys().first?.lastUsedAt == bench.world.now)
    }

    @Test func keysAreListedOldestFirst() async throws {
        let bench = try Workbench()
        for name in ["one", "two", "three"] {
            _ = try await bench.store.createKey(name: name)
            bench.world.advance(1)
        }
        #expect(try await bench.store.keys().map(\.name) == ["one", "two", "three"])
    }

    @Test func keysCanBeChangedWhileAServerRuns() async throws {
        let bench = try Workbench()
        let keys = try KeyStore.open(bench.directory)
        let (key, secret) = try await keys.createKey(name: "made beside")
        #expect(try await bench.store.key(presenting: secret)?.id == key.id)
        try await keys.revokeKey(key.id)
        #expect(try await bench.store.key(presenting: secret) == nil)
        try keys.close()
    }

    @Test func keysCanBeMadeBeforeThereIsAServer() async throws {
        let temporary = try TemporaryDirectory()
        let directory = temporary.file("fresh/below")
        let keys = try KeyStore.open(directory)
        let (key, _) = try await keys.createKey(name: "first")
        let store = try JobStore.open(directory)
        #expect(try await store.keys().map(\.id) == [key.id])
        await store.close()
    }

    @Test func manyProcessesCanMakeTheDatabaseAtOnce() async throws {
        let temporary = try TemporaryDirectory()
        let directory = temporary.file("shared")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                group.addTask { _ = try await KeyStore.open(directory).createKey(name: "\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try await KeyStore.open(directory).keys().count == 6)
    }

    @Test func aNamedSecretStaysTheSame() async throws {
        let bench = try Workbench()
        let secret = try await bench.store.secret(named: "preview")
        #expect(secret.count == 32 && Set(secret).count > 8)
        #expect(try await bench.store.secret(named: "other") != secret)
        try await bench.restart()
        #expect(try await bench.store.secret(named: "preview") == secret)
    }
}
