// Where a model on this machine keeps what it computed of earlier prompts, and how much of it.

/// A folder in which the work on prompts outlives the process: what pictures became, and what the model remembers of
/// the beginnings of prompts.
///
/// Several processes may share one. Everything in it can be deleted at any time; what is missing is computed again.
/// What is kept was made of prompts and pictures, so only the user whose folder it is can read it.
public struct PrefixCache: Sendable {
    /// Bytes kept when nobody says otherwise.
    public static let standardBytes = 2_000_000_000

    /// Made when it is not there.
    public var folder: String
    /// What was not used for longest goes before the files are larger than that together.
    public var byteLimit: Int
    /// Told, once, what keeps work from being kept. Answers are then right, and only later.
    public var complain: @Sendable (String) -> Void

    /// Names a folder; nothing is read or made. Nil without a folder or without room.
    public init?(
        folder: String?, byteLimit: Int = PrefixCache.standardBytes,
        complain: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        guard let folder, byteLimit > 0 else { return nil }
        self.folder = folder
        self.byteLimit = byteLimit
        self.complain = complain
    }

    /// The folder that all programs of a user share, below `$XDG_CACHE_HOME` or `~/.cache`; nil without a home.
    public static func standardFolder(_ environment: [String: String]) -> String? {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/bottega/prefixes" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.cache/bottega/prefixes"
    }
}
