// What kind of file a path names, for those who hand files out. Goes by the extension alone.

extension Project {
    /// The media type of a file by its path: `text/html; charset=utf-8` for `a/Index.HTML`. Texts are UTF-8. A file whose
    /// extension is not known, or that has none, is `application/octet-stream`.
    public static func mediaType(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return unknownMediaType }
        return mediaTypes[name[name.index(after: dot)...].lowercased()] ?? unknownMediaType
    }

    private static let unknownMediaType = "application/octet-stream"

    private static let mediaTypes = [
        "html": "text/html; charset=utf-8",
        "htm": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "mjs": "text/javascript; charset=utf-8",
        "txt": "text/plain; charset=utf-8",
        "md": "text/markdown; charset=utf-8",
        "csv": "text/csv; charset=utf-8",
        "mmd": "text/plain; charset=utf-8",
        "py": "text/x-python; charset=utf-8",
        "json": "application/json",
        "map": "application/json",
        "webmanifest": "application/manifest+json",
        "xml": "application/xml",
        "pdf": "application/pdf",
        "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "webp": "image/webp",
        "gif": "image/gif",
        "avif": "image/avif",
        "bmp": "image/bmp",
        "ico": "image/x-icon",
        "woff": "font/woff",
        "woff2": "font/woff2",
        "ttf": "font/ttf",
        "otf": "font/otf",
    ]
}
