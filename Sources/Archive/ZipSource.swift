// The file under a zip reader, block by block and from any place, as libarchive asks for it.

import CArchive

/// What libarchive reads from. Its errors wait in `failure`, because none can pass through C.
final class ZipSource {
    static let blockBytes = 1 << 16

    let file: RegularFile
    private(set) var failure: ArchiveError?
    /// How many bytes of a table of contents may be read from now on; nil where something else is read.
    var directoryLimit: Int? {
        didSet { directoryByteCount = 0 }
    }
    private var directoryByteCount = 0
    private var offset = 0
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockBytes, alignment: 16)

    init(_ file: RegularFile) { self.file = file }

    deinit { block.deallocate() }

    /// Why libarchive found no archive in the file; nil where the file is one without entries.
    func whatItIs() -> ArchiveError? {
        var opening: [UInt8] = []
        do throws(ArchiveError) {
            opening = Array(block.prefix(min(4, try file.read(at: 0, into: block))))
        } catch {
            return error
        }
        if opening.isEmpty { return .notZip(file: file.name, found: "the file is empty") }
        if opening == [0x50, 0x4b, 3, 4] {
            return .corrupt(file: file.name, entry: nil, reason: "truncated: its table of contents is missing")
        }
        if opening == [0x50, 0x4b, 5, 6], file.byteCount >= 22 { return nil }
        let hex = opening.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        return .notZip(file: file.name, found: "it begins with bytes \(hex)")
    }

    private func nextBlock() throws(ArchiveError) -> Int {
        let count = try file.read(at: offset, into: block)
        offset += count
        directoryByteCount += count
        // Blocks reach beyond the table, and the first entry's header is read along with it.
        if let limit = directoryLimit, directoryByteCount > limit + 4 * Self.blockBytes {
            throw .directoryTooLarge(limit: limit)
        }
        return count
    }

    private func seek(_ distance: Int64, from origin: Int32) -> Int64 {
        // 0, 1, 2: from the beginning, from here, from the end.
        let start = origin == 0 ? 0 : origin == 1 ? offset : file.byteCount
        offset = min(max(0, start + Int(distance)), file.byteCount)
        return Int64(offset)
    }

    private func skip(_ distance: Int64) -> Int64 {
        let skipped = max(0, min(Int(distance), file.byteCount - offset))
        offset += skipped
        return Int64(skipped)
    }
}

extension ZipSource {
    /// Makes this what `archive` reads from. It must live as long as the archive.
    func attach(to archive: OpaquePointer) {
        archive_read_set_callback_data(archive, Unmanaged.passUnretained(self).toOpaque())
        archive_read_set_read_callback(archive) { _, context, bytes in
            guard let source = ZipSource.in(context) else { return la_ssize_t(ARCHIVE_FATAL) }
            do throws(ArchiveError) {
                let count = try source.nextBlock()
                bytes?.pointee = UnsafeRawPointer(source.block.baseAddress)
                return count
            } catch {
                source.failure = error
                return la_ssize_t(ARCHIVE_FATAL)
            }
        }
        archive_read_set_seek_callback(archive) { _, context, distance, origin in
            ZipSource.in(context)?.seek(distance, from: origin) ?? la_int64_t(ARCHIVE_FATAL)
        }
        archive_read_set_skip_callback(archive) { _, context, distance in
            ZipSource.in(context)?.skip(distance) ?? 0
        }
    }

    private static func `in`(_ context: UnsafeMutableRawPointer?) -> ZipSource? {
        context.map { Unmanaged<ZipSource>.fromOpaque($0).takeUnretainedValue() }
    }
}
