// Stands beside a page while it is shown and answers for it: requests are let through, answered or refused, dialogs
// dismissed, windows kept shut, workers watched; what happened is written down. It works on the browser's thread, in the
// order in which things happen, and never waits.
import Foundation
import Synchronization

/// What answers for one page.
final class PageWarden: Sendable {
    /// What a page did.
    struct Record: Sendable {
        /// At most `lineLimit`.
        var console: [ConsoleMessage] = []
        /// At most `lineLimit`.
        var refused: [RefusedRequest] = []
        /// The page is in the browser, and may not be left any more.
        fileprivate var isArrived = false
        /// Documents that were handed to the page's main frame.
        var arrivals = 0
        /// Which of them was the last, as the browser numbers them; nil where it does not say.
        var lastArrival: String?
    }

    /// Lines of the console, and refused requests, that are kept.
    static let lineLimit = 200

    private let source: PageSource
    private let target: String
    private let session: String
    private let devTools: DevTools
    private let hasScripts: Bool
    private let mayTravel: Bool
    private let record = Mutex(Record())

    /// Answers for the page that is the main frame of `target`.
    ///
    /// - Parameter mayTravel: Whether it may go on to other files of its project.
    init(
        _ source: PageSource, target: String, session: String, hasScripts: Bool, mayTravel: Bool, _ devTools: DevTools
    ) {
        self.source = source
        self.target = target
        self.session = session
        self.hasScripts = hasScripts
        self.mayTravel = mayTravel
        self.devTools = devTools
    }

    /// What happened so far.
    var account: Record { record.withLock { $0 } }

    /// Begins to answer.
    func begin() {
        let answers: [String: @Sendable (DevToolsEvent) -> Void] = [
            "Fetch.requestPaused": answerRequest,
            "Fetch.authRequired": answerProxy,
            "Page.javascriptDialogOpening": dismissDialog,
            "Page.windowOpen": refuseWindow,
            "Network.webSocketCreated": noteConnection,
            "Network.webTransportCreated": noteConnection,
            "Runtime.consoleAPICalled": noteConsole,
            "Runtime.exceptionThrown": noteException,
            "Log.entryAdded": noteEntry,
            "Target.attachedToTarget": letRun,
            "Inspector.targetCrashed": noteCrash,
        ]
        devTools.listen(to: Set(answers.keys)) { event in answers[event.method]?(event) }
    }

    /// From now on the page may not be left.
    func closeDoor() { record.withLock { $0.isArrived = true } }

    /// Writes a line of the browser's own.
    func note(_ level: String, _ text: String) {
        record.withLock { record in
            guard record.console.count < Self.lineLimit else { return }
            record.console.append(ConsoleMessage(level: level, text: String(text.prefix(2_000))))
        }
    }

    private func refuse(_ address: String, _ reason: String) {
        record.withLock { record in
            guard record.refused.count < Self.lineLimit else { return }
            record.refused.append(RefusedRequest(address: String(address.prefix(500)), reason: reason))
        }
    }

    // Requests.

    private struct Paused: Decodable {
        struct Request: Decodable {
            let url: String
            let headers: [String: String]
        }
        let requestId: String
        let request: Request
        let frameId: String
        let resourceType: String
        let networkId: String?
    }

    private func answerRequest(_ event: DevToolsEvent) {
        guard let paused = event.parameters(as: Paused.self) else { return }
        let (address, isDocument) = (paused.request.url, paused.resourceType == "Document")
        var decision = source.decide(address)
        if isDocument, paused.frameId == target, !mayArrive(at: address, decision, as: paused.networkId) {
            decision = .refuse(reason: "the page may not be left")
        } else if paused.request.headers.contains(where: { $0.key.lowercased() == "service-worker" }) {
            decision = .refuse(reason: "service workers are off")
        }
        switch decision {
        case .letThrough:
            devTools.post("Fetch.continueRequest", ["requestId": .string(paused.requestId)])
        case .missing:
            // Browsers with windows ask for an icon that no page has asked for.
            if address != PageSource.origin + "favicon.ico" {
                note("error", "\(address.prefix(500)): the project has no such file")
            }
            fulfil(paused.requestId, status: 404, [], "text/plain")
        case .answer(let bytes, let mediaType):
            fulfil(paused.requestId, status: 200, bytes, mediaType)
        case .refuse(let reason):
            refuse(address, reason)
            // A document that is "aborted" leaves what is shown as it is; other reasons show a page about the error.
            let code: Parameter = isDocument ? "Aborted" : "BlockedByClient"
            devTools.post("Fetch.failRequest", ["requestId": .string(paused.requestId), "errorReason": code])
        }
    }

    // Files open once, unless the page may travel: then every file of the project does. On the network the way to a page
    // may have several stations.
    private func mayArrive(at address: String, _ decision: RequestDecision, as number: String?) -> Bool {
        record.withLock { record in
            guard !record.isArrived else { return false }
            if mayTravel {
                guard case .answer = decision else { return false }
                record.arrivals += 1
                record.lastArrival = number
            } else if case .files = source {
                guard address == source.address else { return false }
                record.isArrived = true
            }
            return true
        }
    }

    private func fulfil(_ request: String, status: Int, _ bytes: [UInt8], _ mediaType: String) {
        // Another page may have another file of the same name.
        var headers: [Parameter] = [
            ["name": "Content-Type", "value": .string(mediaType)], ["name": "Cache-Control", "value": "no-store"],
        ]
        if !hasScripts { headers.append(["name": "Content-Security-Policy", "value": "script-src 'none'"]) }
        devTools.post(
            "Fetch.fulfillRequest",
            [
                "requestId": .string(request), "responseCode": .integer(status), "responseHeaders": .list(headers),
                "body": .string(Data(bytes).base64EncodedString()),
            ])
    }

    private struct AuthRequired: Decodable {
        struct Challenge: Decodable { let source: String? }
        let requestId: String
        let authChallenge: Challenge
    }

    private func answerProxy(_ event: DevToolsEvent) {
        guard let asked = event.parameters(as: AuthRequired.self) else { return }
        var response: Parameters = ["response": "CancelAuth"]
        if asked.authChallenge.source == "Proxy", let proxy = source.proxy {
            response = [
                "response": "ProvideCredentials", "username": .string(proxy.user), "password": .string(proxy.password),
            ]
        }
        devTools.post(
            "Fetch.continueWithAuth",
            ["requestId": .string(asked.requestId), "authChallengeResponse": .object(response)])
    }

    // Sockets are no requests, and reach nothing by themselves: the browser has no network, or a guarded one.

    private struct Connection: Decodable { let url: String }

    private func noteConnection(_ event: DevToolsEvent) {
        guard let connection = event.parameters(as: Connection.self) else { return }
        switch source {
        case .files: refuse(connection.url, "the network is off")
        case .network(_, _, let judge):
            if let reason = judge(connection.url) { refuse(connection.url, reason) }
        }
    }

    private func refuseWindow(_ event: DevToolsEvent) {
        guard let window = event.parameters(as: Connection.self) else { return }
        refuse(window.url, "no window is opened")
    }

    // Dialogs.

    private struct Dialog: Decodable {
        let type: String
        let message: String
    }

    private func dismissDialog(_ event: DevToolsEvent) {
        guard let dialog = event.parameters(as: Dialog.self) else { return }
        note("info", "\(dialog.type) was dismissed: \(dialog.message.prefix(1_900))")
        devTools.post("Page.handleJavaScriptDialog", ["accept": false], in: session)
    }

    // Frames and workers with processes of their own wait until they are watched.

    private struct Attached: Decodable {
        struct Target: Decodable {
            let targetId: String
            let type: String
        }
        let sessionId: String
        let targetInfo: Target
        let waitingForDebugger: Bool
    }

    private func letRun(_ event: DevToolsEvent) {
        guard let attached = event.parameters(as: Attached.self), attached.sessionId != session else { return }
        guard attached.targetInfo.type != "page" else {
            return devTools.post("Target.closeTarget", ["targetId": .string(attached.targetInfo.targetId)])
        }
        devTools.post("Network.enable", in: attached.sessionId)
        devTools.post("Target.setAutoAttach", PageVisit.attachment, in: attached.sessionId)
        devTools.post("Runtime.runIfWaitingForDebugger", in: attached.sessionId)
    }

    // A frame or a worker that crashes leaves a hole; the page itself takes all calls with it.
    private func noteCrash(_ event: DevToolsEvent) {
        if event.session == session { devTools.end(because: .browserDied) }
    }

    // The console.

    private struct Called: Decodable {
        struct Argument: Decodable {
            let type: String
            let value: Value?
            let unserializableValue: String?
            let description: String?
        }
        let type: String
        let args: [Argument]
    }

    // A value of the page; objects are told by their description.
    private enum Value: Decodable {
        case text(String)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let flag = try? container.decode(Bool.self) {
                self = .text(String(flag))
            } else if let number = try? container.decode(Int.self) {
                self = .text(String(number))
            } else if let number = try? container.decode(Double.self) {
                self = .text(String(number))
            } else {
                self = .other
            }
        }
    }

    private func noteConsole(_ event: DevToolsEvent) {
        guard let called = event.parameters(as: Called.self) else { return }
        let words = called.args.prefix(50).map { argument in
            if case .text(let text)? = argument.value { return String(text.prefix(2_000)) }
            return String((argument.unserializableValue ?? argument.description ?? argument.type).prefix(2_000))
        }
        let level = ["info", "warning", "error", "debug"].contains(called.type) ? called.type : "log"
        note(called.type == "assert" ? "error" : level, words.joined(separator: " "))
        // A page may talk without end.
        if account.console.count >= Self.lineLimit { devTools.post("Runtime.disable", in: session) }
    }

    private struct Thrown: Decodable {
        struct Details: Decodable {
            struct Exception: Decodable { let description: String? }
            let text: String
            let exception: Exception?
        }
        let exceptionDetails: Details
    }

    private func noteException(_ event: DevToolsEvent) {
        guard let details = event.parameters(as: Thrown.self)?.exceptionDetails else { return }
        note("exception", details.exception?.description ?? details.text)
    }

    private struct Logged: Decodable {
        struct Entry: Decodable {
            let source: String
            let level: String
            let text: String
        }
        let entry: Entry
    }

    // What the browser says about requests is told better by `refused` and by `missing`.
    private func noteEntry(_ event: DevToolsEvent) {
        guard let entry = event.parameters(as: Logged.self)?.entry, entry.source != "network" else { return }
        note(["info", "warning", "error"].contains(entry.level) ? entry.level : "debug", entry.text)
    }
}
