// The frame of every report: one HTML file that needs nothing else and may load nothing else. Its style and its script
// carry a number that is drawn for this one file; markup that came in by any other way has no such number, and does
// nothing.

/// A report as a file.
struct ReportDocument {
    /// The document's title.
    let title: String
    /// What stands in the bar at the top, beside the name of the program.
    let heading: String
    /// What is in it.
    let content: Markup
    /// Scripts, in order.
    let scripts: [String]
    /// Whether pictures lie in files beside the report; else they lie in it.
    let hasFilesBeside: Bool
    /// Letters and digits that style and scripts carry.
    let nonce: String
    /// Style sheets of this kind of report, behind the one of all reports.
    var styles: [String] = []

    /// 128 bits that nobody knows before.
    static func freshNonce() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
    }

    /// A path as an address below the report: what is no plain letter of a path is encoded, and nothing leads out of the
    /// folder or to another scheme.
    static func address(_ path: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        let parts = path.split(separator: "/").filter { $0 != "." && $0 != ".." }
        let encoded = parts.map { part in
            part.utf8.map { byte in
                plain.contains(byte)
                    ? String(UnicodeScalar(byte))
                    : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }.joined()
        }
        return (["."] + encoded).joined(separator: "/")
    }

    private var policy: String {
        let pictures = hasFilesBeside ? "data: 'self' file:" : "data:"
        return "default-src 'none'; img-src \(pictures); style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; "
            + "base-uri 'none'; form-action 'none'"
    }

    /// The whole file.
    var html: String {
        let script = Markup(trusted: ([ReportScript.common] + scripts).joined(separator: "\n"))
        let page: Markup = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <title>\(title)</title>
            <link rel="icon" type="image/svg+xml" href="\(Self.icon)">
            <style nonce="\(nonce)">
            \(Markup(trusted: ([ReportStyle.text] + styles).joined(separator: "\n")))
            </style>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            <header id="top">
            <span class="brand">\(Self.mark)Bottega</span>
            <span class="about">\(heading)</span>
            <button class="quiet-button" id="theme" type="button" aria-label="Dark theme" hidden>\(Self.half)</button>
            </header>
            <main id="main">
            \(content)
            </main>
            <script nonce="\(nonce)">
            "use strict";
            \(script)
            </script>
            </body>
            </html>

            """
        return page.text
    }

    private static let mark: Markup = """
        <svg class="emblem" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7"/>\
        <path class="letter" d="M8 24V8h8.5a4.2 4.2 0 0 1 2 7.9A4.4 4.4 0 0 1 17 24Z"/>\
        <path class="dashes" d="M22 6v20"/></svg>
        """
    private static let half: Markup = """
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6"/>\
        <path class="filled" d="M8 2a6 6 0 0 1 0 12Z"/></svg>
        """
    private static let icon =
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
        + "%3Crect width='32' height='32' rx='7' fill='%230d5c4d'/%3E"
        + "%3Cpath d='M8 24V8h8.5a4.2 4.2 0 0 1 2 7.9A4.4 4.4 0 0 1 17 24Z' fill='none' stroke='%23f4f6ef' "
        + "stroke-width='3' stroke-linejoin='round'/%3E"
        + "%3Cpath d='M22 6v20' stroke='%23f0a13c' stroke-width='2' stroke-dasharray='2 2'/%3E%3C/svg%3E"
}
