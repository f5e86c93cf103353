// `bottega keys`: who may use a service. It works on the data directory itself, whether a server runs there or not; a
// running server knows of a new or revoked key with the next request.
import ArgumentParser
import Foundation
import Jobs
import Server

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Makes, lists and revokes the keys of a service.",
        discussion: """
            A service that other machines can reach asks for a key, and so does one on this machine as soon as it has \
            a key. Clients send it as 'Authorization: Bearer KEY'. Keys may be made and revoked while the service runs.

            Examples:
              bottega keys create laptop
              bottega keys create ci --requests-per-minute 60 --active-jobs 2
              bottega keys list
              bottega keys revoke k3x9m2c4q8w1
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    /// Which service's keys.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The service's data folder. (default: BOTTEGA_DATA, else ~/.local/share/bottega)", valueName: "dir"),
            completion: .directory)
        var data: String?

        /// The keys of the data folder that a server with the same surroundings would use.
        func open() throws -> KeyStore {
            let flags = data.map { ["data": SettingFlag("--data", .text($0))] } ?? [:]
            let loaded = try ServeCommand.load(flags: flags, file: nil)
            return try KeyStore.open(loaded.configuration.dataDirectory)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Makes a key and prints its secret, once.")

        @Argument(help: "What to call it; only for you.")
        var name: String

        @Option(help: ArgumentHelp("Requests a minute, instead of the service's default.", valueName: "count"))
        var requestsPerMinute: Int?

        @Option(
            help: ArgumentHelp("Jobs waiting or running, instead of the service's default.", valueName: "count"))
        var activeJobs: Int?

        @OptionGroup var place: Place

        func validate() throws {
            guard (1...100).contains(name.count), !name.contains(where: \.isNewline) else {
                throw ValidationError("NAME must have from 1 to 100 characters on one line")
            }
            guard requestsPerMinute.map({ (1...1_000_000).contains($0) }) ?? true else {
                throw ValidationError("--requests-per-minute must be from 1 to 1000000")
            }
            guard activeJobs.map({ (1...1_000_000).contains($0) }) ?? true else {
                throw ValidationError("--active-jobs must be from 1 to 1000000")
            }
        }

        func run() async throws {
            let store = try place.open()
            let (key, secret) = try await store.createKey(
                name: name, requestsPerMinute: requestsPerMinute, activeJobs: activeJobs)
            try store.close()
            Output.tell("key \(key.id) for \(name); this is the only time its secret is shown")
            Output.tell("send it with every request: Authorization: Bearer KEY")
            Output.result(secret)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists the keys, oldest first, without their secrets.")

        @Flag(help: "Print one JSON object a line.")
        var json = false

        @OptionGroup var place: Place

        private struct Line: Encodable {
            let id, name, createdAt: String
            let lastUsedAt, revokedAt: String?
            let requestsPerMinute, activeJobs: Int?

            init(_ key: ApiKey) {
                id = key.id
                name = key.name
                createdAt = key.createdAt.formatted(.iso8601)
                lastUsedAt = key.lastUsedAt?.formatted(.iso8601)
                revokedAt = key.revokedAt?.formatted(.iso8601)
                requestsPerMinute = key.requestsPerMinute
                activeJobs = key.activeJobs
            }
        }

        func run() async throws {
            let store = try place.open()
            let keys = try await store.keys()
            try store.close()
            if json {
                for key in keys { Output.result(JSONText.line(Line(key))) }
            } else if keys.isEmpty {
                Output.tell("there are no keys")
            } else {
                let heads = ["ID", "NAME", "MADE", "LAST USED", "STATE", "REQUESTS/MIN", "JOBS"]
                for line in Self.table([heads] + keys.map(Self.cells)) { Output.result(line) }
            }
        }

        private static func cells(_ key: ApiKey) -> [String] {
            let day = Date.ISO8601FormatStyle().year().month().day()
            return [
                key.id, key.name, key.createdAt.formatted(day), key.lastUsedAt?.formatted(day) ?? "never",
                key.revokedAt == nil ? "in use" : "revoked", key.requestsPerMinute.map(String.init) ?? "default",
                key.activeJobs.map(String.init) ?? "default",
            ]
        }

        // Columns as wide as their widest cell, two spaces apart.
        private static func table(_ rows: [[String]]) -> [String] {
            let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
            return rows.map { row in
                let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Closes a key for good.")

        @Argument(help: "The key's id, as 'bottega keys list' shows it.")
        var id: String

        @OptionGroup var place: Place

        func run() async throws {
            let store = try place.open()
            try await store.revokeKey(id)
            try store.close()
            Output.tell("key \(id) is revoked")
        }
    }
}
