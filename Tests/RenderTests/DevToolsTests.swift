import Foundation
import Synchronization
import Testing

@testable import Render

@Suite struct DevToolsTests {
    @Test func messagesAreCutAtZerosHoweverTheyArrive() {
        let stream = Array("first\0second\0\0rest".utf8)
        for size in 1...stream.count {
            var (splitter, messages) = (MessageSplitter(), [String]())
            for start in stride(from: 0, to: stream.count, by: size) {
                stream[start..<min(start + size, stream.count)].withUnsafeBufferPointer { part in
                    splitter.push(part) { messages.append(String(decoding: $0, as: UTF8.self)) }
                }
            }
            #expect(messages == ["first", "second", ""])
            #expect(splitter.rest == Array("rest".utf8))
        }
    }

    @Test func anAnswerGoesToItsCall() async throws {
        struct Sum: Decodable { let value: Int }
        let devTools = DevTools()
        devTools.onWork {
            // Answers in the reverse order of the calls.
            let calls = devTools.takeOutgoing().split(separator: 0)
            for call in calls.reversed() {
                let number = String(decoding: call, as: UTF8.self).firstMatch(of: /"id":(\d+)/)?.1 ?? "0"
                devTools.receive(Array(#"{"id":\#(number),"result":{"value":\#(number)}}"#.utf8))
            }
        }
        async let first = devTools.call("A.a", as: Sum.self)
        async let second = devTools.call("A.b", as: Sum.self)
        let values = try await [first.value, second.value]
        #expect(Set(values) == [1, 2])
    }

    @Test func callsAreWrittenAsTheProtocolWants() throws {
        let devTools = DevTools()
        devTools.post("A.b", ["x": ["y": [1, true, "z"]]], in: "s")
        let sent = devTools.takeOutgoing()
        #expect(sent.last == 0)
        let call = try JSONSerialization.jsonObject(with: Data(sent.dropLast())) as? NSDictionary
        #expect(
            call == ["id": 1, "method": "A.b", "sessionId": "s", "params": ["x": ["y": [1, true, "z"] as [Any]]]])
    }

    @Test func aRefusedCallSaysWhy() async {
        let devTools = DevTools()
        devTools.onWork {
            guard !devTools.takeOutgoing().isEmpty else { return }
            devTools.receive(Array(#"{"id":1,"error":{"code":-32000,"message":"no such tab"}}"#.utf8))
        }
        await #expect(throws: RenderError.protocolFault("A.a: no such tab")) {
            try await devTools.call("A.a") as DevTools.Done
        }
        #expect(devTools.fault == nil)
    }

    @Test func aRefusedPostEndsTheConversationWhereItMustSucceed() {
        let devTools = DevTools()
        devTools.post("A.a")
        devTools.receive(Array(#"{"id":1,"error":{"message":"gone"}}"#.utf8))
        #expect(devTools.fault == nil)
        devTools.post("A.b", mustSucceed: true)
        devTools.receive(Array(#"{"id":2,"error":{"message":"unknown"}}"#.utf8))
        #expect(devTools.fault == .protocolFault("A.b: unknown"))
    }

    @Test func theFirstReasonEndsEveryCall() async {
        let devTools = DevTools()
        devTools.onWork { if devTools.fault == nil { devTools.end(because: .timedOut(seconds: 1)) } }
        await #expect(throws: RenderError.timedOut(seconds: 1)) { try await devTools.call("A.a") as DevTools.Done }
        devTools.end(because: .browserDied)
        await #expect(throws: RenderError.timedOut(seconds: 1)) { try await devTools.call("A.a") as DevTools.Done }
        #expect(devTools.takeOutgoing().filter { $0 == 0 }.count == 1, "nothing is sent after the end")
    }

    @Test func onlyNamedEventsAreTold() {
        let devTools = DevTools()
        let heard = Mutex<[String]>([])
        devTools.listen(to: ["Page.loaded"]) { event in
            struct Parameters: Decodable { let a: Int }
            heard.withLock {
                $0.append("\(event.method) \(event.session ?? "-") \(event.parameters(as: Parameters.self)?.a ?? 0)")
            }
        }
        for message in [
            #"{"method":"Network.data","params":{"a":1}}"#,
            #"{"method":"Page.loaded","params":{"a":2},"sessionId":"s"}"#,
            #"{"method":"Page.loaded","params":{}}"#, "no JSON", "",
        ] {
            devTools.receive(Array(message.utf8))
        }
        #expect(heard.withLock { $0 } == ["Page.loaded s 2", "Page.loaded - 0"])
    }
}
