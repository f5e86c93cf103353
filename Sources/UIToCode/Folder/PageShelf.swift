// Finished pages on disk, by a key over everything that decides them. Resuming, converting only what changed and remembering
// what failed are one question to the shelf: is there something under this key?
//
//     pages/KEY/      page.json  elements.json  thumbnail.png  project/…  receipt/…      whole or absent
//     failures/KEY    why there is no page, in words
//     scores/KEY      what a page scored in some project
//
// A page comes into being under a hidden name and is renamed last, so that a process killed at any moment leaves nothing
// that could be taken for a page. Several tasks and processes may use one shelf; only `sweep` wants it to itself.
import Crypto
import Foundation
public import Inference
import Render

/// Keeps what conversions gave.
///
///     let shelf = try PageShelf(folder: "out/.bottega")
///     let key = PageShelf.key(bytes: bytes, name: "sign-in", options: options, engine: engine.abilities, isMeasured: true)
///     if let page = shelf.page(key) { … }
///     try shelf.put(FinishedPage(design, project, report), key)
///
/// Proof: `PageShelfTests`.
public struct PageShelf: Sendable {
    /// Changes whenever the same design and options would give another page, or pages are kept in another form.
    static let version = 2

    private let folder: String

    /// Opens a shelf; makes its folder, with those above it, if it is absent.
    public init(folder: String) throws(ProjectError) {
        self.folder = Path.folded(folder)
        try Path.makeFolders(self.folder + "/pages")
        try Path.makeFolders(self.folder + "/failures")
        try Path.makeFolders(self.folder + "/scores")
    }

    // MARK: Keys

    /// SHA-256 over what decides a page, in hexadecimal.
    ///
    /// - Parameters:
    ///   - bytes: the design's file as it is.
    ///   - name: the design's name: pages without a title get it.
    ///   - engine: its model, and its stylesheet where it has one, count.
    ///   - isMeasured: whether there is a renderer.
    public static func key(
        bytes: [UInt8], name: String, options: ConvertOptions, engine: Abilities, isMeasured: Bool
    ) -> String {
        var hash = SHA256()
        let parts = [
            "bottega.page/\(version)", name, engine.modelName, engine.dialect?.stylesheet ?? "",
            "\(isMeasured)", options.stack.name, "\(options.sampling)", "\(options.maxTokens)",
            "\(options.attempts)", "\(options.repair as RepairOptions?)", "\(options.budgetSeconds as Double?)",
        ]
        // Each with its length, so that no two lists of parts read the same.
        for part in parts { hash.update(data: Array("\(part.utf8.count):\(part)".utf8)) }
        hash.update(data: bytes)
        return hash.finalize().hexadecimal
    }

    // MARK: Pages

    /// The page under a key; nil when there is none, or when it was kept in a form that is not read any more.
    public func page(_ key: String) -> ShelvedPage? { ShelvedPage(folder: place(of: key)) }

    /// Puts a page in its place, over the one that was there, and forgets that it failed.
    ///
    /// - Throws: `cannotWrite`; then there is no page under the key.
    public func put(_ page: FinishedPage, _ key: String) throws(ProjectError) {
        // A folder that holds something cannot be renamed over. When another task was faster, its page is as good.
        Path.remove(place(of: key))
        do { try page.files().write(to: place(of: key)) } catch {
            guard self.page(key) != nil else { throw error }
        }
        unlink(note(of: key))
    }

    // MARK: Failures

    /// Why the design under a key gave no page; nil when that is not known.
    public func failure(_ key: String) -> String? {
        FileManager.default.contents(atPath: note(of: key)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Remembers why a design gave no page.
    public func putFailure(_ words: String, _ key: String) throws(ProjectError) {
        try Path.writeWhole(Array(words.utf8), to: note(of: key))
    }

    // MARK: Scores

    /// What a page scored in a project; nil when that is not known.
    func score(_ key: String) -> Double? {
        FileManager.default.contents(atPath: folder + "/scores/" + key).flatMap {
            Double(String(decoding: $0, as: UTF8.self))
        }
    }

    /// Remembers what a page scored in a project.
    ///
    /// - Parameter key: over the page's own key and everything that is shown.
    func putScore(_ score: Double, _ key: String) throws(ProjectError) {
        try Path.writeWhole(Array("\(score)".utf8), to: folder + "/scores/" + key)
    }

    // MARK: Order

    /// Removes every page, failure and score but those of `keys`, and what killed processes left. Nobody else may use the
    /// shelf meanwhile.
    public func sweep(keeping keys: Set<String>) {
        for name in names(in: "pages") where !keys.contains(name) { Path.remove(place(of: name)) }
        for part in ["failures", "scores"] {
            for name in names(in: part) where !keys.contains(name) { unlink(folder + "/" + part + "/" + name) }
        }
    }

    private func place(of key: String) -> String { folder + "/pages/" + key }

    private func note(of key: String) -> String { folder + "/failures/" + key }

    private func names(in part: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + part)) ?? []
    }
}
