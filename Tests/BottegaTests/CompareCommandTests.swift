// `bottega compare` from outside: what it says, what it writes, how it ends.
import Foundation
import Testing

@Suite struct CompareCommandTests {
    private let folder: Folder
    private let design = Binary.design("sign-in.png")

    init() throws { folder = try Folder() }

    private func compare(_ arguments: String...) async throws -> Binary.Outcome {
        try await Binary.run(["compare"] + arguments, in: folder.path)
    }

    // Pictures need no browser: BOTTEGA_CHROMIUM names none here.
    @Test func aPictureAgainstItselfIsOneAndNeedsNoBrowser() async throws {
        let outcome = try await Binary.shell(
            "BOTTEGA_CHROMIUM=/no/such/browser $bottega compare '\(design)' '\(design)'", in: folder.path)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let numbers = outcome.output.split(separator: "\n").prefix(10)
        #expect(numbers.first == "total          1.000")
        #expect(numbers.allSatisfy { $0.contains("1.000") || $0.contains("–") })
        #expect(!outcome.output.contains("differences"))
    }

    @Test func aScoreBelowTheBoundIsCode3AndTheHeatMapIsThere() async throws {
        let outcome = try await compare(
            design, Binary.design("pricing.png"), "--fail-under", "0.9", "--heat-map", "heat.png", "--json")
        #expect(outcome.code == 3)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let total = try #require((report["score"] as? [String: Any])?["total"] as? Double)
        #expect(total < 0.9 && outcome.errors.hasPrefix("bottega: 0.") && outcome.errors.contains("is below 0.9"))
        #expect(folder.tree == ["heat.png"])
    }

    @Test(.enabled(if: Binary.hasBrowser, "needs Chromium, which .ci/setup installs"))
    func aPageAgainstItselfIsOneInEveryNumber() async throws {
        let page = Binary.design("sources/pricing.html")
        let outcome = try await compare(page, page, "--viewport", "640x480")
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let numbers = outcome.output.split(separator: "\n").prefix(10)
        #expect(numbers.count == 10 && numbers.allSatisfy { $0.contains(" 1.000") }, "\(outcome.output)")
    }

    @Test func aPageWithoutABrowserIsOneLineAndCode1() async throws {
        try folder.put(Array("<p>Hello</p>".utf8), at: "page/index.html")
        let outcome = try await Binary.shell(
            "BOTTEGA_CHROMIUM=/no/such/browser $bottega compare '\(design)' page", in: folder.path)
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("bottega: no browser was found"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: ["nowhere.png", "nowhere.html", "empty"])
    func whatCannotBeReadIsOneLineAndCode1(name: String) async throws {
        try folder.put([1], at: "empty/notes.txt")
        let outcome = try await compare(design, name)
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("bottega: \(name)"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }
}
