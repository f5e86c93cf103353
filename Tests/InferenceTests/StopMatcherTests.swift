// Stop strings end a text and never show, however the text is cut.
import Inference
import Testing

struct StopMatcherTests {
    /// Pushes pieces and returns what was passed on, and whether it stopped.
    func run(_ stops: [String], _ pieces: [String]) -> (text: String, isStopped: Bool) {
        var matcher = StopMatcher(stops)
        var text = pieces.map { matcher.push($0) }.joined()
        text += matcher.flush()
        return (text, matcher.isStopped)
    }

    @Test(arguments: [
        (["END"], "abcENDdef", "abc", true),
        (["END"], "abcENdef", "abcENdef", false),
        (["END"], "abcEN", "abcEN", false),
        (["aab"], "aaab", "a", true),
        (["abab"], "abaababx", "aba", true),
        (["b", "abc"], "xabc", "xa", true),
        (["abc", "c"], "xabc", "x", true),
        (["\n\n"], "one\ntwo\n\nthree", "one\ntwo", true),
        (["</html>"], "<html></html", "<html></html", false),
        (["é"], "cafe\u{301} café", "cafe\u{301} caf", true),
        (["中文"], "中中文", "中", true),
        (["😀"], "a😃b😀c", "a😃b", true),
        ([""], "abc", "abc", false),
        ([], "abc", "abc", false),
    ])
    func theResultDoesNotDependOnHowTheTextIsCut(stops: [String], text: String, passed: String, stopped: Bool) {
        let scalars = text.unicodeScalars.map(String.init)
        var cuts = [[text], scalars]
        for cut in 0...scalars.count { cuts.append([scalars[..<cut].joined(), scalars[cut...].joined()]) }
        for pieces in cuts {
            let result = run(stops, pieces)
            #expect(Array(result.text.utf8) == Array(passed.utf8), "\(pieces)")
            #expect(result.isStopped == stopped, "\(pieces)")
        }
    }

    @Test func onlyWhatMayStillBecomeAStopStringIsHeldBack() {
        var matcher = StopMatcher(["<end>", "endless"])
        #expect(matcher.push("text <") == "text ")
        #expect(matcher.push("e") == "")
        #expect(matcher.push("m>") == "<em>")
        #expect(matcher.push("<end") == "")
        #expect(matcher.push("l") == "<")
        #expect(matcher.push("y") == "endly")
        #expect(matcher.flush() == "")
    }

    @Test func nothingComesBehindAStopString() {
        var matcher = StopMatcher(["X"])
        #expect(matcher.push("aXb") == "a")
        #expect(matcher.push("c") == "")
        #expect(matcher.flush() == "")
        #expect(matcher.isStopped)
    }
}
