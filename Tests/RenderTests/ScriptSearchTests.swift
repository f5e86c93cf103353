// What counts as a page with scripts: everything that may run or ask whether scripts run, and no ordinary page.
import Foundation
import Support
import Testing

@testable import Render

@Suite struct ScriptSearchTests {
    @Test(arguments: [
        "<script>1</script>", "<SCRIPT src=a.js>", "<noscript>no</noscript>", "<iframe srcdoc=x>", "<Frame>",
        "<object data=x>", "<embed src=x>", "<p onclick=\"x()\">", "<p\nONCLICK = x>", "<img src=x onerror=y>",
        "<svg/onload=x>", "<a href='javascript:x'>", "<a href=\"JavaScript:x\">", "<meta http-equiv=refresh content=0>",
        "<style>@media (scripting: none) { p { color: red } }</style>", "<style>@media ( Scripting) {}</style>",
        "<p title='x'onclick=y>",
    ])
    func aPageWithScriptsIsFound(html: String) {
        #expect(PageFiles(html: html).mayHaveScripts)
    }

    @Test(arguments: [
        "", "<", "(", " on", "<p>On Monday = closed", "<p class=\"icon\">Subscription</p>",
        "<p>Learn JavaScript today</p>",
        "<p data-on=1>description</p>", "<button>Go on</button>", "<p>Scripting</p>", "<p>(subscribing)</p>",
        "<form action=x><input name=on>",
    ])
    func anOrdinaryPageIsNot(html: String) {
        // "On Monday =" has a word between; "Go on<" no sign of an attribute.
        #expect(!PageFiles(html: html).mayHaveScripts)
    }

    @Test func everyFileIsLookedAtByItsKind() {
        func found(_ path: String, _ text: String) -> Bool {
            PageFiles(entry: "index.html", files: ["index.html": [], path: Array(text.utf8)]).mayHaveScripts
        }
        #expect(found("a.js", "") && found("b/c.mjs", "") && found("x.wasm", ""))
        #expect(found("pic.svg", "<svg><script/></svg>") && !found("pic.svg", "<svg><path/></svg>"))
        #expect(found("other.htm", "<script>") && found("page", "<script>"))
        #expect(found("a.css", "@media (scripting: enabled) {}") && !found("a.css", "/* <script> onload= */"))
        #expect(!found("a.png", "<script>"))
    }

    @Test func theDesignsOfTheRepositoryHaveNone() throws {
        for folder in ["designs/sources", "designs/screens/sources"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.path(folder))
            for name in names where name.hasSuffix(".html") {
                let html = String(decoding: try Fixtures.data("\(folder)/\(name)"), as: UTF8.self)
                #expect(!PageFiles(html: html).mayHaveScripts, "\(name)")
            }
        }
    }
}
