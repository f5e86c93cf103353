// The window and the scale: the same words with the same bounds from everywhere.
import Render
import Testing

@testable import Server

@Suite struct ViewOptionsTests {
    @Test func nothingGivenMeansTheOtherSideElseTheStandardWindow() throws {
        let view = try ViewOptions(limits: UploadLimits())
        #expect(view.scale == 1)
        #expect(view.viewport(or: nil) == Viewport(width: 1280, height: 800))
        let other = Viewport(width: 90, height: 70, scale: 2)
        #expect(view.viewport(or: other) == other)
    }

    @Test func whatIsAskedForWins() throws {
        let view = try ViewOptions(viewport: "390x844", scale: "2", limits: UploadLimits())
        let asked = Viewport(width: 390, height: 844, scale: 2)
        #expect(view.viewport(or: Viewport(width: 1, height: 1)) == asked)
        #expect(try ViewOptions(scale: "0.5", limits: UploadLimits()).viewport(or: nil).scale == 0.5)
    }

    @Test(arguments: [
        "", "1280", "1280x", "x800", "0x800", "1280x16385", "+1x1", "-1x1", "1280X800", "1 x1", "1x1x1", "１x1",
    ])
    func aWindowThatIsNoneIsNamed(text: String) {
        let problem = #expect(throws: Problem.self) { try ViewOptions(viewport: text, limits: UploadLimits()) }
        #expect(problem?.code == .invalidParameter && problem?.param == "viewport")
    }

    @Test(arguments: ["", "0", "0.09", "4.01", "nan", "inf", "0x1", "one", " 1"])
    func aScaleThatIsNoneIsNamed(text: String) {
        let problem = #expect(throws: Problem.self) { try ViewOptions(scale: text, limits: UploadLimits()) }
        #expect(problem?.code == .invalidParameter && problem?.param == "scale")
    }

    @Test func aWindowOfTooManyPixelsIsRefusedAtItsScale() throws {
        var limits = UploadLimits()
        limits.measuredPixels = 1_000_000
        #expect(try ViewOptions(viewport: "1000x1000", limits: limits).window?.width == 1000)
        #expect(throws: Problem.self) { try ViewOptions(viewport: "1000x1001", limits: limits) }
        #expect(throws: Problem.self) { try ViewOptions(viewport: "1000x1000", scale: "1.1", limits: limits) }
    }
}
