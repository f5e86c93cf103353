// `bottega serve` and `bottega keys` from outside: how a service starts, who it lets in, how it ends.
import Foundation
import FoundationNetworking
import Testing

// One after the other: each opens the model.
@Suite(.serialized) struct ServeCommandTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// A service at work.
    private final class Service {
        private let process = Process()
        private let output = Pipe()
        private let log: String
        /// What it said when it was ready, and where it is.
        private(set) var announcement = ""
        private(set) var address = ""

        init(_ arguments: [String], in folder: Folder) async throws {
            log = folder.path + "/log-\(UUID().uuidString)"
            try Data().write(to: URL(fileURLWithPath: log))
            process.executableURL = URL(fileURLWithPath: Binary.path)
            process.arguments = ["serve", "--port", "0", "--data", folder.path + "/data"] + arguments
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
            try process.run()
            let reader = output.fileHandleForReading
            announcement = await Task.detached {
                var text = ""
                while !text.contains("\n"), case let piece = reader.availableData, !piece.isEmpty {
                    text += String(decoding: piece, as: UTF8.self)
                }
                return text.trimmingCharacters(in: .newlines)
            }.value
            address = announcement.split(separator: " ").first { $0.hasPrefix("http") }.map(String.init) ?? ""
        }

        deinit { if process.isRunning { process.terminate() } }

        var errors: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

        func answer(_ path: String, key: String? = nil) async throws -> (status: Int, text: String) {
            var request = URLRequest(url: try #require(URL(string: address + path)))
            if let key { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
            let (data, response) = try await URLSession.shared.data(for: request)
            return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
        }

        /// Asks the service to end.
        ///
        /// - Returns: its exit code; 128 and the number for a signal.
        func stop() async -> Int32 {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                process.terminationHandler = { _ in continuation.resume() }
                process.terminate()
            }
            return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        }
    }

    @Test func aServiceSaysWhereItIsAndEndsWhenAsked() async throws {
        let service = try await Service([], in: folder)
        let pattern = /bottega: listening on http:\/\/127\.0\.0\.1:\d+ \(no key needed on this machine only\)/
        #expect(service.announcement.wholeMatch(of: pattern) != nil, "\(service.announcement) \(service.errors)")
        #expect(try await service.answer("/healthz").status == 200)
        #expect(try await service.answer("/v1/conversions").status == 200)
        #expect(await service.stop() == 0)
        for line in service.errors.split(separator: "\n") {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "\(line)")
        }
        #expect(service.errors.contains("SIGTERM: shutting down") && service.errors.contains("\"stopped\""))
    }

    @Test func keysAreMadeAndRevokedWhileTheServiceRuns() async throws {
        let service = try await Service([], in: folder)
        let data = ["--data", folder.path + "/data"]
        let made = try await Binary.run(["keys", "create", "laptop", "--requests-per-minute", "60"] + data)
        #expect(made.code == 0)
        let secret = made.output.trimmingCharacters(in: .newlines)
        let id = try #require(secret.split(separator: "_").dropFirst().first.map(String.init))
        #expect(secret.hasPrefix("bk_\(id)_") && !made.errors.contains(secret))
        #expect(made.errors.contains("key \(id) for laptop"))

        #expect(try await service.answer("/v1/jobs").status == 401)
        #expect(try await service.answer("/v1/jobs", key: secret).status == 200)
        let list = try await Binary.run(["keys", "list", "--json"] + data)
        let line = try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [String: Any]
        #expect(line?["id"] as? String == id && line?["name"] as? String == "laptop")
        #expect(line?["requests_per_minute"] as? Int == 60 && line?["revoked_at"] == nil)
        #expect(!list.output.contains(secret))

        let revoked = try await Binary.run(["keys", "revoke", id] + data)
        #expect(revoked.code == 0 && revoked.errors == "key \(id) is revoked\n")
        #expect(try await service.answer("/v1/jobs", key: secret).status == 200, "no key is left: none is needed")
        let table = try await Binary.run(["keys", "list"] + data)
        // "LAST USED" is one heading of two words.
        #expect(table.output.split(separator: "\n").map { $0.split(separator: " ").count } == [8, 7])
        #expect(table.output.contains("revoked"))
        #expect(await service.stop() == 0)
        #expect(!service.errors.contains(secret))
    }

    @Test func otherMachinesAreServedOnlyIfThereIsAKey() async throws {
        let outcome = try await Binary.run(
            ["serve", "--host", "0.0.0.0", "--port", "0", "--data", folder.path + "/data", "--log-level", "error"])
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(
            outcome.errors == """
                bottega: host 0.0.0.0 can be reached from other machines and there is no key; make one with 'bottega \
                keys create NAME', or set auth to off if something else keeps strangers out

                """)
    }

    @Test func oneDataFolderHasOneService() async throws {
        let service = try await Service([], in: folder)
        let outcome = try await Binary.run(
            ["serve", "--port", "0", "--data", folder.path + "/data", "--log-level", "error"])
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("bottega: ") && outcome.errors.contains("is in use by another bottega"))
        #expect(await service.stop() == 0)
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        let service = try await Service([], in: folder)
        let port = try #require(service.address.split(separator: ":").last.map(String.init))
        let outcome = try await Binary.run(
            ["serve", "--port", port, "--data", folder.path + "/other", "--log-level", "critical"])
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors == "bottega: http://127.0.0.1:\(port): cannot listen: Address already in use\n")
        #expect(await service.stop() == 0)
    }

    @Test(arguments: [
        (["--port", "70000"], "--port: port must be a whole number from 0 to 65535, not 70000"),
        (["--auth", "maybe"], "--auth: auth must be one of auto, required, off, not \"maybe\""),
        (["--tls-key", "k.pem"], "tls.certificate and tls.key belong together; tls.certificate is missing"),
    ])
    func aWrongSettingIsOneLineAndCode2(arguments: [String], message: String) async throws {
        let outcome = try await Binary.run(["serve"] + arguments, in: folder.path)
        #expect(outcome.code == 2 && outcome.output.isEmpty && outcome.errors == "bottega: \(message)\n")
        #expect(folder.tree.isEmpty)
    }

    @Test func aCertificateThatIsNotThereStopsTheStart() async throws {
        let outcome = try await Binary.run(
            ["serve", "--data", "data", "--tls-certificate", "c.pem", "--tls-key", "k.pem", "--log-level", "error"],
            in: folder.path)
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("bottega: c.pem: cannot be used as tls.certificate: "))
        #expect(folder.tree.isEmpty)
    }

    @Test func theSettingsCanBeReadBeforeAnythingStarts() async throws {
        try folder.put(Array(#"{"limits":{"images":7}}"#.utf8), at: "b.json")
        let outcome = try await Binary.run(
            ["serve", "--config", "b.json", "--port", "9000", "--data", "d", "--print-config"], in: folder.path)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["port", "9000", "--port"]))
        #expect(lines.contains(["limits.images", "7", "b.json"]))
        #expect(lines.contains(["workers", "1", "default"]))
        #expect(folder.tree == ["b.json"])
    }

    @Test func aKeyThatIsNotThereCannotBeRevoked() async throws {
        let outcome = try await Binary.run(["keys", "revoke", "nobody", "--data", folder.path + "/data"])
        #expect(outcome.code == 1 && outcome.errors == "bottega: there is no key nobody\n")
    }
}
