// What a person types: lines, lines that go on, and commands; or everything that comes through a pipe.
import Foundation

/// One thing typed at a terminal.
enum ChatInput: Equatable {
    case message(String)
    case image(String)
    case video(String)
    case reset
    case save(String)
    case help
    case quit
    /// A command that is none, or that lacks its file.
    case unknown(String)

    static let commands = """
        /image PATH   show a picture with the next message
        /video PATH   show a video with the next message
        /reset        forget what was said
        /save FILE    write what was said as JSON
        /help         this list
        /quit         end, as the end of input does
        A backslash at the end of a line continues the message; a message that begins with / is written with two.
        """

    /// Reads what was typed: a command, or a message.
    init(_ typed: String) {
        let trimmed = typed.trimmingCharacters(in: .whitespacesAndNewlines)
        guard trimmed.hasPrefix("/"), !trimmed.hasPrefix("//") else {
            self = .message(trimmed.hasPrefix("//") ? String(trimmed.dropFirst()) : trimmed)
            return
        }
        let words = trimmed.split(separator: " ", maxSplits: 1)
        let file = words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : ""
        self =
            switch (words[0], file.isEmpty) {
            case ("/image", false): .image(file)
            case ("/video", false): .video(file)
            case ("/save", false): .save(file)
            case ("/reset", true): .reset
            case ("/help", true): .help
            case ("/quit", true): .quit
            case ("/image", true), ("/video", true), ("/save", true): .unknown("\(words[0]) needs a file")
            default: .unknown("\(words[0]) is no command; /help lists them")
            }
    }

    /// Asks for the next thing at the terminal.
    ///
    /// - Returns: nil at the end of input.
    static func next() async -> ChatInput? {
        await withCheckedContinuation { continuation in
            // A thread of its own: reading waits for a person.
            Thread.detachNewThread { continuation.resume(returning: typed().map { ChatInput($0) }) }
        }
    }

    private static func typed() -> String? {
        var lines: [String] = []
        Output.draw("> ")
        while let line = readLine() {
            guard line.hasSuffix("\\") else { return (lines + [line]).joined(separator: "\n") }
            lines.append(String(line.dropLast()))
            Output.draw("… ")
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    /// All of stdin, without the line ends around it.
    static func everything() throws -> String {
        let data = try FileHandle.standardInput.readToEnd() ?? Data()
        guard let text = String(data: data, encoding: .utf8) else { throw ChatError.unreadableInput }
        return text.trimmingCharacters(in: .newlines)
    }
}
