// Looks at servers from time to time, so that one that came back is used again, and one that went away is known before
// an answer runs into it.

/// Looks at the servers of an engine.
struct HealthWatch: Sendable {
    let settings: RemoteConfiguration.Health
    let transport: HTTPTransport
    let pool: EndpointPool
    let clock: RemoteClock

    /// Looks until the task is cancelled; returns at once when nobody wants it to look.
    func run() async {
        guard settings.intervalSeconds > 0 else { return }
        while (try? await clock.sleep(.seconds(settings.intervalSeconds))) != nil {
            await withTaskGroup(of: Void.self) { group in
                for endpoint in pool.standings.indices { group.addTask { await look(at: endpoint) } }
            }
        }
    }

    private func look(at endpoint: Int) async {
        let watchdog = Watchdog(clock, limit: .seconds(settings.timeoutSeconds), lateness: "no sign of life")
        do {
            try await watchdog.run { try await transport.look(settings.path, at: endpoint) }
            pool.note(isHealthy: true, endpoint: endpoint)
        } catch is RemoteFault {
            pool.note(isHealthy: false, endpoint: endpoint)
        } catch {}  // cancelled: nothing was learnt
    }
}
