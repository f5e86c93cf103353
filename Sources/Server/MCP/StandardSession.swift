// One session over standard streams, from the first line to the last answer.
//
//     input ends     what is under way is finished and answered, unless nobody reads the answers any more
//     stop           what is under way is cancelled; nothing more is read
import Inference
import Logging
import ServiceLifecycle

/// Serves the client at the other end of the streams.
struct StandardSession: Service {
    let session: MCPSession
    let streams: StandardStreams
    private let stopped = HangUpSignal()

    init(server: MCPServer, streams: StandardStreams) {
        session = MCPSession(server: server, caller: .local)
        self.streams = streams
    }

    /// Ends the session from outside.
    func stop() {
        session.end()
        stopped.fire()
    }

    /// Returns when the client has gone, or after `stop`.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await answerAll() }
            group.addTask { await stopped.wait() }
            await group.next()
            group.cancelAll()
        }
        // What was cancelled says nothing more, but has jobs to end.
        await session.settled()
        await streams.flush()
    }

    private func answerAll() async {
        // Discarding: a session may last for days, and answered requests leave nothing behind.
        await withDiscardingTaskGroup { group in
            for await line in streams.lines() {
                guard let line else {
                    streams.send(RPC.error(.invalidRequest("the line is too long"), for: nil))
                    continue
                }
                let value: JSONValue
                do { value = try JSONValue(parsing: line) } catch {
                    streams.send(RPC.error(.parse("the line is not JSON: \(error)"), for: nil))
                    continue
                }
                guard let messages = session.take(value) else { continue }
                group.addTask { for await message in messages { streams.send(message) } }
            }
            guard !Task.isCancelled else { return }
            await withTaskGroup(of: Void.self) { watch in
                watch.addTask {
                    while !Task.isCancelled, !streams.isUnread { try? await Task.sleep(for: .milliseconds(200)) }
                    if !Task.isCancelled { session.end() }
                }
                await session.settled()
                watch.cancelAll()
            }
        }
    }
}
