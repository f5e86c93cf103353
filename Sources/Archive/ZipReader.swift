// Zip in: a file on disk, entry by entry, each unpacked in pieces or passed over. The table of contents at the end
// decides what there is; what no entry of it names is never seen. Nothing in the archive is believed: paths are
// checked, bytes are counted while they come, and a link, an encrypted entry, overlapping entries, a wrong size or
// checksum end the reading with an error that names the entry. Archives inside the archive are plain files.
//
// Reads: init · next · read, over and over. The file is reached through `ZipSource`.

import CArchive

/// Reads one zip archive.
///
///     let zip = try ZipReader(path, name: "screens.zip")
///     while let entry = try zip.next() {
///         try zip.read { chunk in … }        // or leave it out to pass over the entry
///     }
///
/// After an `ArchiveError` the reader is over: every later call throws the same error again.
///
/// Proof: `ZipReaderTests`, `HostileArchiveTests`.
package final class ZipReader {
    /// A file in the archive.
    package struct Entry: Sendable, Equatable {
        /// Relative and safe to unpack, with `/` between folders.
        package let path: String
        /// The size the archive announces. What comes may differ, and is an error then.
        package let announcedByteCount: Int?
    }

    private let archive: OpaquePointer
    private let source: ZipSource
    private let limits: ZipLimits
    private var paths = TakenPaths()
    private var current: Entry?
    private var entryCount = 0
    /// Entries of every kind, those passed over as well.
    private var headerCount = 0
    private var unpackedByteCount = 0
    /// Where the last entry's bytes end in the file.
    private var endOfLast: Int64 = 0
    private var failure: ArchiveError?
    /// Whether the file is an end without a beginning, an archive that libarchive does not know.
    private var isEmpty = false

    /// Opens the archive at `path`; errors call it `name`. Reads its end, no entry yet.
    package init(_ path: String, name: String, limits: ZipLimits = .init()) throws(ArchiveError) {
        source = ZipSource(try RegularFile(path, name: name))
        self.limits = limits
        guard let archive = archive_read_new() else { throw .unreadable(file: name, reason: "out of memory") }
        self.archive = archive
        archive_read_support_format_zip_seekable(archive)
        source.attach(to: archive)
        guard UTF8Locale.use({ archive_read_open1(archive) }) == ARCHIVE_OK else {
            if let failure = source.failure { throw failure }
            guard let fault = source.whatItIs() else {
                isEmpty = true
                return
            }
            throw fault
        }
    }

    deinit { archive_read_free(archive) }

    /// Goes to the next file, passing over folders and what operating systems leave behind. Nil at the end.
    package func next() throws(ArchiveError) -> Entry? {
        if let failure { throw failure }
        if isEmpty { return nil }
        do throws(ArchiveError) {
            repeat {
                try leave()
                guard let header = try nextHeader() else { return nil }
                current = try file(header)
            } while current == nil
            return current
        } catch {
            failure = error
            throw error
        }
    }

    /// Unpacks the entry that `next` gave. Chunks are at most 256 KiB, and valid during the call.
    ///
    /// - Throws: `ArchiveError`, or what `consume` throws; after the latter, `next` goes on behind this entry.
    package func read(_ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
        if let failure { throw failure }
        guard let entry = current else { preconditionFailure("read comes after next") }
        let start = position
        var byteCount = 0
        while let chunk = try nextChunk(of: entry, start: start, after: &byteCount) { try consume(chunk) }
    }

    private func nextChunk(
        of entry: Entry, start: Int64, after byteCount: inout Int
    ) throws(ArchiveError) -> UnsafeRawBufferPointer? {
        do throws(ArchiveError) {
            var bytes: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let code = archive_read_data_block(archive, &bytes, &count, &offset)
            guard code == ARCHIVE_OK || code == ARCHIVE_EOF else { throw corrupt(entry.path) }
            byteCount += count
            unpackedByteCount += count
            guard unpackedByteCount <= limits.unpackedBytes else { throw .tooManyBytes(limit: limits.unpackedBytes) }
            // What was taken from the file may lag behind by one block.
            let taken = Int(position - start) + ZipSource.blockBytes
            guard byteCount <= limits.growthBytes || byteCount / limits.growth <= taken else {
                throw .growsTooMuch(entry: entry.path, limit: limits.growth)
            }
            return code == ARCHIVE_EOF ? nil : UnsafeRawBufferPointer(start: bytes, count: count)
        } catch {
            failure = error
            throw error
        }
    }

    /// Passes over what is left of the current entry.
    private func leave() throws(ArchiveError) {
        guard let entry = current else { return }
        current = nil
        guard archive_read_data_skip(archive) == ARCHIVE_OK else { throw corrupt(entry.path) }
        endOfLast = position
    }

    private func nextHeader() throws(ArchiveError) -> OpaquePointer? {
        // The first call reads the whole table of contents.
        source.directoryLimit = headerCount == 0 ? limits.directoryBytes : nil
        headerCount += 1
        var header: OpaquePointer?
        let code = UTF8Locale.use { archive_read_next_header(archive, &header) }
        if code == ARCHIVE_EOF { return nil }
        if code != ARCHIVE_FATAL, let header, archive_entry_is_encrypted(header) != 0 {
            throw .encrypted(entry: path(of: header))
        }
        guard code == ARCHIVE_OK else { throw corrupt(code == ARCHIVE_FATAL ? nil : header.map(path)) }
        guard headerCount <= 10 * limits.entries else { throw .tooManyEntries(limit: limits.entries) }
        guard position >= endOfLast else { throw corrupt(header.map(path), "it overlaps another entry") }
        return header
    }

    /// What `header` says, if it is a file to be read; nil for what is passed over.
    private func file(_ header: OpaquePointer?) throws(ArchiveError) -> Entry? {
        let path = path(of: header)
        guard EntryPath.isSafe(path) else { throw .unsafePath(path) }
        let kind = archive_entry_filetype(header)
        if kind == carchive_kind_folder.rawValue || EntryPath.isLitter(path) { return nil }
        guard kind == carchive_kind_file.rawValue else {
            let found = kind == carchive_kind_link.rawValue ? "a symbolic link" : "no file"
            throw .notAFile(entry: path, found: found)
        }
        // "ZIP 2.0 (deflation)". Other methods may take gigabytes of memory for a few bytes.
        let format = String(cString: archive_format_name(archive))
        guard format.hasSuffix("(deflation)") || format.hasSuffix("(uncompressed)") else {
            throw .unsupported(entry: path, feature: format)
        }
        entryCount += 1
        guard entryCount <= limits.entries else { throw .tooManyEntries(limit: limits.entries) }
        guard paths.take(path) else { throw .pathTaken(path) }
        let isAnnounced = archive_entry_size_is_set(header) != 0
        return Entry(path: path, announcedByteCount: isAnnounced ? Int(archive_entry_size(header)) : nil)
    }

    private func path(of header: OpaquePointer?) -> String {
        UTF8Locale.use {
            guard let name = archive_entry_pathname(header) else { return "" }
            let bytes = UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self)
            var count = 0
            while bytes[count] != 0 { count += 1 }
            return EntryPath.decode(UnsafeBufferPointer(start: bytes, count: count))
        }
    }

    /// How many bytes of the file were taken.
    private var position: Int64 { archive_filter_bytes(archive, 0) }

    /// The error of the file underneath, or damage in libarchive's words.
    private func corrupt(_ entry: String?, _ reason: String? = nil) -> ArchiveError {
        if let failure = source.failure { return failure }
        let words = archive_error_string(archive).map { String(cString: $0).split(separator: "\n") }?.first
        return .corrupt(
            file: source.file.name, entry: entry, reason: reason ?? words.map { String($0) } ?? "it breaks off")
    }
}
