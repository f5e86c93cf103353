// The conversation with a browser: numbered calls, their answers, events. It knows no files and no threads: whoever
// moves the bytes takes `outgoing` and brings messages to `receive`. After a fault every call fails with it.
//
// Chrome DevTools Protocol, https://chromedevtools.github.io/devtools-protocol/ ; sessions are "flat", which means that
// every message names the one it belongs to.
import Foundation
import Synchronization

/// Something that happened in the browser.
struct DevToolsEvent: Sendable {
    /// `Domain.name`.
    let method: String
    /// The whole message.
    let message: [UInt8]

    /// What the event says. An event of another form gives nil: it is not for us.
    func parameters<Parameters: Decodable>(as type: Parameters.Type) -> Parameters? {
        try? JSONDecoder().decode(Envelope<Parameters>.self, from: Data(message)).params
    }

    /// The session that the event belongs to; nil for the browser's own.
    var session: String? { (try? JSONDecoder().decode(Addressee.self, from: Data(message)))?.sessionId }

    private struct Envelope<Parameters: Decodable>: Decodable { let params: Parameters }
    private struct Addressee: Decodable { let sessionId: String? }
}

/// Calls, answers and events.
final class DevTools: Sendable {
    /// An answer that says nothing.
    struct Done: Decodable {}

    private struct State {
        var lastNumber = 0
        var waiting: [Int: CheckedContinuation<Result<[UInt8], RenderError>, Never>] = [:]
        // What was posted and has to succeed, by number.
        var expected: [Int: String] = [:]
        var outgoing: [UInt8] = []
        var fault: RenderError?
        var listener: (@Sendable (DevToolsEvent) -> Void)?
        // The events that the listener wants.
        var methods: Set<String> = []
        var wake: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Why the conversation ended; nil while it goes on.
    var fault: RenderError? { state.withLock { $0.fault } }

    /// Calls `wake` whenever there is something to send, or the conversation has ended.
    func onWork(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// Who hears of events, on the thread that brings them, in order. Only the named ones are told.
    func listen(to methods: Set<String>, _ listener: (@Sendable (DevToolsEvent) -> Void)?) {
        state.withLock {
            $0.methods = methods
            $0.listener = listener
        }
    }

    /// Calls a method and waits for its answer.
    ///
    /// - Throws: The fault that ended the conversation, or `protocolFault` when the browser refuses the call.
    func call<Answer: Decodable>(
        _ method: String, _ parameters: Parameters = [:], in session: String? = nil, as type: Answer.Type = Done.self
    ) async throws(RenderError) -> Answer {
        let bytes = try await answer(method, parameters, in: session)
        do {
            return try JSONDecoder().decode(Answered<Answer>.self, from: Data(bytes)).result
        } catch {
            throw Self.refusal(of: method, bytes) ?? .protocolFault("\(method): the answer has another form")
        }
    }

    /// Calls a method and waits for the bytes of its whole answer, which may be a refusal.
    func answer(
        _ method: String, _ parameters: Parameters = [:], in session: String? = nil
    ) async throws(RenderError) -> [UInt8] {
        let result = await withCheckedContinuation { continuation in
            let (fault, wake) = state.withLock { state -> (RenderError?, (@Sendable () -> Void)?) in
                if let fault = state.fault { return (fault, nil) }
                let number = Self.send(method, parameters, session, &state)
                state.waiting[number] = continuation
                return (nil, state.wake)
            }
            if let fault { continuation.resume(returning: .failure(fault)) }
            wake?()
        }
        return try result.get()
    }

    /// Calls a method without waiting. Calls of one session are carried out in the order in which they were made.
    ///
    /// - Parameter mustSucceed: Whether a refusal ends the conversation. Otherwise it is of no interest, such as that
    ///   of an answer to a request which is gone.
    func post(_ method: String, _ parameters: Parameters = [:], in session: String? = nil, mustSucceed: Bool = false) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.fault == nil else { return nil }
            let number = Self.send(method, parameters, session, &state)
            if mustSucceed { state.expected[number] = method }
            return state.wake
        }
        wake?()
    }

    /// Ends the conversation. The first reason is the one that counts.
    func end(because fault: RenderError) {
        let (waiting, wake) = state.withLock { state in
            if state.fault == nil { state.fault = fault }
            defer { state.waiting = [:] }
            return (state.fault.map { fault in state.waiting.values.map { ($0, fault) } } ?? [], state.wake)
        }
        for (continuation, fault) in waiting { continuation.resume(returning: .failure(fault)) }
        wake?()
    }

    /// Hands over what is to be sent.
    func takeOutgoing() -> [UInt8] {
        state.withLock { state in
            defer { state.outgoing = [] }
            return state.outgoing
        }
    }

    /// Takes a message of the browser.
    func receive(_ message: [UInt8]) {
        if let number = Self.number(of: message) {
            let (continuation, method) = state.withLock {
                ($0.waiting.removeValue(forKey: number), $0.expected.removeValue(forKey: number))
            }
            continuation?.resume(returning: .success(message))
            if let method, let refusal = Self.refusal(of: method, message) { end(because: refusal) }
        } else if let method = Self.method(of: message) {
            let listener = state.withLock { $0.methods.contains(method) ? $0.listener : nil }
            listener?(DevToolsEvent(method: method, message: message))
        }
    }

    private struct Answered<Answer: Decodable>: Decodable { let result: Answer }

    private struct Refused: Decodable {
        struct Reason: Decodable { let message: String }
        let error: Reason
    }

    private struct Call: Encodable {
        let id: Int
        let method: String
        let params: Parameters
        let sessionId: String?
    }

    private static func refusal(of method: String, _ message: [UInt8]) -> RenderError? {
        // An answer that succeeded may be megabytes long, and says so at its beginning.
        guard message.prefix(64).contains(sequence: Array("\"error\":".utf8)),
            let refused = try? JSONDecoder().decode(Refused.self, from: Data(message))
        else { return nil }
        return .protocolFault("\(method): \(refused.error.message)")
    }

    private static func send(
        _ method: String, _ parameters: Parameters, _ session: String?, _ state: inout State
    ) -> Int {
        state.lastNumber += 1
        let call = Call(id: state.lastNumber, method: method, params: parameters, sessionId: session)
        // Strings, numbers and lists of them are always encodable.
        guard let bytes = try? JSONEncoder().encode(call) else { preconditionFailure("a call is always encodable") }
        state.outgoing += bytes
        state.outgoing.append(0)
        return state.lastNumber
    }

    // Messages begin with `{"id":7,` or with `{"method":"Page.loadEventFired",`; most need not be read any further.
    private static func number(of message: [UInt8]) -> Int? {
        let opening = Array("{\"id\":".utf8)
        guard message.starts(with: opening) else { return nil }
        let digits = message[opening.count...].prefix(while: { (48...57).contains($0) })
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func method(of message: [UInt8]) -> String? {
        let opening = Array("{\"method\":\"".utf8)
        guard message.starts(with: opening) else { return nil }
        return String(decoding: message[opening.count...].prefix(80).prefix(while: { $0 != 34 }), as: UTF8.self)
    }
}

extension Sequence<UInt8> {
    fileprivate func contains(sequence: [UInt8]) -> Bool {
        let all = Array(self)
        guard all.count >= sequence.count else { return false }
        return (0...all.count - sequence.count).contains { all[$0...].starts(with: sequence) }
    }
}

/// What a method is called with.
typealias Parameters = [String: Parameter]

/// A JSON value to be sent.
enum Parameter: Encodable, Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case string(String)
    case number(Double)
    case integer(Int)
    case flag(Bool)
    case list([Parameter])
    case object([String: Parameter])

    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(arrayLiteral elements: Parameter...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, Parameter)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
