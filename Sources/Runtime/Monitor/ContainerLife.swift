internal import Linux

/// A container from one start to its end: carries its streams, passes signals on, checks its health.
struct ContainerLife {
    private let launch: ContainerLaunch
    private let streams: ContainerStreams
    private let clients: MonitorClients
    private let policy: MonitorPolicy
    private let health: HealthWatch?
    /// Tells what happened.
    private let report: (String, [String: String]) -> Void
    /// When SIGKILL follows, for one that was asked to end because it is not well.
    private var killTime: UInt64?
    /// The container is not well and is to start again, whatever its policy.
    private(set) var mustRestart = false

    var pid: Int32 { launch.state.pid }
    var state: RuntimeState { launch.state }

    init(
        _ launch: ContainerLaunch, _ streams: ContainerStreams, _ clients: MonitorClients, _ policy: MonitorPolicy,
        _ health: HealthWatch?, report: @escaping (String, [String: String]) -> Void
    ) {
        self.launch = launch
        self.streams = streams
        self.clients = clients
        self.policy = policy
        self.health = health
        self.report = report
    }

    /// - Returns: the exit code, or 128 and the signal.
    mutating func accompany(_ signals: borrowing Descriptor) throws(SystemError) -> Int32 {
        defer { health?.stop() }
        let process = try Processes.open(pid)
        while true {
            var poll = Poll()
            let processIndex = poll.watch(process.raw, .readable)
            let signalIndex = poll.watch(signals.raw, .readable)
            streams.watch(in: &poll, reading: clients.hasRoom)
            clients.watch(in: &poll)
            health?.watch(in: &poll)
            _ = try poll.wait(milliseconds: timeout)
            for message in streams.transfer(poll) { clients.send(message) }
            for message in clients.serve(poll) { handle(message) }
            if poll[signalIndex].contains(.readable) {
                while let number = Signals.next(from: signals) { try? Processes.signal(process, number) }
            }
            if !poll[processIndex].isEmpty { return try Processes.wait(for: pid) }
            look(poll)
        }
    }

    /// What was written before the end and not read yet.
    func drain() { for message in streams.drain() { clients.send(message) } }

    private func handle(_ message: MonitorMessage) {
        switch message {
        case .input(let bytes): streams.offer(bytes)
        case .inputClosed: streams.closeInput()
        case .resize(let columns, let rows): streams.resize(columns: columns, rows: rows)
        case .signal(let number):
            if (1...Signals.highest).contains(number) { try? Processes.kill(pid, number) }
        default: break
        }
    }

    // MARK: Health

    /// Milliseconds until something is due; -1 for nothing.
    private var timeout: Int32 {
        guard let next = [health?.deadline, killTime].compactMap({ $0 }).min() else { return -1 }
        let now = Trace.now()
        return next <= now ? 0 : Int32(clamping: (next - now) / 1_000_000 + 1)
    }

    private mutating func look(_ poll: Poll) {
        if let killTime, Trace.now() >= killTime {
            try? Processes.kill(pid, Signals.kill)
            self.killTime = nil
        }
        let cgroup = launch.state.cgroup
        guard let status = health?.advance(poll, isPaused: { cgroup?.isFrozen == true }) else { return }
        report("health_status", ["health": status.rawValue])
        if status == .unhealthy { act(policy.health?.action ?? .none) }
    }

    private mutating func act(_ action: HealthCheck.Action) {
        switch action {
        case .none: return
        case .kill: try? Processes.kill(pid, Signals.kill)
        case .restart, .stop:
            mustRestart = action == .restart
            if action == .stop { StopMark.set(in: launch.state.bundle) }
            try? Processes.kill(pid, policy.stopSignal ?? Signals.terminate)
            killTime = Trace.now() + UInt64(max(policy.stopTimeout ?? 10, 0)) * 1_000_000_000
        }
    }
}

/// Somebody asked the container to end: it does not start again by itself. The file `stopped` in the bundle.
package enum StopMark {
    package static func path(_ bundle: String) -> String { "\(bundle)/stopped" }
    package static func isSet(in bundle: String) -> Bool { File.exists(path(bundle)) }

    /// Only where there is a policy that would start it again.
    package static func set(in bundle: String) {
        guard File.exists(MonitorPolicy.path(bundle)) else { return }
        try? File.replace(path(bundle), with: [], mode: 0o600, durable: true)
    }

    package static func clear(in bundle: String) { try? File.remove(path(bundle)) }
}
