// Runs the built `bottega` as a person would, and keeps what it said.
import Foundation
import Testing

/// The executable beside the test bundle.
enum Binary {
    /// What one run said and how it ended.
    struct Outcome {
        var output: String
        var errors: String
        /// The exit code; 128 and the number for a signal.
        var code: Int32
    }

    /// The repository's root.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// One of the designs that the repository shows.
    static func design(_ name: String) -> String { repository + "/Fixtures/designs/" + name }

    /// Whether there is a browser to measure pages with.
    static let hasBrowser: Bool = {
        let programs = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { folder in
            programs.contains { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
        }
    }()

    static let path: String = {
        let bundle = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: bundle ?? CommandLine.arguments[0]).deletingLastPathComponent().path + "/bottega"
    }()

    /// Runs `bottega` to its end, with `input` on its stdin.
    static func run(_ arguments: [String], in folder: String = "/", input: String = "") async throws -> Outcome {
        try await start(path, arguments, in: folder, input: input).outcome()
    }

    /// Runs `command` in a shell, in which `$bottega` is the executable, to its end.
    static func shell(_ command: String, in folder: String) async throws -> Outcome {
        try await start("/bin/bash", ["-c", command], in: folder).outcome()
    }

    /// Starts a program; its output goes to files, so that it never waits for a reader.
    static func start(
        _ program: String, _ arguments: [String], in folder: String, input: String = ""
    ) throws -> Running {
        let running = try Running(input: input)
        running.process.executableURL = URL(fileURLWithPath: program)
        running.process.arguments = arguments
        running.process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var environment = ProcessInfo.processInfo.environment
        environment["bottega"] = path
        environment["COLUMNS"] = nil
        // What one run keeps is nothing to another.
        environment["XDG_CACHE_HOME"] = running.cache
        running.process.environment = environment
        try running.process.run()
        return running
    }

    /// Runs `bottega` with its stderr on a terminal of 80 columns; with `typed` its other streams are there too.
    ///
    /// - Returns: what was drawn there, control sequences and the echo of what was typed included.
    static func runOnTerminal(
        _ arguments: [String], in folder: String, typed: String? = nil
    ) async throws -> String {
        // What `posix_openpt`, `unlockpt` and `ptsname` do; Glibc's module does not offer them.
        let (unlockTerminal, askNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (lock, number) = (Int32(0), UInt32(0))
        try #require(ioctl(terminal, unlockTerminal, &lock) == 0 && ioctl(terminal, askNumber, &number) == 0)
        let drawn = FileHandle(fileDescriptor: terminal, closeOnDealloc: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let cache = try Folder()
        defer { withExtendedLifetime(cache) {} }
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["TERM": "xterm", "XDG_CACHE_HOME": cache.path]
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let end = FileHandle(fileDescriptor: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), closeOnDealloc: true)
        process.standardError = end
        if let typed {
            (process.standardInput, process.standardOutput) = (end, end)
            try drawn.write(contentsOf: Data(typed.utf8))
        }
        try process.run()
        try end.close()
        return await Task.detached {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while case let count = read(drawn.fileDescriptor, &buffer, buffer.count), count > 0 {
                bytes += buffer[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }.value
    }

    /// A program at work.
    final class Running {
        let process = Process()
        private let captured: Folder

        /// Where the program may keep things.
        fileprivate var cache: String { captured.path + "/cache" }

        fileprivate init(input: String) throws {
            captured = try Folder()
            try captured.put(input.utf8, at: "input")
            process.standardInput = FileHandle(forReadingAtPath: captured.path + "/input")
            process.standardOutput = try Self.handle(captured.path + "/output")
            process.standardError = try Self.handle(captured.path + "/errors")
        }

        /// What was written to stderr so far.
        var errors: String { captured.text("errors") ?? "" }

        func outcome() async throws -> Outcome {
            while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
            let isSignal = process.terminationReason == .uncaughtSignal
            return Outcome(
                output: captured.text("output") ?? "", errors: errors,
                code: process.terminationStatus + (isSignal ? 128 : 0))
        }

        private static func handle(_ path: String) throws -> FileHandle {
            try Data().write(to: URL(fileURLWithPath: path))
            return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        }
    }
}

/// A folder for one test, removed with it.
final class Folder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/bottega-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Everything below, hidden or not.
    var tree: [String] { (FileManager.default.subpaths(atPath: path) ?? []).sorted() }

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    func put(_ bytes: some Sequence<UInt8>, at name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }
}
