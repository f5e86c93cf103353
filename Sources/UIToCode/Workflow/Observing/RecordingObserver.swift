// The door of observing: a screen recording in, what happened on it out. Frames are read one after the other and let go;
// memory grows with the number of rests by a few dozen kilobytes each, not with the length of the recording.
public import Media

/// Watches screen recordings.
///
///     let observation = try RecordingObserver().observe(path: "recording.mp4") { print("\(Int($0 * 100)) %") }
///     for event in observation.events { print(event.start, event.kind, event.box) }
///
/// What it tells and what it cannot: changes that leave the brightness alone (a red that becomes a green of the same
/// brightness) are not seen; a pointer is known once it has moved.
public struct RecordingObserver: Sendable {
    /// How large a recording may be.
    public var limits: VideoLimits

    /// The brightness of frames is watched at this many pixels at most, about those of 1280 × 800; larger frames are
    /// shrunk for it, and places and distances given back in their own pixels. What a pointer, a line of text or a panel
    /// measures is then alike in all recordings.
    private static let watchedPixels = 1_024_000

    /// Prepares to watch recordings within limits: those of any video, and an hour of work, since every frame is looked
    /// at.
    public init(limits: VideoLimits? = nil) {
        self.limits = limits ?? VideoLimits()
        if limits == nil { self.limits.maxWorkSeconds = 3600 }
    }

    /// Watches a recording from its first frame to its last. Calls block while they work.
    ///
    /// - Parameter progress: called now and then with the part that is done, 0…1.
    /// - Returns: what was seen. `damage` says why the rest of a broken file was not read.
    /// - Throws: what `VideoReader` throws, `.cancelled` soon after the task was, but for `.damagedVideo` after a first frame;
    ///   `.unreadable` and `.unencodable` when pictures cannot be laid down.
    public func observe(
        path: String, progress: (Double) -> Void = { _ in }
    ) throws(MediaError) -> Observation {
        let reader = try VideoReader(path: path, limits: limits)
        let info = reader.info
        let scale = max(1, (Double(info.width * info.height) / Double(Self.watchedPixels)).squareRoot())
        let (width, height) = (Int(Double(info.width) / scale), Int(Double(info.height) / scale))
        let store = try PictureStore()
        var watcher = FrameWatcher(width: max(1, width), height: max(1, height), store: store)
        var damage: String?
        do {
            try reader.read { frame in
                try watcher.look(at: frame)
                if frame.index % 32 == 31 { progress(min(1, frame.seconds / max(info.seconds, 1e-9))) }
                return true
            }
        } catch let error as MediaError {
            guard case .damagedVideo(_, _, let reason, let frames) = error, frames > 0 else { throw error }
            damage = reason
        } catch {
            throw .unreadable(file: path, reason: String(describing: error))
        }
        let watched = try watcher.finished()
        progress(1)
        var interpretation = Interpretation(
            watched, width: max(1, width), height: max(1, height), scale: Double(info.width) / Double(max(1, width)),
            store: store)
        let (events, screens) = try interpretation.observation()
        return Observation(info: info, events: events, screens: screens, damage: damage)
    }
}
