import Foundation
import Logging
import Synchronization
import Testing

@testable import Server

@Suite struct LineLogHandlerTests {
    private final class Lines: Sendable {
        private let state = Mutex<[String]>([])
        var all: [String] { state.withLock { $0 } }
        func append(_ line: String) { state.withLock { $0.append(line) } }
    }

    private struct Unforeseen: Error, CustomStringConvertible {
        let description = "it broke"
    }

    private func logged(_ format: LineLogHandler.Format, _ log: (Logger) -> Void) throws -> String {
        let lines = Lines()
        let logger = Logger(label: "server") {
            LineLogHandler(label: $0, level: .debug, format: format, write: lines.append)
        }
        log(logger)
        #expect(lines.all.count == 1)
        let line = try #require(lines.all.first)
        #expect(line.hasSuffix("\n") && line.dropLast().contains { $0.isNewline } == false)
        return String(line.dropLast())
    }

    @Test func aLineIsAnObjectWithItsFieldsInOrder() throws {
        let line = try logged(.json) { logger in
            logger.info(
                "said \"so\"",
                metadata: [
                    "status": .stringConvertible(200), "seconds": .stringConvertible(0.25), "b": ["x", "y"],
                    "a": ["k": "v"], "request_id": "r1",
                ])
        }
        let start = try #require(line.firstRange(of: "\"level\""))
        #expect(
            line[start.lowerBound...] == """
                "level":"info","label":"server","message":"said \\"so\\"","request_id":"r1","a":{"k":"v"},"b":["x","y"],\
                "seconds":0.25,"status":200}
                """)
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        let time = try #require(object?["time"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        let parsed = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(time)
        #expect(abs(parsed.timeIntervalSinceNow) < 60)
    }

    @Test func nobodyCanForgeALine() throws {
        let forged = "x\n{\"level\":\"error\"}\r\u{1B}[2K\u{85}\u{2028}\u{0}"
        for format in [LineLogHandler.Format.json, .text] {
            let line = try logged(format) { $0.info("\(forged)", metadata: ["name": .string(forged), "a\nb": "c"]) }
            #expect(!line.unicodeScalars.contains { $0.value < 32 || (0x7F...0x9F).contains($0.value) })
            if format == .json {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(object?["name"] as? String == forged)
            }
        }
    }

    @Test(arguments: [LineLogHandler.Format.json, .text])
    func secretsNeverReachALine(format: LineLogHandler.Format) throws {
        let line = try logged(format) { logger in
            logger.error(
                "bk_id_s3cr3t",
                metadata: [
                    "authorization": "Basic s3cr3t", "prompt": "s3cr3t", "x": "Bearer s3cr3t",
                    "nested": ["token": "s3cr3t", "list": ["data:image/png;base64,s3cr3t"]],
                    "object": .stringConvertible("bk_id_s3cr3t"),
                ])
        }
        #expect(!line.contains("s3cr3t"))
        #expect(line.contains("bk_id_[redacted]"))
    }

    @Test func textIsForPeople() throws {
        let line = try logged(.text) {
            $0.warning("low on disk", metadata: ["free": "3 MB", "request_id": "r", "a": "b"])
        }
        let words = line.split(separator: " ", maxSplits: 1)[1]
        #expect(words == "warning  low on disk request_id=r a=b free=\"3 MB\"")
    }

    @Test func metadataOfTheLoggerAndOfTheErrorAreThere() throws {
        let line = try logged(.json) { logger in
            var logger = logger
            logger[metadataKey: "request_id"] = "r9"
            logger[metadataKey: "message"] = "mine"
            logger.error("failed", error: Unforeseen())
        }
        #expect(line.contains("\"request_id\":\"r9\"") && line.contains("\"error\":\"it broke\""))
        #expect(line.contains("\"message\":\"failed\"") && line.contains("\"metadata.message\":\"mine\""))
    }

    @Test func whatIsBelowTheLevelIsNotWritten() {
        let lines = Lines()
        let logger = Logger(label: "l") {
            LineLogHandler(label: $0, level: .warning, format: .json, write: lines.append)
        }
        logger.info("quiet")
        #expect(lines.all.isEmpty)
    }
}
