// Pictures and videos on their way to disk. Bytes go to a file of their own while they arrive; only when they are whole, digested
// and on the platter does the file get its name, which is its content's digest, so that the same content is kept once.
//
//     uploads/incoming/RANDOM ──finish──► uploads/AA/DIGEST        discard, deinit, open: incoming files go
//
// A finished upload is kept while a conversion or a file refers to it, and for an hour for one to be made.
import Crypto
import Foundation
import Synchronization
import UIToCode

/// A whole upload.
package struct StoredUpload: Sendable, Equatable {
    /// SHA-256, 64 lower-case hexadecimal digits.
    package var digest: String
    package var byteCount: Int
    /// Where the bytes lie. Never to be written to.
    package var path: String
}

/// An upload that is being written. Used by one task at a time; dropping it discards it.
package final class Upload: Sendable {
    private struct Writing {
        var descriptor: Int32
        var hash = SHA256()
        var byteCount = 0
        var opening: [UInt8] = []
        var nextSpaceCheck = Upload.spaceCheckBytes
    }

    // Free space is looked at again after so many bytes.
    private static let spaceCheckBytes = 8 << 20
    private static let openingBytes = 64 << 10

    /// Where the bytes so far lie; gone when the upload ends.
    package let path: String
    private let shelf: UploadShelf
    private let writing: Mutex<Writing>

    fileprivate init(path: String, shelf: UploadShelf) throws(StoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Disk.failure(path) }
        self.path = path
        self.shelf = shelf
        writing = Mutex(Writing(descriptor: descriptor))
    }

    deinit { discard() }

    /// Bytes so far.
    package var byteCount: Int { writing.withLock { $0.byteCount } }

    /// The first bytes so far, at most 64 KiB.
    package var opening: [UInt8] { writing.withLock { $0.opening } }

    /// Writes more.
    ///
    /// - Throws: `full` when the disk, or what may be used of it, is; `io`. Then the upload is to be discarded.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        let result = writing.withLock { writing in Result { () throws(StoreError) in try append(bytes, to: &writing) } }
        try result.get()
    }

    private func append(_ bytes: UnsafeRawBufferPointer, to writing: inout Writing) throws(StoreError) {
        guard writing.descriptor >= 0 else { throw .io("\(path) is closed") }
        if writing.byteCount + bytes.count > writing.nextSpaceCheck {
            try shelf.checkSpace()
            writing.nextSpaceCheck = writing.byteCount + bytes.count + Self.spaceCheckBytes
        }
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = write(writing.descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Disk.failure(path) }
            written += count
        }
        writing.hash.update(bufferPointer: bytes)
        writing.byteCount += bytes.count
        if writing.opening.count < Self.openingBytes {
            writing.opening.append(contentsOf: bytes.prefix(Self.openingBytes - writing.opening.count))
        }
    }

    /// Ends the upload: its bytes are through to the disk and have their name.
    ///
    /// - Throws: `full`, `io`. Then nothing is left of it.
    package func finish() throws(StoreError) -> StoredUpload {
        let result = writing.withLock { writing in Result { () throws(StoreError) in try finish(&writing) } }
        return try result.get()
    }

    private func finish(_ writing: inout Writing) throws(StoreError) -> StoredUpload {
        guard writing.descriptor >= 0 else { throw .io("\(path) is closed") }
        let isDurable = fsync(writing.descriptor) == 0
        let failure = Disk.failure(path)
        close(writing.descriptor)
        writing.descriptor = -1
        guard isDurable else {
            unlink(path)
            throw failure
        }
        return try shelf.keep(path, digest: writing.hash.finalize().hexadecimal, byteCount: writing.byteCount)
    }

    /// Ends the upload without keeping anything. Nothing happens to one that ended.
    package func discard() {
        writing.withLock { writing in
            guard writing.descriptor >= 0 else { return }
            close(writing.descriptor)
            writing.descriptor = -1
            unlink(path)
        }
    }
}

/// The finished uploads of a store, and which of them wait for a conversion.
final class UploadShelf: Sendable {
    /// The reasons to keep an upload that no conversion refers to: when each was finished.
    private let waiting = Mutex<[String: [Date]]>([:])
    private let folder: String
    private let minimumFreeBytes: Int
    private let surroundings: Surroundings

    init(folder: String, minimumFreeBytes: Int, surroundings: Surroundings) throws(StoreError) {
        self.folder = folder
        self.minimumFreeBytes = minimumFreeBytes
        self.surroundings = surroundings
        try Disk.makeFolder(folder)
        // What a process that died was writing.
        Disk.remove(folder + "/incoming")
        try Disk.makeNewFolder(folder + "/incoming")
    }

    /// Where the upload of a digest lies.
    func path(_ digest: String) -> String { "\(folder)/\(digest.prefix(2))/\(digest)" }

    /// - Throws: `full` when less is free than is to be kept free.
    func checkSpace() throws(StoreError) {
        let free = surroundings.freeBytes(folder)
        guard free >= minimumFreeBytes else {
            throw .full("\(free) bytes are free and \(minimumFreeBytes) are kept for work already accepted")
        }
    }

    /// - Throws: `full` when a result of so many bytes would not leave the database 1 MB to note it.
    func checkSpace(for byteCount: Int) throws(StoreError) {
        let free = surroundings.freeBytes(folder)
        guard free >= byteCount + 1_000_000 else { throw .full("\(free) bytes are free for a result of \(byteCount)") }
    }

    func begin() throws(StoreError) -> Upload {
        try checkSpace()
        return try Upload(path: "\(folder)/incoming/\(Identifiers.random(count: 26))", shelf: self)
    }

    /// Gives a whole file its name, or drops it when its content is there already.
    func keep(_ incoming: String, digest: String, byteCount: Int) throws(StoreError) -> StoredUpload {
        let path = path(digest)
        let time = surroundings.now()
        let result = waiting.withLock { waiting in
            Result { () throws(StoreError) in
                try place(incoming, digest: digest)
                waiting[digest, default: []].append(time)
            }
        }
        do { try result.get() } catch {
            unlink(incoming)
            throw error
        }
        return StoredUpload(digest: digest, byteCount: byteCount, path: path)
    }

    private func place(_ incoming: String, digest: String) throws(StoreError) {
        let path = path(digest)
        guard !Disk.exists(path) else {
            unlink(incoming)
            return
        }
        let parent = "\(folder)/\(digest.prefix(2))"
        if !Disk.exists(parent) {
            try Disk.makeNewFolder(parent)
            try Disk.synchronize(folder: folder)
        }
        guard rename(incoming, path) == 0 else { throw Disk.failure(path) }
        try Disk.synchronize(folder: parent)
    }

    /// One waiting upload of each digest has found its conversion.
    func settle(_ digests: [String]) {
        waiting.withLock { waiting in
            for digest in digests {
                guard var times = waiting[digest] else { continue }
                times.removeFirst()
                waiting[digest] = times.isEmpty ? nil : times
            }
        }
    }

    /// Removes the files of `digests`, which nothing refers to, except those that wait for somebody. Called where nothing
    /// can be made of them meanwhile.
    ///
    /// - Returns: how many were removed.
    @discardableResult
    func remove(_ digests: some Sequence<String>) -> Int {
        waiting.withLock { waiting in
            digests.count { digest in waiting[digest] == nil && unlink(path(digest)) == 0 }
        }
    }

    /// Forgets uploads that waited since before `time`.
    ///
    /// - Returns: the digests for which nobody waits any more.
    func expire(before time: Date) -> [String] {
        waiting.withLock { waiting in
            var expired: [String] = []
            for (digest, times) in waiting {
                let kept = times.filter { $0 >= time }
                waiting[digest] = kept.isEmpty ? nil : kept
                if kept.isEmpty { expired.append(digest) }
            }
            return expired
        }
    }

    /// The digests of all files on the shelf. Walks folders; for the opening of a store.
    func storedDigests() -> [String] {
        Disk.names(in: folder).filter { $0 != "incoming" }.flatMap { Disk.names(in: folder + "/" + $0) }
    }
}
