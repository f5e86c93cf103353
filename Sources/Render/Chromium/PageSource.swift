// Where a page comes from, and what it may ask for. Every request of a page, of its frames and of its workers is asked
// about here before anything is sent; what is not let through is refused and told.
import Foundation

/// What is shown.
enum PageSource: Sendable {
    /// Files in memory, at an address that exists nowhere. Everything else is refused.
    case files(PageFiles)
    /// An address of the network, reached through `proxy`. `judge` says why an address is refused; nil lets it through.
    case network(address: String, proxy: PageProxy, judge: @Sendable (_ address: String) -> String?)

    /// Where files are shown. It counts as a secure place, as a page opened from disk does, and asks for no `https`
    /// in what it refers to; the browser cannot reach it.
    static let origin = "http://project.localhost/"

    /// The address that opens.
    var address: String {
        switch self {
        case .files(let page): Self.origin + PageFiles.encode(page.entry)
        case .network(let address, _, _): address
        }
    }

    /// The way to the network; nil when there is none.
    var proxy: PageProxy? {
        if case .network(_, let proxy, _) = self { proxy } else { nil }
    }
}

/// A proxy for one page, on this machine.
struct PageProxy: Sendable {
    /// `127.0.0.1`.
    var host: String
    var port: Int
    /// Whom it lets in.
    var user, password: String
    /// Whether nothing has moved through it for a while.
    var isQuiet: @Sendable () -> Bool = { true }
}

/// What becomes of a request.
enum RequestDecision: Sendable, Equatable {
    /// The browser goes on by itself: what it asks for is in the page, or is let through.
    case letThrough
    /// These bytes are the answer.
    case answer([UInt8], mediaType: String)
    /// The project has no such file.
    case missing
    /// Refused, and told.
    case refuse(reason: String)
}

extension PageSource {
    /// Decides about an address.
    func decide(_ address: String) -> RequestDecision {
        let scheme = address.prefix { $0 != ":" }.lowercased()
        if ["data", "blob", "about"].contains(scheme) { return .letThrough }
        switch self {
        case .network(_, _, let judge):
            return judge(address).map { .refuse(reason: $0) } ?? .letThrough
        case .files(let page):
            guard address.hasPrefix(Self.origin) else {
                return .refuse(reason: "only files of the project are shown; the network is off")
            }
            let path = address.dropFirst(Self.origin.count).prefix { $0 != "?" && $0 != "#" }
            guard let name = String(path).removingPercentEncoding, let bytes = page.file(name) else { return .missing }
            return .answer(bytes, mediaType: PageFiles.mediaType(of: name))
        }
    }
}

extension PageFiles {
    /// The file at a path as a page writes it; a folder stands for its `index.html`.
    func file(_ path: String) -> [UInt8]? {
        files[path] ?? (path.isEmpty || path.hasSuffix("/") ? files[path + "index.html"] : nil)
    }

    /// A path as part of an address.
    static func encode(_ path: String) -> String {
        path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed.subtracting(CharacterSet(charactersIn: ";")))
            ?? path
    }

    /// The media type that a name's ending stands for. Text is UTF-8.
    static func mediaType(of path: String) -> String {
        mediaTypes[ending(of: path)] ?? "application/octet-stream"
    }

    /// What stands behind the last point of a name, in lower case; `html` where there is none.
    static func ending(of path: String) -> String {
        let name = path.split(separator: "/").last ?? "index.html"
        return name.contains(".") ? name.split(separator: ".").last.map { $0.lowercased() } ?? "" : "html"
    }

    private static let mediaTypes = [
        "html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8",
        "xhtml": "application/xhtml+xml; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8",
        "json": "application/json", "map": "application/json", "txt": "text/plain; charset=utf-8",
        "md": "text/plain; charset=utf-8", "svg": "image/svg+xml; charset=utf-8", "png": "image/png",
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif",
        "bmp": "image/bmp", "ico": "image/x-icon", "woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf",
        "otf": "font/otf", "mp4": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg", "wav": "audio/wav",
        "wasm": "application/wasm",
    ]
}
