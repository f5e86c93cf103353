// JSON-RPC 2.0 as far as the Model Context Protocol uses it: what a client's messages may look like, and how answers,
// refusals and notifications are written. Nothing here knows a method.
import Inference

/// The name a client gave its request; unique among those it has under way.
enum RPCID: Hashable, Sendable {
    /// A number, by its digits.
    case number(String)
    case string(String)

    /// Nil for what is no name: null, a fraction, anything else.
    init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .number(let digits) where Int(digits) != nil: self = .number(digits)
        default: return nil
        }
    }

    /// As it was written.
    var json: JSONValue {
        switch self {
        case .number(let digits): .number(digits)
        case .string(let text): .string(text)
        }
    }
}

/// Why a request was not carried out, in the protocol's own terms.
struct RPCFault: Error, Sendable, Equatable {
    let code: Int
    let message: String
    var data: JSONValue?

    /// What came is not JSON.
    static func parse(_ reason: String) -> RPCFault { RPCFault(code: -32700, message: reason) }
    /// What came is JSON and no message.
    static func invalidRequest(_ reason: String) -> RPCFault { RPCFault(code: -32600, message: reason) }
    /// There is no such method.
    static func methodNotFound(_ method: String) -> RPCFault {
        RPCFault(code: -32601, message: "there is no method \(method.quotedBriefly)")
    }
    /// The method is there, and its parameters are not what it takes.
    static func invalidParameters(_ reason: String) -> RPCFault { RPCFault(code: -32602, message: reason) }
    /// There is no such resource. Until 2025-11-25 the protocol has a code of its own for it.
    static func resourceNotFound(_ address: String, _ reason: String) -> RPCFault {
        RPCFault(code: -32002, message: reason, data: ["uri": .string(address)])
    }
    /// Something that is not the client's fault.
    static let unforeseen = RPCFault(code: -32603, message: Problem.unforeseen.message)
    /// The client cancelled the request, and waits for an answer all the same.
    static let cancelled = RPCFault(code: -32800, message: "the request was cancelled")
}

/// A request, whose sender waits for an answer.
struct RPCRequest: Sendable, Equatable {
    let id: RPCID
    let method: String
    /// An object; empty when none was sent.
    let parameters: JSONValue
}

/// One message of a client.
enum RPCMessage: Sendable, Equatable {
    case request(RPCRequest)
    /// Nobody waits for an answer.
    case notification(method: String, parameters: JSONValue)
    /// The answer to a question. Nothing is ever asked here, so nobody waits for it.
    case answer

    /// Reads a message.
    ///
    /// - Throws: `invalidRequest` or `invalidParameters`.
    init(_ value: JSONValue) throws(RPCFault) {
        guard case .object = value else { throw .invalidRequest("a message is an object, not \(value.kindName)") }
        guard value["jsonrpc"] == "2.0" else { throw .invalidRequest("jsonrpc is \"2.0\" in every message") }
        guard let name = value["method"] else {
            guard value["result"] != nil || value["error"] != nil else {
                throw .invalidRequest("a message has a method, a result or an error")
            }
            self = .answer
            return
        }
        guard case .string(let method) = name else {
            throw .invalidRequest("method is a string, not \(name.kindName)")
        }
        let parameters = value["params"] ?? .object([])
        guard case .object = parameters else {
            throw .invalidParameters("params is an object, not \(parameters.kindName)")
        }
        guard let id = value["id"] else {
            self = .notification(method: method, parameters: parameters)
            return
        }
        guard let id = RPCID(id) else { throw .invalidRequest("id is a string or a whole number, not \(id.kindName)") }
        self = .request(RPCRequest(id: id, method: method, parameters: parameters))
    }
}

/// Messages of the server.
enum RPC {
    /// The answer to a request.
    static func result(_ result: JSONValue, for id: RPCID) -> JSONValue {
        ["jsonrpc": "2.0", "id": id.json, "result": result]
    }

    /// The refusal of a request; `id` is nil where it could not be read.
    static func error(_ fault: RPCFault, for id: RPCID?) -> JSONValue {
        var error: [JSONValue.Member] = [.init("code", .integer(fault.code)), .init("message", .string(fault.message))]
        if let data = fault.data { error.append(.init("data", data)) }
        return ["jsonrpc": "2.0", "id": id?.json ?? .null, "error": .object(error)]
    }

    /// Something the client is told without having asked.
    static func notification(_ method: String, _ parameters: JSONValue) -> JSONValue {
        ["jsonrpc": "2.0", "method": .string(method), "params": parameters]
    }

    /// The name of the request in a message that could not be read as one.
    static func id(in value: JSONValue) -> RPCID? { value["id"].flatMap { RPCID($0) } }
}
