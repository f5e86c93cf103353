// The files of the prefix cache: one a piece of work, whole or not there, never changed once it has its name. It knows
// names and bytes, not what they mean.
//
// A file is the content and, behind it, the digest of its name and content: what was cut off, changed or put under
// another name is not what it says it is, and is deleted. Every step is one that the file system does at once (rename,
// unlink), so processes share a folder without a lock, and a file that another process deleted was never there. Nothing
// waits for the disk itself: what a power cut tears does not pass the check.
import Crypto
import Foundation
import Synchronization

/// Keeps bytes by name, and forgets what was not used for longest.
final class PrefixFolder: Sendable {
    /// Files kept at most, so that looking through their names stays a matter of milliseconds.
    static let fileLimit = 4096

    private let cache: PrefixCache
    private let hasComplained = Atomic<Bool>(false)

    private static let suffix = ".prefix"
    private static let draftSuffix = ".draft"
    private static let digestBytes = SHA256.byteCount
    /// In nanoseconds.
    private static let hour = 3_600_000_000_000

    /// Opens a folder, and makes it if it is not there. Nobody else may look into it.
    ///
    /// - Throws: `.unavailable` when nothing can be kept there.
    init(_ cache: PrefixCache) throws(EngineError) {
        self.cache = cache
        do {
            try FileManager.default.createDirectory(
                atPath: cache.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .unavailable(words(for: (error as NSError).localizedDescription))
        }
        // Fails as well on a disk that cannot be written, and for a folder of somebody else.
        guard chmod(cache.folder, 0o700) == 0 else { throw .unavailable(words(for: String(cString: strerror(errno)))) }
    }

    /// The bytes of a name, checked; counts as use.
    ///
    /// - Returns: nil when there are none, or none that can be trusted.
    func read(_ name: ContentDigest, at moment: Moment) -> PrefixContent? {
        let path = path(of: name)
        guard let file = Self.bytes(of: path) else { return nil }
        let end = file.count - Self.digestBytes
        guard end >= 0, file[end...].elementsEqual(Self.digest(name, file[..<end]).bytes) else {
            unlink(path)
            return nil
        }
        touch(name, at: moment)
        return PrefixContent(file: file, count: end)
    }

    /// Keeps bytes under a name. What is newer stays, even if there is then no room.
    ///
    /// - Returns: whether they are kept.
    @discardableResult func write(_ content: [UInt8], as name: ContentDigest, at moment: Moment) -> Bool {
        guard makeRoom(for: content.count + Self.digestBytes, at: moment) else { return false }
        guard put(content, Self.digest(name, content[...]).bytes, at: path(of: name)) else {
            if !hasComplained.exchange(true, ordering: .relaxed) {
                cache.complain(words(for: String(cString: strerror(errno))))
            }
            return false
        }
        return touch(name, at: moment)
    }

    /// Counts as use.
    ///
    /// - Returns: whether the name is here.
    @discardableResult func touch(_ name: ContentDigest, at moment: Moment) -> Bool {
        utimensat(AT_FDCWD, path(of: name), [moment.time, moment.time], 0) == 0
    }

    private func path(of name: ContentDigest) -> String { "\(cache.folder)/\(name)\(Self.suffix)" }

    private func words(for reason: String) -> String {
        "\(cache.folder): nothing is kept of prompts: \(reason)"
    }

    private static func digest(_ name: ContentDigest, _ content: ArraySlice<UInt8>) -> ContentDigest {
        var hash = SHA256()
        name.bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        content.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return ContentDigest(hash)
    }

    // MARK: Room

    /// Deletes what was used before a moment, the oldest first, until so many more bytes fit.
    ///
    /// - Returns: whether they do.
    private func makeRoom(for bytes: Int, at moment: Moment) -> Bool {
        var files = keptFiles()
        var held = files.reduce(0) { $0 + $1.bytes }
        let newer = files.filter { moment <= $0.used }
        guard newer.reduce(0, { $0 + $1.bytes }) + bytes <= cache.byteLimit, newer.count < Self.fileLimit else {
            return false
        }
        files.sort { $0.used < $1.used }
        var count = files.count
        for file in files where held + bytes > cache.byteLimit || count >= Self.fileLimit {
            unlink(file.path)
            held -= file.bytes
            count -= 1
        }
        return true
    }

    /// All files of the cache. Drafts whose writer did not live to give them their name are deleted.
    private func keptFiles() -> [(path: String, bytes: Int, used: Moment)] {
        let now = Moment.now
        var files: [(path: String, bytes: Int, used: Moment)] = []
        for name in (try? FileManager.default.contentsOfDirectory(atPath: cache.folder)) ?? [] {
            let path = cache.folder + "/" + name
            var status = stat()
            guard name.hasSuffix(Self.suffix) || name.hasSuffix(Self.draftSuffix), stat(path, &status) == 0 else {
                continue
            }
            let age = now.nanoseconds - Moment(status.st_mtim).nanoseconds
            if name.hasSuffix(Self.draftSuffix) {
                if age > Self.hour { unlink(path) }
            } else {
                // What comes from the future was written by a wrong clock.
                files.append((path, Int(status.st_size), age < -Self.hour ? .never : Moment(status.st_mtim)))
            }
        }
        return files
    }

    // MARK: The file system

    /// The bytes of a file; nil when it is not there or cannot be read.
    private static func bytes(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            while count < buffer.count {
                let more = Foundation.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { break }
                count += more
            }
        }
    }

    /// Writes a file under another name, and gives it its own. When that fails, `errno` says why.
    private func put(_ content: [UInt8], _ digest: [UInt8], at path: String) -> Bool {
        let draft = "\(cache.folder)/\(UInt64.random(in: .min ... .max))\(Self.draftSuffix)"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let isWritten = Self.write(content, to: descriptor) && Self.write(digest, to: descriptor)
        let reason = errno
        close(descriptor)
        if isWritten, rename(draft, path) == 0 { return true }
        let last = isWritten ? errno : reason
        unlink(draft)
        errno = last
        return false
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}

/// What was read of a file.
struct PrefixContent: Sendable {
    fileprivate let file: [UInt8]
    fileprivate let count: Int

    /// Lends the content's bytes.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        file.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
}

/// When a file was used, as its time of change says.
struct Moment: Comparable, Sendable {
    /// Since 1970.
    let nanoseconds: Int

    private init(nanoseconds: Int) { self.nanoseconds = nanoseconds }

    fileprivate init(_ time: timespec) { nanoseconds = time.tv_sec * 1_000_000_000 + time.tv_nsec }

    fileprivate static let never = Moment(nanoseconds: 0)

    static var now: Moment {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Moment(now)
    }

    /// What counts for rows that begin at a position of a sequence used at this moment: the further inside, the older,
    /// for rows are worth nothing without those before them.
    func inside(_ position: Int) -> Moment { Moment(nanoseconds: nanoseconds - position * 1000) }

    fileprivate var time: timespec {
        timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    }

    static func < (one: Moment, other: Moment) -> Bool { one.nanoseconds < other.nanoseconds }
}
