// Which files of a folder are designs, and in which order people expect them. Nothing is decoded here: a file is a design
// when it begins like a picture, or when its name claims to be one; whether it can be read shows when its turn comes.
import Foundation
import Media

/// One design of a batch.
public struct BatchDesign: Sendable, Equatable {
    /// Relative to its folder, with `/`: what people are told, and what names are made of.
    public var path: String
    /// Where its bytes lie.
    public var file: String

    /// Names a design.
    public init(path: String, file: String) {
        self.path = path
        self.file = file
    }
}

/// The designs of a folder and of all folders in it.
///
///     let designs = try FolderListing.designs(in: "shots")   // "app/1.png", "app/2.png", "app/10.jpg"
///
/// Left out are hidden files and folders, links that lead out of the folder, links to folders, and folders that hold a
/// project that was made here (they have a `.bottega`).
///
/// Proof: `FolderListingTests`.
public enum FolderListing {
    /// The folder that marks a project, and holds what its next run needs.
    public static let mark = ".bottega"

    /// The designs in natural order: folder by folder, numbers by their value.
    ///
    /// - Throws: `unreadable` for a folder, at any depth, that cannot be read.
    public static func designs(in folder: String) throws(BatchError) -> [BatchDesign] {
        guard let resolved = realpath(folder, nil) else {
            throw .unreadable(folder: folder, reason: String(cString: strerror(errno)).lowercased())
        }
        defer { free(resolved) }
        var designs: [BatchDesign] = []
        try collect(folder, "", root: String(cString: resolved), into: &designs)
        return designs.sorted { NaturalOrder.isBefore($0.path, $1.path) }
    }

    private static func collect(
        _ folder: String, _ prefix: String, root: String, into designs: inout [BatchDesign]
    ) throws(BatchError) {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw .unreadable(folder: folder, reason: (error as NSError).localizedDescription)
        }
        guard prefix.isEmpty || !names.contains(mark) else { return }
        for name in names where !name.hasPrefix(".") {
            let file = folder + "/" + name
            switch kind(of: file, root: root) {
            case .folder: try collect(file, prefix + name + "/", root: root, into: &designs)
            case .file where isDesign(file): designs.append(BatchDesign(path: prefix + name, file: file))
            case .file, .other: break
            }
        }
    }

    private enum Kind { case file, folder, other }

    private static func kind(of path: String, root: String) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK:
            guard let target = realpath(path, nil) else { return .other }
            defer { free(target) }
            guard String(cString: target).hasPrefix(root == "/" ? root : root + "/"), stat(path, &status) == 0 else {
                return .other
            }
            return status.st_mode & S_IFMT == S_IFREG ? .file : .other
        default: return .other
        }
    }

    private static func isDesign(_ file: String) -> Bool {
        if ImageFormat.isClaimed(by: file) { return true }
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var opening = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &opening, opening.count)
        return count > 0 && ImageFormat.detect(Array(opening[..<count])) != nil
    }
}

/// The order in which people number things: `2.png` before `10.png`, a folder's own files before those of its folders,
/// upper and lower case alike. Texts that differ only in case are ordered by their bytes, so that no two are equal.
enum NaturalOrder {
    /// Whether a path with `/` comes before another.
    static func isBefore(_ left: String, _ right: String) -> Bool {
        let (leftParts, rightParts) = (left.split(separator: "/"), right.split(separator: "/"))
        for (index, (one, other)) in zip(leftParts, rightParts).enumerated() {
            let (isFile, isOtherFile) = (index == leftParts.count - 1, index == rightParts.count - 1)
            if isFile != isOtherFile { return isFile }
            switch compare(one, other) {
            case .orderedAscending: return true
            case .orderedDescending: return false
            case .orderedSame: continue
            }
        }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func compare(_ left: Substring, _ right: Substring) -> ComparisonResult {
        var (one, other) = (left.lowercased()[...], right.lowercased()[...])
        while let first = one.first, let second = other.first {
            if first.isNumeral, second.isNumeral {
                let (number, otherNumber) = (takeNumber(&one), takeNumber(&other))
                if (number.count, number) != (otherNumber.count, otherNumber) {
                    let isLess = (number.count, number) < (otherNumber.count, otherNumber)
                    return isLess ? .orderedAscending : .orderedDescending
                }
            } else {
                if first != second { return first < second ? .orderedAscending : .orderedDescending }
                one.removeFirst()
                other.removeFirst()
            }
        }
        return one.isEmpty ? other.isEmpty ? .orderedSame : .orderedAscending : .orderedDescending
    }

    // Its digits without leading zeros: numbers of any length are compared without being computed.
    private static func takeNumber(_ text: inout Substring) -> Substring {
        let digits = text.prefix(while: \.isNumeral)
        text = text[digits.endIndex...]
        return digits.drop { $0 == "0" }
    }
}

extension Character {
    fileprivate var isNumeral: Bool { isASCII && isNumber }
}
