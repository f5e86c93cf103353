// The door to AsyncHTTPClient: requests to servers go out here and nowhere else, with key, headers and proxy. What
// comes back is a stream of bytes, or a fault. Redirects are not followed, since they would carry the key elsewhere.
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Connections to the servers of a configuration.
package final class HTTPTransport: Sendable {
    /// The most that is read of an answer that is no stream.
    private static let shortAnswerBytes = 4 << 20
    private static let errorBytes = 64 << 10

    private let servers: [RemoteServer]
    private let client: HTTPClient
    private let longestRequest: TimeAmount

    /// Prepares connections; none is opened yet.
    ///
    /// - Throws: `.unsupported` for an address or a header that is none.
    package init(_ configuration: RemoteConfiguration) throws(EngineError) {
        var servers: [RemoteServer] = []
        for endpoint in configuration.endpoints { servers.append(try RemoteServer(endpoint, configuration)) }
        self.servers = servers
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .nanoseconds(Int64(configuration.timeouts.connectSeconds * 1e9))))
        // A refused connection is news for the pool, which knows other servers; the client would try for ever.
        settings.connectionPool.retryConnectionEstablishment = false
        // Room for the looks at a server's health beside its answers.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.limits.answersPerEndpoint + 2
        if let proxy = configuration.proxy { settings.proxy = Self.proxy(proxy) }
        longestRequest = .nanoseconds(Int64(configuration.timeouts.totalSeconds * 1e9))
        client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
    }

    deinit { client.shutdown { _ in } }

    /// What to call a server in messages: its host and port.
    package func name(of endpoint: Int) -> String { servers[endpoint].name }

    /// Sends a JSON body and returns the stream that answers it. Ending its iteration early closes the connection.
    private func post(
        _ path: String, _ body: [UInt8], to endpoint: Int, accepting type: String = "text/event-stream"
    ) async throws -> HTTPClientResponse.Body {
        var request = request(path, of: servers[endpoint])
        request.method = .POST
        request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        request.headers.replaceOrAdd(name: "Accept", value: type)
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await send(request, to: endpoint).body
    }

    /// Asks for an answer and passes its pieces on, up to the end of the stream.
    ///
    /// - Parameters:
    ///   - onChunk: called for every piece; false ends the reading and closes the connection.
    ///   - onDone: called when the server says that the answer is whole. Until it ends the stream, too, the connection
    ///     cannot be used again.
    /// - Throws: a `RemoteFault`, for a status other than 200 and an error inside the stream too; `CancellationError`.
    package func complete(
        _ body: [UInt8], at endpoint: Int, onChunk: (ChatChunk) throws -> Bool, onDone: () throws -> Void = {}
    ) async throws {
        do {
            var splitter = EventSplitter()
            var isDone = false
            for try await part in try await post("chat/completions", body, to: endpoint) where !isDone {
                for event in try splitter.push(part.readableBytesView) where !isDone {
                    isDone = event.elementsEqual("[DONE]".utf8)
                    if isDone { try onDone() } else if try !onChunk(try ChatChunk(parsing: event)) { return }
                }
            }
            try Task.checkCancellation()
        } catch {
            throw fault(error, endpoint)
        }
    }

    /// Fetches a JSON value.
    ///
    /// - Parameter path: behind the address; with a slash in front, beside its `v1`.
    /// - Throws: a `RemoteFault`, for a status other than 200 too; `CancellationError`.
    package func fetch(_ path: String, from endpoint: Int) async throws -> JSONValue {
        let response = try await send(request(path, of: servers[endpoint]), to: endpoint)
        return try await value(response.body, path, endpoint)
    }

    /// Sends a JSON body and returns the JSON value that answers it.
    ///
    /// - Parameter path: behind the address; with a slash in front, beside its `v1`.
    /// - Throws: a `RemoteFault`, for a status other than 200 too; `CancellationError`.
    package func ask(_ path: String, _ body: [UInt8], at endpoint: Int) async throws -> JSONValue {
        try await value(try await post(path, body, to: endpoint, accepting: "application/json"), path, endpoint)
    }

    private func value(_ body: HTTPClientResponse.Body, _ path: String, _ endpoint: Int) async throws -> JSONValue {
        do {
            return try JSONValue(parsing: try await read(body, limit: Self.shortAnswerBytes))
        } catch let error as JSONError {
            throw RemoteFault(.malformed, "answers \(path) with something else than JSON: \(error)")
        } catch {
            throw fault(error, endpoint)
        }
    }

    /// Looks whether a server is there: any answer below 500 says so.
    ///
    /// - Throws: a `RemoteFault` when it is not; `CancellationError`.
    package func look(_ path: String, at endpoint: Int) async throws {
        do {
            _ = try await read(send(request(path, of: servers[endpoint]), to: endpoint).body, limit: Self.errorBytes)
        } catch let fault as RemoteFault where !fault.isServersFault {
            return
        } catch {
            throw fault(error, endpoint)
        }
    }

    // MARK: Requests

    private func request(_ path: String, of server: RemoteServer) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: path.hasPrefix("/") ? server.root + path : "\(server.address)/\(path)")
        request.headers = server.headers
        return request
    }

    /// The fault that an error is which came on the way, without the secrets that a server may have repeated.
    private func fault(_ error: any Error, _ endpoint: Int) -> any Error {
        guard var fault = RemoteFault(onTheWay: error) else { return CancellationError() }
        fault.message = servers[endpoint].withoutSecrets(fault.message)
        return fault
    }

    private func send(_ request: HTTPClientRequest, to endpoint: Int) async throws -> HTTPClientResponse {
        do {
            let response = try await client.execute(request, timeout: longestRequest)
            guard response.status != .ok else { return response }
            let wait = response.headers.first(name: "Retry-After").flatMap {
                RemoteFault.retryAfter($0, since: Date().timeIntervalSince1970)
            }
            let said = try await read(response.body, limit: Self.errorBytes)
            throw RemoteFault(status: Int(response.status.code), body: said, retryAfter: wait)
        } catch {
            throw fault(error, endpoint)
        }
    }

    /// Reads a body to its end, or to a limit.
    private func read(_ body: HTTPClientResponse.Body, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in body {
            bytes += part.readableBytesView.prefix(limit - bytes.count)
            if bytes.count == limit { break }
        }
        try Task.checkCancellation()
        return bytes
    }

    private static func proxy(_ proxy: RemoteConfiguration.Proxy) -> HTTPClient.Configuration.Proxy {
        switch proxy.kind {
        case .socks: .socksServer(host: proxy.host, port: proxy.port)
        case .http:
            .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.user.map {
                    .basic(username: $0, password: proxy.password?.text ?? "")
                })
        }
    }
}
