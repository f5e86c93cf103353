// Zip out: files in, archive bytes to a sink while they come. Memory does not depend on the files' sizes. The same
// files in the same order give the same bytes: times are 1980-01-01, owners and modes fixed. Text is deflated, what
// is compressed already is stored. Unsafe paths and paths that two files want are refused.
//
// Reads: init · add · add(file:) · finish, or begin · append · finish for a file that comes in pieces.

import CArchive

/// Writes one zip archive.
///
///     let zip = try ZipWriter { chunk in output.append(contentsOf: chunk) }
///     try zip.add(Array("<!doctype html>".utf8), at: "index.html")
///     try zip.finish()
///
/// An error of the sink, or `ArchiveError.cannotWrite`, ends the archive: what the sink got is no whole archive then,
/// and every later call throws. A refused path or an unreadable file leaves the archive as it was.
///
/// Proof: `ZipWriterTests`.
package final class ZipWriter {
    /// Takes the archive's next bytes: at most 64 KiB, valid during the call.
    package typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    /// The most bytes that the sink gets at once.
    package static let chunkBytes = 1 << 16

    private let archive: OpaquePointer
    private let output: Output
    private var paths = TakenPaths()
    /// The file that is being written, and how many of its bytes are missing.
    private var current: (path: String, missingBytes: Int)?
    private var isFinished = false

    /// Starts an archive. Nothing reaches the sink before the first 64 KiB are full.
    package init(to sink: @escaping Sink) throws(ArchiveError) {
        guard let archive = archive_write_new() else { throw .cannotWrite(entry: "", reason: "out of memory") }
        self.archive = archive
        output = Output(sink)
        archive_write_set_format_zip(archive)
        archive_write_set_bytes_per_block(archive, Int32(Self.chunkBytes))
        archive_write_set_bytes_in_last_block(archive, 1)
        let code = output.open(archive)
        guard code == ARCHIVE_OK else { throw .cannotWrite(entry: "", reason: reason(code)) }
    }

    deinit {
        // Freeing an archive that is still open would end it in good order; one left alone must stay incomplete.
        if !isFinished { archive_write_fail(archive) }
        archive_write_free(archive)
    }

    /// Adds a file from memory.
    package func add(_ bytes: [UInt8], at path: String) throws {
        try begin(path, byteCount: bytes.count)
        try bytes.withUnsafeBytes { try append($0) }
    }

    /// Adds a file from disk, 64 KiB at a time. A file that changes its size meanwhile ends the archive.
    package func add(file: String, at path: String) throws {
        let source = try RegularFile(file, name: path)
        try begin(path, byteCount: source.byteCount)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
        defer { block.deallocate() }
        var offset = 0
        while offset < source.byteCount {
            let count = try source.read(at: offset, into: block)
            guard count > 0 else { throw ArchiveError.unreadable(file: path, reason: "it became shorter meanwhile") }
            try append(UnsafeRawBufferPointer(rebasing: block[..<min(count, source.byteCount - offset)]))
            offset += count
        }
    }

    /// Begins a file of exactly `byteCount` bytes, which `append` then gives.
    package func begin(_ path: String, byteCount: Int) throws {
        try checkIsWhole()
        guard EntryPath.isSafe(path), !path.hasSuffix("/") else { throw ArchiveError.unsafePath(path) }
        guard paths.take(path) else { throw ArchiveError.pathTaken(path) }
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_size(entry, la_int64_t(byteCount))
        archive_entry_set_filetype(entry, carchive_kind_file.rawValue)
        archive_entry_set_perm(entry, 0o644)
        if Self.isCompressed(path) {
            archive_write_zip_set_compression_store(archive)
        } else {
            archive_write_zip_set_compression_deflate(archive)
        }
        current = (path, byteCount)
        // Without a time of its own an entry gets the earliest that zip knows, in every time zone.
        try check(
            UTF8Locale.use {
                archive_entry_set_pathname(entry, path)
                return archive_write_header(archive, entry)
            })
    }

    /// Gives the next bytes of the file begun last. All files together may not be longer than announced.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let (path, missingBytes) = current else { preconditionFailure("append comes after begin") }
        precondition(bytes.count <= missingBytes, "a file may not be longer than begin said")
        guard !bytes.isEmpty else { return }
        let written = archive_write_data(archive, bytes.baseAddress, bytes.count)
        try check(written < 0 ? Int32(written) : ARCHIVE_OK)
        guard written == bytes.count else {
            throw ArchiveError.cannotWrite(entry: path, reason: "\(written) of \(bytes.count) bytes were taken")
        }
        current = (path, missingBytes - bytes.count)
    }

    /// Writes the table of contents. Nothing may be added afterwards.
    package func finish() throws {
        try checkIsWhole()
        isFinished = true
        try check(UTF8Locale.use { archive_write_close(archive) })
    }

    /// Whether the last file got all its bytes and nothing failed before.
    private func checkIsWhole() throws {
        precondition(!isFinished, "a finished archive takes nothing more")
        if let failure = output.failure { throw failure }
        if let (path, missingBytes) = current, missingBytes > 0 {
            throw ArchiveError.cannotWrite(entry: path, reason: "\(missingBytes) bytes of it are missing")
        }
    }

    /// Throws the sink's own error where there is one, else libarchive's words.
    private func check(_ code: Int32) throws {
        guard code != ARCHIVE_OK else { return }
        let failure = output.failure ?? ArchiveError.cannotWrite(entry: current?.path ?? "", reason: reason(code))
        output.failure = failure
        throw failure
    }

    private func reason(_ code: Int32) -> String {
        archive_error_string(archive).map { String(cString: $0) } ?? "error \(code)"
    }

    /// Whether files of this kind are compressed by themselves, so that deflating them again costs time alone.
    private static func isCompressed(_ path: String) -> Bool {
        guard let dot = path.lastIndex(of: ".") else { return false }
        let kinds: Set = [
            "png", "jpg", "jpeg", "webp", "gif", "avif", "woff", "woff2", "mp4", "webm", "zip", "gz", "pdf",
        ]
        return kinds.contains(path[path.index(after: dot)...].lowercased())
    }
}

/// The sink, where libarchive finds it.
private final class Output {
    let sink: ZipWriter.Sink
    /// What ended the archive.
    var failure: (any Error)?

    init(_ sink: @escaping ZipWriter.Sink) { self.sink = sink }

    /// Opens `archive` for writing here. This must live as long as the archive.
    func open(_ archive: OpaquePointer) -> Int32 {
        archive_write_open(
            archive, Unmanaged.passUnretained(self).toOpaque(), nil,
            { _, context, bytes, count in
                guard let context else { return la_ssize_t(ARCHIVE_FATAL) }
                let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                do {
                    try output.sink(UnsafeRawBufferPointer(start: bytes, count: count))
                    return count
                } catch {
                    output.failure = error
                    return la_ssize_t(ARCHIVE_FATAL)
                }
            }, nil)
    }
}
