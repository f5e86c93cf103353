// A model's text → files, as it streams in. An engine that follows instructions answers with a page, bare or between
// ``` fences, with or without words around it; several files come in several fences that name their paths. An engine
// with a dialect writes one page and nothing else.

/// Cuts a stream of text into files.
struct FileParser {
    /// How the text is laid out.
    enum Layout: Sendable {
        /// The whole text is the entry file.
        case page
        /// Fenced files, or a bare page, among words.
        case files
    }

    /// A file as the model wrote it.
    struct File: Equatable {
        var path: String
        var text: String
        /// Whether the model ended it: the closing fence or `</html>` came.
        var isComplete: Bool

        /// Whether its path says that it is a page.
        var isPage: Bool { path.hasSuffix(".html") }
    }

    private enum Place: Equatable {
        case words
        /// Between the marks of a fence: in a file, or in text that is none.
        case fence(marks: Substring, isFile: Bool)
        /// At the start of a fence that names neither path nor language: its first line tells whether it is a page.
        case unnamedFence(marks: Substring)
        case page
    }

    /// Text of a file, as it came.
    struct Piece: Equatable {
        var path: String
        var text: String
    }

    private let layout: Layout
    private let entryPath: String
    private var files: [File] = []
    private var place = Place.words
    private var line = ""
    // Whether all of `line` is known to belong to the last file, and was given to it.
    private var isLineTaken = false
    private var pieces: [Piece] = []

    /// - Parameter entryPath: the path of a page that names none.
    init(_ layout: Layout, entryPath: String) {
        self.layout = layout
        self.entryPath = entryPath
        if layout == .page { files = [File(path: entryPath, text: "", isComplete: false)] }
    }

    /// The file that is being written, or was last.
    var current: File? { files.last }

    /// The files in the order they were begun; of several with one path the last, at the place of the first. Empty
    /// when the text holds none.
    var written: [File] {
        var result: [File] = []
        for file in files where !file.text.trimmed.isEmpty {
            if let index = result.firstIndex(where: { $0.path == file.path }) {
                result[index] = file
            } else {
                result.append(file)
            }
        }
        return result
    }

    /// Takes more of the text; pieces may be cut anywhere.
    ///
    /// - Returns: what of it belongs to files. A line is held back only while it may turn out to be a fence.
    mutating func push(_ text: String) -> [Piece] {
        pieces = []
        guard layout == .files else {
            take(text[...])
            return pieces
        }
        var rest = text.utf8[...]
        while let end = rest.firstIndex(of: 0x0A) {
            read(Substring(rest[...end]))
            endLine()
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { read(Substring(rest)) }
        return pieces
    }

    /// Ends the text.
    ///
    /// - Returns: what was held back and belongs to a file.
    mutating func finish() -> [Piece] {
        pieces = []
        if !line.isEmpty { endLine() }
        return pieces
    }

    // Takes more of a line, the line break included.
    private mutating func read(_ text: Substring) {
        line += text
        if isLineTaken {
            take(text)
        } else if isSurelyText {
            if place == .words {
                begin(entryPath)
                place = .page
            }
            isLineTaken = true
            take(line[...])
        }
    }

    // Whether what is there of the line shows that all of it is text of a file.
    private var isSurelyText: Bool {
        switch place {
        case .words: Self.startsMarkup(line.drop { $0.isWhitespace })
        case .page: true
        case .fence(let marks, isFile: true): line.first { !$0.isWhitespace }.map { $0 != marks.first } ?? false
        case .fence, .unnamedFence: false
        }
    }

    private mutating func endLine() {
        if !isLineTaken { settle(line[...]) }
        if place == .page, line.lowercased().contains("</html>") {
            files[files.count - 1].isComplete = true
            place = .words
        }
        line = ""
        isLineTaken = false
    }

    // Takes in a whole line that may be a fence.
    private mutating func settle(_ line: Substring) {
        let content = String(line).trimmed
        switch place {
        case .words:
            if let marks = Self.fence(content) { openFence(marks, info: content.dropFirst(marks.count)) }
        case .unnamedFence(let marks) where !content.isEmpty:
            let isPage = Self.startsMarkup(content[...])
            if isPage { begin(entryPath) }
            place = .fence(marks: marks, isFile: isPage)
            settle(line)
        case .unnamedFence, .page:
            break
        case .fence(let marks, let isFile):
            if content.hasPrefix(marks), content.allSatisfy({ $0 == marks.first }) {
                if isFile { files[files.count - 1].isComplete = true }
                place = .words
            } else if isFile {
                take(line)
            }
        }
    }

    private mutating func openFence(_ marks: Substring, info: Substring) {
        guard info.contains(where: { !$0.isWhitespace }) else {
            place = .unnamedFence(marks: marks)
            return
        }
        let path = path(info: info)
        if let path { begin(path) }
        place = .fence(marks: marks, isFile: path != nil)
    }

    private mutating func begin(_ path: String) { files.append(File(path: path, text: "", isComplete: false)) }

    // Gives text to the last file.
    private mutating func take(_ text: Substring) {
        files[files.count - 1].text += text
        pieces.append(Piece(path: files[files.count - 1].path, text: String(text)))
    }

    // The marks of a line that opens a fence: three or more backticks or tildes.
    private static func fence(_ line: String) -> Substring? {
        guard let mark = line.first, mark == "`" || mark == "~" else { return nil }
        let marks = line.prefix { $0 == mark }
        return marks.count >= 3 ? marks : nil
    }

    private static func startsMarkup(_ line: Substring) -> Bool {
        let lead = line.prefix(2)
        return lead.count == 2 && lead.first == "<" && (lead.last == "!" || lead.last?.isLetter == true)
    }

    // Where the fence's content belongs: a path that the line names, else the entry for HTML, else nowhere.
    private func path(info: Substring) -> String? {
        let words = info.split(whereSeparator: \.isWhitespace)
        for word in words {
            let value = word.split(separator: "=", maxSplits: 1).last ?? word
            let path = value.split(separator: ":", maxSplits: 1).last.map { $0.filter { !"\"'`{}".contains($0) } } ?? ""
            if path.contains(".") || path.contains("/") { return path }
        }
        return ["html", "htm", "xhtml", "markup"].contains(words.first?.lowercased()) ? entryPath : nil
    }
}
