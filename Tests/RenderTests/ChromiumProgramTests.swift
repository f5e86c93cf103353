import Foundation
import Testing

@testable import Render

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct ChromiumProgramTests {
    @Test func whatIsNamedIsNotReplacedByAnother() {
        #expect(throws: RenderError.noBrowser(looked: ["/no/such/browser"])) {
            try BrowserProgram.find(named: "/no/such/browser")
        }
        #expect(throws: RenderError.noBrowser(looked: ["absent-browser"])) {
            try BrowserProgram.find(named: nil, environment: ["BOTTEGA_CHROMIUM": "absent-browser", "PATH": "/bin"])
        }
        #expect(throws: RenderError.noBrowser(looked: ["/bin"])) { try BrowserProgram.find(named: "/bin") }
    }

    @Test func theMessageSaysWhatToInstall() {
        #expect(
            RenderError.noBrowser(looked: BrowserProgram.names).description
                == "no browser was found (looked for chromium-headless-shell, chromium, chromium-browser, google-chrome): "
                + "install Debian's chromium-headless-shell or chromium, or set BOTTEGA_CHROMIUM to the program")
        #expect(throws: RenderError.noBrowser(looked: BrowserProgram.names)) {
            try BrowserProgram.find(named: nil, environment: ["PATH": "/no/such/folder"])
        }
    }

    @Test func programsAreFoundOnThePath() throws {
        #expect(try BrowserProgram.find(named: "sh", environment: ["PATH": "/no/such/folder:/bin"]).path == "/bin/sh")
        #expect(
            try BrowserProgram.find(named: nil, environment: ["BOTTEGA_CHROMIUM": "/bin/sh"]).path == "/bin/sh")
    }

    @Test func secretsStayHere() {
        let program = BrowserProgram(path: "/bin/sh")
        let kept = program.environment(folder: "/f", ["PATH": "/bin", "OPENAI_API_KEY": "secret", "HOME": "/root"])
        #expect(
            Set(kept) == ["PATH=/bin", "HOME=/f", "TMPDIR=/f", "LANG=C.UTF-8", "TZ=UTC", "XDG_CACHE_HOME=/root/.cache"])
    }

    @Test func theBrowserReachesNothingOrOneProxy() {
        let program = BrowserProgram(path: "/bin/sh")
        let alone = program.arguments(folder: "/f", proxy: nil)
        #expect(alone.contains("--host-resolver-rules=MAP * ~NOTFOUND"))
        #expect(alone.contains("--proxy-bypass-list=<-loopback>"))
        #expect(alone.contains("--user-data-dir=/f/profile"))
        let guarded = program.arguments(folder: "/f", proxy: "127.0.0.1:99")
        #expect(guarded.contains("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
        #expect(guarded.contains("--proxy-server=http://127.0.0.1:99"))
        #expect(alone.contains("--no-sandbox") == (geteuid() == 0))
    }

    @Test func foldersOfTheDeadAreRemoved() throws {
        let parent = NSTemporaryDirectory() + "/folders-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let old = [FileAttributeKey.modificationDate: Date(timeIntervalSinceNow: -3600)]
        let living = try ProfileFolder(in: parent)
        try FileManager.default.setAttributes(old, ofItemAtPath: living.path)
        let dead = parent + "/" + ProfileFolder.prefix + "dead"
        try FileManager.default.createDirectory(atPath: dead + "/profile", withIntermediateDirectories: true)
        try FileManager.default.setAttributes(old, ofItemAtPath: dead)
        let young = parent + "/" + ProfileFolder.prefix + "young"
        try FileManager.default.createDirectory(atPath: young, withIntermediateDirectories: true)
        let next = try ProfileFolder(in: parent)
        let left = Set(try FileManager.default.contentsOfDirectory(atPath: parent).map { "\(parent)/\($0)" })
        #expect(left == [living.path, young, next.path])
    }

    @Test func addressesOutsideTheProjectAreRefused() {
        let source = PageSource.files(PageFiles(entry: "a b.html", files: ["a b.html": [1], "d/index.html": [2]]))
        #expect(source.address == "http://project.localhost/a%20b.html")
        #expect(source.decide(source.address) == .answer([1], mediaType: "text/html; charset=utf-8"))
        #expect(source.decide("http://project.localhost/d/?q#f") == .answer([2], mediaType: "text/html; charset=utf-8"))
        #expect(source.decide("http://project.localhost/x.png") == .missing)
        #expect(source.decide("data:text/plain,x") == .letThrough)
        for address in [
            "http://project.localhost.example/", "https://project.localhost/", "file:///etc/passwd", "ftp://a/",
        ] {
            guard case .refuse = source.decide(address) else {
                Issue.record("\(address) is let through")
                continue
            }
        }
    }
}
