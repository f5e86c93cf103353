// How much a stranger's archive may make us do.

/// What unpacking stops at.
package struct ZipLimits: Sendable, Equatable {
    /// Files. Of folders and an operating system's litter there may be ten times as many.
    package var entries = 500
    /// Bytes of all files unpacked, counted while they come.
    package var unpackedBytes = 500_000_000
    /// How many times its stored size one file may grow to, beyond `growthBytes`.
    package var growth = 200
    /// How far a file may grow whatever its stored size.
    package var growthBytes = 10_000_000
    /// Bytes of the table of contents, which is held in memory.
    package var directoryBytes = 4 << 20

    /// 500 files, 500 MB, 200 times beyond 10 MB, 4 MiB of contents.
    package init() {}

    /// Sets what depends on the service.
    package init(entries: Int, unpackedBytes: Int) {
        self.entries = entries
        self.unpackedBytes = unpackedBytes
    }
}
