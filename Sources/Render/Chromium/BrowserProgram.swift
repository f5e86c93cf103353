// Which browser is run, and with which words. Pictures look the same as those that the embedded model was taught with,
// so what decides the look (fonts, colours, scroll bars, no graphics card) is as in `Fixtures/model/recipe/render.py`.
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An installed Chromium.
struct BrowserProgram: Sendable, Equatable {
    /// Names of browsers that will do, best first.
    static let names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    /// The variable that names the program.
    static let variable = "BOTTEGA_CHROMIUM"

    /// The program's file.
    let path: String

    /// Finds the browser: `named`, else what the variable says, else the first of `names` on `PATH`.
    ///
    /// - Throws: `noBrowser`. A program that was named and is missing is not replaced by another.
    static func find(
        named: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(RenderError) -> BrowserProgram {
        let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(String.init)
        let asked = named ?? environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        let looked = asked.map { [$0] } ?? names
        for name in looked {
            let places = name.contains("/") ? [name] : folders.map { "\($0)/\(name)" }
            if let path = places.first(where: isProgram) { return BrowserProgram(path: path) }
        }
        throw .noBrowser(looked: looked)
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// The words after the program's name.
    ///
    /// - Parameter proxy: `host:port` that everything goes through; nil lets the browser reach nothing at all.
    func arguments(folder: String, proxy: String?) -> [String] {
        var words = Self.look + Self.quiet + ["--remote-debugging-pipe", "--user-data-dir=\(folder)/profile"]
        // No name is resolved here, an address written in numbers included; loopback is no exception to the proxy.
        if let proxy {
            let host = proxy.split(separator: ":").first.map(String.init) ?? proxy
            words += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE \(host)", "--proxy-server=http://\(proxy)"]
        } else {
            words += ["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://refused.invalid:1"]
        }
        words += ["--proxy-bypass-list=<-loopback>"]
        // Chromium refuses to sandbox the processes of the superuser, as whom services in containers run.
        if geteuid() == 0 { words.append("--no-sandbox") }
        return words
    }

    /// Nothing of the caller's environment that the browser does not need; secrets stay here.
    func environment(
        folder: String, _ current: [String: String] = ProcessInfo.processInfo.environment
    ) -> [String] {
        var kept = current.filter {
            ["PATH", "LD_LIBRARY_PATH", "XDG_CACHE_HOME"].contains($0.key) || $0.key.hasPrefix("FONTCONFIG_")
        }
        // The list of fonts is kept between runs in the user's cache; all else goes to the folder.
        if kept["XDG_CACHE_HOME"] == nil, let home = current["HOME"] { kept["XDG_CACHE_HOME"] = home + "/.cache" }
        kept["HOME"] = folder
        kept["TMPDIR"] = folder
        kept["LANG"] = "C.UTF-8"
        kept["TZ"] = "UTC"
        return kept.map { "\($0.key)=\($0.value)" }
    }

    private static let look = [
        "--headless", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
        "--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb", "--lang=en-US",
    ]

    private static let quiet = [
        "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps",
        "--disable-breakpad", "--disable-client-side-phishing-detection", "--disable-domain-reliability",
        "--disable-field-trial-config", "--metrics-recording-only", "--mute-audio", "--password-store=basic",
        "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
        // Small shared memory is common in containers.
        "--disable-dev-shm-usage",
        "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows", "--disable-hang-monitor",
        "--block-new-web-contents", "--disable-notifications",
        // Errors only: what pages say on their consoles would be written down too.
        "--log-level=2",
        // The shell and the whole browser call it by different names; each ignores the other's.
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic",
    ]
}
