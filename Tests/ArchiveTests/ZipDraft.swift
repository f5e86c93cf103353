// Zip archives put together byte by byte, so that they can be wrong in one place at a time.

import Archive
import Foundation
import Support

/// An archive of stored entries, every field of which may lie.
struct ZipDraft {
    struct Item {
        var name: [UInt8]
        /// The name in the entry's own header; that of the table of contents when nil.
        var localName: [UInt8]?
        var content: [UInt8] = Array("content".utf8)
        var method: UInt16 = 0
        var flags: UInt16 = 0
        var checksum: UInt32?
        var announcedBytes: UInt32?
        /// Who made it: 3 is Unix, 0 is DOS.
        var system: UInt8 = 3
        var mode: UInt16 = 0o100644
        /// Where the table of contents says the entry begins; the truth when nil.
        var offset: Int?

        init(_ name: String) { self.name = Array(name.utf8) }
    }

    var items: [Item] = []

    init(_ items: [Item] = []) { self.items = items }

    init(_ name: String, _ change: (inout Item) -> Void = { _ in }) {
        var item = Item(name)
        change(&item)
        items = [item]
    }

    /// The whole archive.
    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for item in items {
            let start = file.count
            file += [0x50, 0x4b, 3, 4] + number(20, 2) + fields(item) + name(item.localName ?? item.name)
            file += (item.localName ?? item.name) + item.content
            directory += [0x50, 0x4b, 1, 2, 20, item.system] + number(20, 2) + fields(item) + name(item.name)
            directory += number(0, 6) + number(Int(item.mode) << 16, 4) + number(item.offset ?? start, 4) + item.name
        }
        let count = number(items.count, 2)
        let end = [0x50, 0x4b, 5, 6] + number(0, 4) + count + count
        return file + directory + end + number(directory.count, 4) + number(file.count, 4) + number(0, 2)
    }

    /// Flags, method, time, checksum and both sizes, as both headers have them.
    private func fields(_ item: Item) -> [UInt8] {
        number(Int(item.flags), 2) + number(Int(item.method), 2) + number(0x0021_0000, 4)
            + number(Int(item.checksum ?? checksum32(item.content)), 4)
            + number(item.content.count, 4) + number(Int(item.announcedBytes ?? UInt32(item.content.count)), 4)
    }

    /// The name's length, and that of the extra fields, which are not there.
    private func name(_ name: [UInt8]) -> [UInt8] { number(name.count, 2) + number(0, 2) }

    private func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

/// The CRC-32 of zip and PNG.
func checksum32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var register: UInt32 = .max
    for byte in bytes {
        register ^= UInt32(byte)
        for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xedb8_8320 : register >> 1 }
    }
    return ~register
}

/// One file of an archive, unpacked.
struct UnpackedFile: Equatable {
    var path: String
    var bytes: [UInt8]
}

/// Everything in the archive `bytes`, through a file on disk.
func unpack(_ bytes: [UInt8], limits: ZipLimits = .init()) throws -> [UnpackedFile] {
    let folder = try TemporaryDirectory()
    try folder.write(Data(bytes), to: "a.zip")
    let zip = try ZipReader(folder.file("a.zip"), name: "a.zip", limits: limits)
    var files: [UnpackedFile] = []
    while let entry = try zip.next() {
        var content: [UInt8] = []
        try zip.read { content.append(contentsOf: $0) }
        files.append(UnpackedFile(path: entry.path, bytes: content))
    }
    return files
}

/// An archive of these files, made by `ZipWriter`.
func pack(_ files: [(path: String, bytes: [UInt8])]) throws -> [UInt8] {
    var archive: [UInt8] = []
    let zip = try ZipWriter { archive.append(contentsOf: $0) }
    for file in files { try zip.add(file.bytes, at: file.path) }
    try zip.finish()
    return archive
}
