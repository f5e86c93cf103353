// A video's bytes for libav: a file that stays open and is read where it is asked for, or memory. libav never opens
// anything by name.

import CMedia

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where a video's bytes come from. Closes its file when it goes.
final class VideoSource {
    /// What errors call it.
    let name: String
    /// Bytes in all.
    let count: Int
    private let content: Content

    private enum Content {
        case file(Int32)
        case memory([UInt8])
    }

    /// Opens a regular file, or reads a pipe to its end.
    init(path: String, atMost limit: Int) throws(MediaError) {
        name = path
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let bytes = try FileBytes.load(path, atMost: limit)
            count = bytes.count
            content = .memory(bytes)
            return
        }
        guard status.st_size <= limit else { throw .tooManyBytes(file: path, limit: limit) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
        count = Int(status.st_size)
        content = .file(descriptor)
    }

    /// Takes bytes in memory.
    init(bytes: [UInt8], name: String, atMost limit: Int) throws(MediaError) {
        guard bytes.count <= limit else { throw .tooManyBytes(file: name, limit: limit) }
        self.name = name
        count = bytes.count
        content = .memory(bytes)
    }

    deinit {
        if case .file(let descriptor) = content { close(descriptor) }
    }

    /// Copies what lies at `offset`, as much as there is and fits.
    ///
    /// - Returns: bytes copied, 0 at the end, or libav's negative code.
    func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) -> Int {
        let wanted = min(target.count, max(0, count - offset))
        guard wanted > 0, let start = target.baseAddress else { return 0 }
        switch content {
        case .memory(let bytes):
            bytes.withUnsafeBytes { start.copyMemory(from: $0.baseAddress! + offset, byteCount: wanted) }
            return wanted
        case .file(let descriptor):
            while true {
                let got = pread(descriptor, start, wanted, off_t(offset))
                if got >= 0 { return got }
                if errno != EINTR { return -Int(errno) }
            }
        }
    }

    /// The first bytes, at most `limit`.
    func opening(_ limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: min(limit, count)) { buffer, initialized in
            initialized = max(0, read(at: 0, into: UnsafeMutableRawBufferPointer(buffer)))
        }
    }
}

/// libav's view of a source: a place in it, and the time at which every call gives up. A cancelled task's time is over.
final class VideoInput {
    private let source: VideoSource
    private let deadline: ContinuousClock.Instant
    private var position = 0
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// Whether the time is over, or the task cancelled.
    var isOver: Bool { Task.isCancelled || ContinuousClock.now >= deadline }

    /// libav's buffer; of the size that it uses for files itself.
    private static let bufferBytes = 32_768

    init?(_ source: VideoSource, deadline: ContinuousClock.Instant) {
        self.source = source
        self.deadline = deadline
        guard let buffer = av_malloc(Self.bufferBytes) else { return nil }
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferBytes), 0,
            Unmanaged.passUnretained(self).toOpaque(),
            { opaque, target, count in VideoInput.at(opaque).read(into: target, count) }, nil,
            { opaque, offset, origin in VideoInput.at(opaque).seek(offset, origin) })
        if context == nil {
            av_free(buffer)
            return nil
        }
    }

    deinit {
        if let buffer = context?.pointee.buffer { av_free(buffer) }
        avio_context_free(&context)
    }

    /// What libav asks while it waits.
    var interruption: AVIOInterruptCB {
        AVIOInterruptCB(
            callback: { VideoInput.at($0).isOver ? 1 : 0 }, opaque: Unmanaged.passUnretained(self).toOpaque())
    }

    private static func at(_ opaque: UnsafeMutableRawPointer?) -> VideoInput {
        guard let opaque else { preconditionFailure("libav lost its input") }
        return Unmanaged<VideoInput>.fromOpaque(opaque).takeUnretainedValue()
    }

    private func read(into target: UnsafeMutablePointer<UInt8>?, _ count: Int32) -> Int32 {
        guard !isOver else { return Int32(CMEDIA_AV_STOPPED) }
        let got = source.read(at: position, into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)))
        guard got != 0 else { return Int32(CMEDIA_AV_END) }
        position += max(0, got)
        return Int32(got)
    }

    private func seek(_ offset: Int64, _ origin: Int32) -> Int64 {
        let start: Int
        switch origin & ~AVSEEK_FORCE {
        case AVSEEK_SIZE: return Int64(source.count)
        case SEEK_SET: start = 0
        case SEEK_CUR: start = position
        case SEEK_END: start = source.count
        default: return -Int64(EINVAL)
        }
        let (target, overflows) = start.addingReportingOverflow(Int(offset))
        guard !overflows, target >= 0 else { return -Int64(EINVAL) }
        position = target
        return Int64(target)
    }
}
