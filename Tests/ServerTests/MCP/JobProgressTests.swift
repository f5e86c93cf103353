// Progress rises with everything that is told of a job, in whatever order it comes, and reaches its end with the job.
import Foundation
import Inference
import Jobs
import Synchronization
import Testing
import UIToCode

@testable import Server

@Suite struct JobProgressTests {
    @Test func everyEventOfALongJobRises() {
        var way = JobProgress()
        var told: [Double] = []
        var now = ContinuousClock.now
        func tell(_ event: JobEvent.Body) {
            now += .seconds(1)
            if let (value, words) = way.take(event, at: now) {
                told.append(value)
                #expect(!words.isEmpty)
            }
        }
        tell(.status(.queued, position: 3))
        tell(.status(.running, position: nil))
        for attempt in 1...3 {
            for stage in [StageEvent.Stage.decode, .encode, .prefill, .write] {
                tell(.stage(StageEvent(stage: stage, design: 0)))
            }
            for _ in 0..<50 { tell(.delta(path: "index.html", text: String(repeating: "x", count: 400))) }
            tell(.stage(StageEvent(stage: .measure, design: 0)))
            for _ in 0..<40 {
                tell(.scored(ScoreEvent(design: 0, attempt: attempt, total: 0.5, failure: nil)))
            }
            tell(.restart(attempt: attempt + 1))
        }
        tell(.stage(StageEvent(stage: .save, design: 0)))
        tell(.succeeded(revision: 1))
        #expect(told.count > 100)
        #expect(zip(told, told.dropFirst()).allSatisfy { $0 < $1 })
        #expect(told.first == 0 && told.last == ProgressTeller.total)
    }

    @Test func textIsToldTwiceASecond() {
        var way = JobProgress()
        let start = ContinuousClock.now
        _ = way.take(.stage(StageEvent(stage: .write, design: 0)), at: start)
        let told = (1...40).count { tenth in
            way.take(.delta(path: "index.html", text: "word"), at: start + .milliseconds(100 * tenth)) != nil
        }
        #expect(told == 8)
    }

    @Test func nothingIsToldWithoutATokenAndNothingTwice() throws {
        let sent = Mutex<[JSONValue]>([])
        let silent = ProgressTeller(token: nil, hasWords: true) { message in sent.withLock { $0.append(message) } }
        silent.tell(1, "one")
        #expect(sent.withLock { $0.isEmpty })
        let teller = ProgressTeller(token: "t", hasWords: false) { message in sent.withLock { $0.append(message) } }
        for value in [1, 1.0004, 0.5, 2] { teller.tell(value, "words") }
        let told = sent.withLock { $0.map { $0["params"] ?? .null } }
        #expect(told.map { $0["progress"] } == [.number("1.0"), .number("2.0")])
        #expect(told.allSatisfy { $0["progressToken"] == "t" && $0["message"] == nil })
    }
}
