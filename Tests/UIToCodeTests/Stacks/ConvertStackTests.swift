// Conversions in other stacks than html: the page that was converted, and what is written from it.
import Inference
import Media
import Support
import Testing

@testable import UIToCode

struct ConvertStackTests {
    private let design = Design(name: "sign-in.png", image: Image(width: 40, height: 30, fill: (1, 2, 3)))
    private let engine = ScriptedEngine([
        "<!doctype html><html><head><title>Sign in</title><style>.blue { color: blue }</style></head>",
        "<body><h1 class=\"blue\">Hello {you}</h1></body></html>",
    ])

    private func convert(_ stack: Stack) -> Convert {
        Convert(engine: engine, options: ConvertOptions(stack: stack.template))
    }

    private func text(_ project: Project, _ path: String) throws -> String {
        String(decoding: try #require(project[path], "\(project.files.map(\.path))"), as: UTF8.self)
    }

    @Test func aPageIsAskedForWhateverTheStack() async throws {
        var asked: [GenerationRequest?] = []
        for stack in Stack.allCases {
            let (project, report) = try await convert(stack).run(design)
            asked.append(engine.request)
            #expect(report.files.first == stack.entryPath && project.files.first?.path == stack.entryPath)
            #expect(try text(project, stack.entryPath).contains("Hello {you}"))
        }
        #expect(asked.allSatisfy { $0?.conversation == asked[0]?.conversation })
    }

    @Test func theStacksFilesAreWrittenFromThePage() async throws {
        let (project, _) = try await convert(.react).run(design)
        let page = try text(project, "src/pages/SignInPage.jsx")
        #expect(page.contains(#"<h1 className="blue">Hello &#123;you&#125;</h1>"#))
        #expect(try text(project, "src/styles.css").contains(".blue { color: blue }"))
        #expect(try text(project, "src/pages/index.js").contains(#"title: "Sign in""#))
    }

    @Test func eventsNameThePageByItsPlace() async throws {
        var paths: Set<String> = []
        _ = try await convert(.vue).run(design) { event in
            if case .wrote(let path, _) = event { paths.insert(path) }
        }
        #expect(paths == ["preview/index.html"])
    }

    @Test func theReceiptIsOfThePage() async throws {
        let options = ConvertOptions(stack: Stack.react.template, repair: nil)
        let convert = Convert(engine: engine, renderer: PaintingRenderer(), options: options)
        let (project, report) = try await convert.run(design)
        #expect(report.receipt?.entry == "preview/index.html")
        #expect(project["preview/index.html"] != nil && project["src/pages/SignInPage.jsx"] != nil)
    }

    @Test(arguments: ["", "sign-in/"])
    func anEditOfThePageWritesTheStacksFilesAnew(folder: String) async throws {
        var project = Project()
        for file in try await convert(.svelte).run(design).project.files {
            try project.add(file.bytes, at: folder + file.path)
        }
        if !folder.isEmpty { try project.add([1], at: "other/preview/index.html") }
        let edit = Edit.operations([EditOperation("h1", .setText("Good morning"))])
        let (revised, report) = try await convert(.svelte).revise(
            project, of: design, by: edit, file: folder + "preview/index.html")
        #expect(try text(revised, folder + "preview/index.html").contains("Good morning"))
        #expect(try text(revised, folder + "src/pages/SignInPage.svelte").contains("Good morning"))
        #expect(Set(report.files) == Set(project.files.map(\.path)))
    }
}
