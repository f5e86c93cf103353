// How long a client wants to wait.
import HTTPTypes
import Testing

@testable import Server

@Suite struct PreferTests {
    private func prefer(_ values: String...) -> Prefer {
        var headers = HTTPFields()
        headers[values: .prefer] = values
        return Prefer(headers)
    }

    @Test func nobodyAskedMeansTheStandardWait() {
        #expect(prefer().wait(standard: 60) == 60)
        #expect(prefer().applied == nil)
    }

    @Test func respondAsyncDoesNotWait() {
        #expect(prefer("respond-async").wait(standard: 60) == 0)
        #expect(prefer("respond-async").applied == "respond-async")
    }

    @Test func waitIsTakenInSeconds() {
        #expect(prefer("wait=7").wait(standard: 60) == 7)
        #expect(prefer("wait=0").wait(standard: 60) == 0)
        #expect(prefer("handling=lenient, Wait = \"9\"; foo").wait(standard: 60) == 9)
    }

    @Test func aLongWaitIsCutToTheLongest() {
        #expect(prefer("wait=301").applied == "wait=300")
        #expect(prefer("wait=99999999999999999999999").applied == "wait=300")
    }

    @Test func bothTogetherWaitAndThenLetGo() {
        let both = prefer("respond-async, wait=10")
        #expect(both.wait(standard: 60) == 10)
        #expect(both.respondsAsync)
        #expect(both.applied == "respond-async, wait=10")
    }

    @Test(arguments: ["wait=soon", "wait=-1", "wait", "wait=", "wait=1.5", "return=minimal"])
    func whatIsNotUnderstoodIsPassedOver(header: String) {
        #expect(prefer(header).wait(standard: 60) == 60)
        #expect(prefer(header).applied == nil)
    }

    @Test func theFirstOfTwoCounts() {
        #expect(prefer("wait=3, wait=4").waitSeconds == 3)
        #expect(prefer("wait=5", "wait=6").waitSeconds == 5)
    }
}
