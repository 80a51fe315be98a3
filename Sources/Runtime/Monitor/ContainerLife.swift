internal import Linux

/// A container from one start to its end: carries its streams, passes signals on, checks its health.
struct ContainerLife {
    private let launch: ContainerLaunch
    private let streams: ContainerStreams
    private let clients: MonitorClients
    private let policy: MonitorPolicy
    private let health: HealthWatch?
    private let network: ContainerNetwork
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
        _ health: HealthWatch?, _ network: ContainerNetwork, report: @escaping (String, [String: String]) -> Void
    ) {
        self.launch = launch
        self.streams = streams
        self.clients = clients
        self.policy = policy
        self.health = health
        self.network = network
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
            network.watch(in: &poll)
            _ = try poll.wait(until: deadline)
            for message in streams.transfer(poll) { clients.send(message) }
            for message in clients.serve(poll) { handle(message) }
            if poll[signalIndex].contains(.readable) {
                while let number = Signals.next(from: signals) { try? Processes.signal(process, number) }
            }
            if !poll[processIndex].isEmpty { return try Processes.wait(for: pid) }
            look(poll)
            network.look(poll)
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
        case .networksChanged:
            do throws(RuntimeError) {
                try network.changed()
                clients.send(.networksFollowed(""))
            } catch {
                clients.send(.networksFollowed(error.message))
            }
        default: break
        }
    }

    // MARK: Health

    /// When something is due; nil for nothing.
    private var deadline: UInt64? { [health?.deadline, killTime].compactMap { $0 }.min() }

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
