// Frames and pictures are large and live shortly. By itself the allocator soon takes them from its heap, where the little
// that is kept of each holds the space of all of it: watching fifteen minutes of a busy 1080p recording grew to 660 MB,
// of which a tenth was in use.

import CMedia

/// What becomes of the memory of pictures that are let go.
package enum LargeBuffers {
    /// Less than a frame of 720p. Smaller ones stay in the heap, to be used again soon.
    private static let least = 2 << 20

    /// From now on a buffer of two megabytes or more goes back to the system as soon as it is let go. For programs to
    /// decide, once, when they begin.
    package static func areReturned() { cmedia_map_large_buffers(least) }
}
