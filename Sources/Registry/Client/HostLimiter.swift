/// How many large bodies one host sends at once.
actor HostLimiter {
    static let connections = 6
    private var busy: [String: Int] = [:]
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// Runs `body` when fewer than six others of the host run.
    nonisolated func limited<Result: Sendable>(_ host: String, _ body: @Sendable () async throws -> Result) async throws -> Result
    {
        await enter(host)
        do {
            try Task.checkCancellation()
            let result = try await body()
            await leave(host)
            return result
        } catch {
            await leave(host)
            throw error
        }
    }

    private func enter(_ host: String) async {
        guard busy[host, default: 0] >= Self.connections else {
            busy[host, default: 0] += 1
            return
        }
        await withCheckedContinuation { waiting[host, default: []].append($0) }
    }

    /// Hands the place to whoever waits longest.
    private func leave(_ host: String) {
        guard var queue = waiting[host], !queue.isEmpty else {
            busy[host, default: 1] -= 1
            return
        }
        queue.removeFirst().resume()
        waiting[host] = queue
    }
}
