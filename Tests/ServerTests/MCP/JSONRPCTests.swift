// What is a message, what is none, and how messages are written.
import Inference
import Testing

@testable import Server

@Suite struct JSONRPCTests {
    @Test(arguments: [
        (#"[]"#, -32600), (#""ping""#, -32600), (#"{}"#, -32600),
        (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (#"{"id":1,"method":"ping"}"#, -32600), (#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1}"#, -32600), (#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600),
        (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#, -32602),
    ])
    func whatIsNoMessageIsRefusedWithItsCode(text: String, code: Int) throws {
        let value = try JSONValue(parsing: text)
        let fault = #expect(throws: RPCFault.self) { try RPCMessage(value) }
        #expect(fault?.code == code)
    }

    @Test func requestsNotificationsAndAnswersAreToldApart() throws {
        func message(_ text: String) throws -> RPCMessage { try RPCMessage(JSONValue(parsing: text)) }
        #expect(
            try message(#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#)
                == .request(RPCRequest(id: .string("a"), method: "ping", parameters: .object([]))))
        #expect(
            try message(#"{"jsonrpc":"2.0","id":7,"method":"x","params":{"y":1}}"#)
                == .request(RPCRequest(id: .number("7"), method: "x", parameters: ["y": 1])))
        #expect(
            try message(#"{"jsonrpc":"2.0","method":"x"}"#) == .notification(method: "x", parameters: .object([])))
        #expect(try message(#"{"jsonrpc":"2.0","id":7,"result":{}}"#) == .answer)
        #expect(try message(#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}}"#) == .answer)
    }

    @Test func aNameIsWrittenAsItCame() {
        #expect(
            RPC.result([:], for: .string("7")).text(.compact) == #"{"jsonrpc":"2.0","id":"7","result":{}}"#)
        #expect(
            RPC.error(.methodNotFound("x"), for: .number("7")).text(.compact)
                == #"{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"there is no method \"x\""}}"#)
        #expect(
            RPC.error(.parse("x"), for: nil).text(.compact)
                == #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}"#)
    }

    @Test(arguments: [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("1.0", "2025-11-25"),
    ])
    func aRevisionThatIsKnownIsSpokenElseTheNewest(wanted: String, spoken: String) {
        #expect(ProtocolVersion.negotiated(wanted).rawValue == spoken)
    }
}
