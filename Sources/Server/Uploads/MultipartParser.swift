// A form's body (`multipart/form-data`, RFC 7578 and 2046) in pieces of any size, out again part by part while it
// arrives. Contents are passed on as slices of what came in; held back is only what may be the beginning of a boundary,
// and that needs no copy, because it is the boundary's own beginning. What stands before the first and after the last
// boundary is ignored. Fields that are no files, headers and parts are bounded; files are for the receiver to count.
//
// Reads: init · push, over and over · finish.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Takes a form apart while it arrives.
///
///     var parser = try MultipartParser(contentType: "multipart/form-data; boundary=x", limits: limits)
///     for chunk in body { try parser.push(chunk) { event in … } }
///     try parser.finish()
///
/// Every cut of the same body gives the same parts; only how contents are cut into slices differs. After an error the
/// parser must not be used again.
///
/// Proof: `MultipartParserTests`, `MultipartRecordingTests`.
package struct MultipartParser: Sendable {
    /// What a form is made of, in this order for each part.
    package enum Event {
        /// A part begins.
        case began(MultipartPart)
        /// Its next bytes, never none, valid during the call.
        case bytes(UnsafeRawBufferPointer)
        /// It is whole.
        case ended
    }

    private enum State {
        /// In what belongs to no part: before the first boundary.
        case preamble
        case content
        /// Behind a boundary, whose line is not over yet.
        case boundaryLine
        case headers
        /// Behind the last boundary.
        case epilogue
    }

    /// How far a body may go without its first boundary.
    private static let preambleLimit = 64 << 10

    private let boundary: String
    /// A line break, `--` and the boundary. CR stands nowhere in it but at the beginning.
    private let delimiter: [UInt8]
    private let limits: UploadLimits
    private var state = State.preamble
    /// How many bytes of `delimiter` the input so far ends with.
    private var matchedCount = 2
    /// How many of these are no content whatever follows: a line break that was not sent, or that ended the headers.
    private var lentCount = 2
    /// The part whose content this is; nil for what belongs to none.
    private var part: MultipartPart?
    /// Bytes of the current part's content, or of the preamble.
    private var contentCount = 0
    /// The boundary's line, or a part's headers, as far as they came.
    private var line: [UInt8] = []
    private var partCount = 0

    /// Reads the boundary out of a `Content-Type`.
    package init(contentType: String, limits: UploadLimits = .init()) throws(MultipartError) {
        let expected = "multipart/form-data with a boundary of 1 to 70 characters"
        let value: HeaderValue
        do throws(MultipartError) {
            value = try HeaderValue(Array(contentType.utf8)[...])
        } catch {
            throw .badContentType(found: contentType, expected: expected)
        }
        guard value.essence == "multipart/form-data", let boundary = value["boundary"],
            (1...70).contains(boundary.count), boundary.last != 0x20,
            boundary.allSatisfy({ (0x20..<0x7f).contains($0) })
        else { throw .badContentType(found: contentType, expected: expected) }
        self.boundary = String(decoding: boundary, as: UTF8.self)
        delimiter = Array("\r\n--".utf8) + boundary
        self.limits = limits
    }

    /// Takes the next bytes of the body and delivers what they complete.
    ///
    /// - Throws: `MultipartError`, or what `deliver` throws.
    package mutating func push(_ bytes: UnsafeRawBufferPointer, _ deliver: (Event) throws -> Void) throws {
        var rest = bytes
        while !rest.isEmpty {
            let taken =
                switch state {
                case .preamble, .content: try takeContent(rest, deliver)
                case .boundaryLine: try takeBoundaryLine(rest)
                case .headers: try takeHeaders(rest, deliver)
                case .epilogue: rest.count
                }
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
        }
    }

    /// Takes bytes from an array.
    package mutating func push(_ bytes: [UInt8], _ deliver: (Event) throws -> Void) throws {
        try bytes.withUnsafeBytes { try push($0, deliver) }
    }

    /// Says that the body is over.
    package func finish() throws(MultipartError) {
        switch state {
        case .epilogue: return
        case .preamble: throw .noBoundary(boundary: boundary)
        case .content: throw .endedEarly(inside: "the field \((part?.name ?? "").debugDescription)")
        case .boundaryLine: throw .endedEarly(inside: "a boundary")
        case .headers: throw .endedEarly(inside: "a part's headers")
        }
    }
}

// MARK: - Contents

extension MultipartParser {
    /// Passes on content up to the next boundary. Returns how many bytes are done with.
    private mutating func takeContent(
        _ bytes: UnsafeRawBufferPointer, _ deliver: (Event) throws -> Void
    ) throws -> Int {
        if matchedCount > 0 {
            let expected = delimiter[matchedCount...].prefix(bytes.count)
            if bytes.starts(with: expected) {
                matchedCount += expected.count
                if matchedCount == delimiter.count { try endContent(deliver) }
                return expected.count
            }
            // What was held back is content after all. No boundary begins inside it: there is no second CR.
            let held = lentCount..<matchedCount
            (matchedCount, lentCount) = (0, 0)
            try delimiter.withUnsafeBytes { try pass(UnsafeRawBufferPointer(rebasing: $0[held]), deliver) }
        }
        let found = search(bytes)
        matchedCount = found.matchedCount
        try pass(UnsafeRawBufferPointer(rebasing: bytes[..<found.start]), deliver)
        if matchedCount == delimiter.count { try endContent(deliver) }
        return found.start + found.matchedCount
    }

    /// Where the first boundary begins in `bytes`, or the beginning of one that the end cuts off, and how much of it
    /// is there; the end and 0 without one.
    private func search(_ bytes: UnsafeRawBufferPointer) -> (start: Int, matchedCount: Int) {
        guard let base = bytes.baseAddress else { return (0, 0) }
        return delimiter.withUnsafeBytes { expected in
            guard let delimiter = expected.baseAddress else { return (bytes.count, 0) }
            var offset = 0
            while let found = memchr(base + offset, 0x0d, bytes.count - offset) {
                let start = UnsafeRawPointer(found) - base
                let count = min(expected.count, bytes.count - start)
                if memcmp(base + start, delimiter, count) == 0 { return (start, count) }
                offset = start + 1
            }
            return (bytes.count, 0)
        }
    }

    private mutating func pass(_ bytes: UnsafeRawBufferPointer, _ deliver: (Event) throws -> Void) throws {
        guard !bytes.isEmpty else { return }
        contentCount += bytes.count
        if let part {
            guard part.isFile || contentCount <= limits.fieldBytes else {
                throw MultipartError.fieldTooLong(name: part.name, limit: limits.fieldBytes)
            }
            try deliver(.bytes(bytes))
        } else {
            guard contentCount <= Self.preambleLimit else { throw MultipartError.noBoundary(boundary: boundary) }
        }
    }

    private mutating func endContent(_ deliver: (Event) throws -> Void) throws {
        if part != nil { try deliver(.ended) }
        part = nil
        (matchedCount, lentCount) = (0, 0)
        line = []
        state = .boundaryLine
    }
}

// MARK: - Between contents

extension MultipartParser {
    /// Reads what follows a boundary: `--` at the form's end, else white space and a line break.
    private mutating func takeBoundaryLine(_ bytes: UnsafeRawBufferPointer) throws(MultipartError) -> Int {
        for (index, byte) in bytes.enumerated() {
            switch (line.last, byte) {
            case (0x2d, 0x2d):
                state = .epilogue
                return index + 1
            case (0x0d, 0x0a):
                line = []
                state = .headers
                return index + 1
            case (nil, 0x2d), (nil, 0x0d), (0x20, 0x0d), (0x09, 0x0d): line.append(byte)
            case (nil, 0x20), (nil, 0x09), (0x20, 0x20), (0x20, 0x09), (0x09, 0x20), (0x09, 0x09):
                guard line.count < 64 else { throw .badBoundaryLine(boundary: boundary) }
                line.append(byte)
            default: throw .badBoundaryLine(boundary: boundary)
            }
        }
        return bytes.count
    }

    /// Collects a part's headers up to the empty line behind them, and announces the part.
    private mutating func takeHeaders(
        _ bytes: UnsafeRawBufferPointer, _ deliver: (Event) throws -> Void
    ) throws -> Int {
        for (index, byte) in bytes.enumerated() {
            line.append(byte)
            guard line.count <= limits.partHeaderBytes else {
                throw MultipartError.headersTooLong(limit: limits.partHeaderBytes)
            }
            let isOver = byte == 0x0a && (line == [0x0d, 0x0a] || line.suffix(4) == [0x0d, 0x0a, 0x0d, 0x0a])
            guard isOver else { continue }
            partCount += 1
            guard partCount <= limits.parts else { throw MultipartError.tooManyParts(limit: limits.parts) }
            let part = try MultipartPart(headers: line, limit: limits.partHeaders)
            self.part = part
            state = .content
            // The empty line's own break may be the one before a boundary: a part may have no content at all.
            (matchedCount, lentCount) = (2, 2)
            contentCount = 0
            line = []
            try deliver(.began(part))
            return index + 1
        }
        return bytes.count
    }
}
