// One line a message, on stderr, each in one write so that lines of several threads never mix: JSON for machines, text
// for people. The names of metadata and the order of the fields are what log pipelines may rely on:
//
//     {"time":"2026-11-23T18:46:00.123Z","level":"info","label":"server","message":"…","request_id":"…", …}
//
// Secrets are taken out first (`Redaction`); line breaks and control characters are escaped, so that nobody can forge a
// line through a name or a header.
import Foundation
package import Logging

/// A log handler that writes lines.
package struct LineLogHandler: LogHandler {
    package enum Format: Sendable {
        case json, text
    }

    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let label: String
    private let format: Format
    private let write: @Sendable (String) -> Void

    /// - Parameter write: is given whole lines, line break included, from any thread.
    package init(
        label: String, level: Logger.Level = .info, format: Format,
        write: @escaping @Sendable (String) -> Void = LineLogHandler.toStandardError
    ) {
        self.label = label
        self.logLevel = level
        self.format = format
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        if let error = event.error { all["error"] = "\(error)" }
        let line =
            switch format {
            case .json: json(event, all)
            case .text: text(event, all)
            }
        write(line + "\n")
    }

    /// Writes a line to stderr; a reader that has gone is no reason to stop.
    @Sendable package static func toStandardError(_ line: String) {
        var bytes = Array(line.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    // `request_id` first, the rest in alphabetical order: what is looked for stands where it is looked for.
    private func ordered(_ metadata: Logger.Metadata) -> [(key: String, value: Logger.Metadata.Value)] {
        metadata.sorted { first, second in
            (first.key == "request_id" ? 0 : 1, first.key) < (second.key == "request_id" ? 0 : 1, second.key)
        }
    }

    private func json(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        var line = "{\"time\":\"\(Timestamp.now)\",\"level\":\"\(event.level.rawValue)\",\"label\":"
        line += Self.quoted(label)
        line += ",\"message\":"
        line += Self.quoted(Redaction.cut(event.message.description))
        for (key, value) in ordered(metadata) {
            line += ","
            line += Self.quoted(["time", "level", "label", "message"].contains(key) ? "metadata." + key : key)
            line += ":"
            line += Redaction.hides(key) ? Self.quoted(Redaction.mark) : Self.json(value)
        }
        return line + "}"
    }

    private func text(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        let level = event.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        var line = "\(Timestamp.now) \(level) " + Self.escaped(Redaction.cut(event.message.description))
        for (key, value) in ordered(metadata) {
            let words = Redaction.hides(key) ? Redaction.mark : Self.plain(value)
            let isBare = !words.isEmpty && !words.contains { $0 == " " || $0 == "\"" || $0 == "\\" || $0 == "=" }
            line += " \(Self.escaped(key))=\(isBare ? words : Self.quoted(words))"
        }
        return line
    }

    private static func plain(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): escaped(Redaction.cut(text))
        case .stringConvertible(let value): escaped(Redaction.cut(value.description))
        case .array, .dictionary: json(value)
        }
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): return quoted(Redaction.cut(text))
        case .stringConvertible(let value):
            switch value {
            case let number as Int: return String(number)
            case let flag as Bool: return String(flag)
            case let number as Double where number.isFinite: return String(number)
            default: return quoted(Redaction.cut(value.description))
            }
        case .array(let values): return "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let values):
            let members = values.sorted { $0.key < $1.key }.map { key, value in
                quoted(key) + ":" + (Redaction.hides(key) ? quoted(Redaction.mark) : json(value))
            }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: append(scalar, to: &result)
            }
        }
        return result + "\""
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        // The C0 and C1 controls and the line and paragraph separators: all that could end a line or move a cursor.
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
}

/// Moments as RFC 3339 writes them, in UTC, to the millisecond.
enum Timestamp {
    static var now: String {
        let time = Date().timeIntervalSince1970
        var seconds = time_t(time.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = [
            padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1, 2), padded(Int(parts.tm_mday), 2),
        ]
        let clock = [padded(Int(parts.tm_hour), 2), padded(Int(parts.tm_min), 2), padded(Int(parts.tm_sec), 2)]
        let milliseconds = padded(Int((time - time.rounded(.down)) * 1000), 3)
        return date.joined(separator: "-") + "T" + clock.joined(separator: ":") + "." + milliseconds + "Z"
    }
}
