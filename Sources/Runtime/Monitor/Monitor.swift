internal import JSON
internal import Linux
internal import OCI

/// One container's companion: starts it, keeps its log and its terminal, records how it ended, starts it again where its
/// policy says so, cleans up, and ends.
package struct MonitorOptions: Sendable {
    package var id = ""
    package var bundle = ""
    /// The stream socket to the one who started it.
    package var control: CInt = 3
    /// There is nothing to start yet: a byte over that socket says that there is.
    package var waits = false
    package var interactive = false
    /// It is in a plain user's own namespace: the ids of the configuration, which are the host's, have others here.
    package var isAmongNetworks = false
    package var usesReaper = false
    package var output = ContainerOutput.none
    package var exitFile: String?
    /// Whether the exit has to survive a power cut; not for a container that is removed at once.
    package var exitIsDurable = true
    /// Run when the container has ended and the one who started it is no longer there.
    package var exitCommand: [String] = []
    /// Directories of the bundle that stay open until the one who started the container has gone, which takes them away: what it takes to
    /// free them on the disk is then done here, and nobody waits.
    package var heldDirectories: [String] = []
    package var eventLog: EventLog?
    package var filterCache: String?
    /// The first start brings the container back from here.
    package var restore: CriuOptions?

    package init() {}
}

package struct Monitor {
    private let options: MonitorOptions
    private let root: StateRoot
    private let clients: MonitorClients
    private let signals: SharedDescriptor
    /// For the first start.
    private var host: CgroupHost?
    private let network: ContainerNetwork
    private var restarts: Restarts

    /// Runs the container from start to end; returns when everything is recorded and cleaned up.
    package static func run(_ options: MonitorOptions, root: StateRoot) throws(RuntimeError) {
        Signals.ignorePipe()
        Processes.setName("hako-monitor")
        try? Processes.becomeSubreaper()
        // What takes a while and needs no bundle. Why it fails the start will tell.
        let host = try? CgroupHost.detect(rootless: !Privilege.isOverHost)
        if options.waits, !mayBegin(options.control) { return }
        let clients = MonitorClients(control: Descriptor(owning: options.control))
        do throws(RuntimeError) {
            let signals = try explaining("take signals") { () throws(SystemError) in
                SharedDescriptor(try Signals.descriptor(for: [Signals.terminate, Signals.interrupt, Signals.hangUp]))
            }
            var monitor = Monitor(options, root, clients, signals, host)
            try monitor.accompany(try monitor.start(options.restore))
        } catch {
            clients.send(.failed(code: error.kind.rawValue, message: error.message))
            clients.flushAll()
        }
    }

    private static func mayBegin(_ control: CInt) -> Bool {
        let told = Descriptor.lending(control) { (socket) in (try? socket.read(upTo: 1)) ?? [] }
        return !told.isEmpty
    }

    private init(
        _ options: MonitorOptions, _ root: StateRoot, _ clients: MonitorClients, _ signals: SharedDescriptor, _ host: CgroupHost?
    ) {
        self.options = options
        self.root = root
        self.clients = clients
        self.signals = signals
        self.host = host
        network = ContainerNetwork(id: options.id, bundle: options.bundle, root: root)
        restarts = Restarts(bundle: options.bundle)
    }

    private var policy: MonitorPolicy {
        guard let bytes = try? File.read(MonitorPolicy.path(options.bundle), limit: 1 << 20) else { return MonitorPolicy() }
        return (try? MonitorPolicy(parsing: bytes)) ?? MonitorPolicy()
    }

    private func report(_ action: String, _ attributes: [String: String] = [:]) {
        options.eventLog?.write(Event("container", action, id: options.id, attributes))
    }

    // MARK: Start

    /// - Parameter restore: in place of a launch.
    private mutating func start(_ restore: CriuOptions? = nil) throws(RuntimeError) -> ContainerLife {
        let streams = try ContainerStreams(interactive: options.interactive, output: options.output)
        var request = ContainerLaunch.Request(id: options.id, bundle: options.bundle)
        request.usesReaper = options.usesReaper
        request.translatesIDs = options.isAmongNetworks
        request.filterCache = options.filterCache
        request.cgroupHost = host.take()
        request.awaitsDevices = network.isPlanned
        request.standard = streams.inner
        let launch = try begin(request, restore)
        streams.started(terminal: launch.terminal)
        clients.listen(at: launch.directory.attachSocket)
        for warning in launch.warnings { clients.send(.warning(warning)) }
        clients.send(.started(pid: launch.state.pid))
        report(restore == nil ? "start" : "restore")
        let policy = policy
        let health = policy.health.map { HealthWatch($0, id: options.id, root: root.path, bundle: options.bundle) }
        return ContainerLife(launch, streams, clients, policy, health, network, report: report)
    }

    private func begin(
        _ request: ContainerLaunch.Request, _ restore: CriuOptions?
    ) throws(RuntimeError) -> ContainerLaunch {
        guard let restore else { return try begin(request) }
        var restoring = Restore.Request(request)
        restoring.criu = restore
        let launch = try Restore.begin(restoring, root: root)
        // Until here it was the checkpoint's, and would be again.
        try? File.remove(options.exitFile ?? "")
        return launch
    }

    private func begin(_ request: ContainerLaunch.Request) throws(RuntimeError) -> ContainerLaunch {
        try ContainerLaunch.begin(
            request, root: root, connect: { (pid) throws(RuntimeError) in try network.connect(pid) },
            disconnect: { _ = network.disconnect() })
    }

    // MARK: End

    private enum Attempt {
        case runs(ContainerLife)
        /// It could not be started again.
        case failed(RuntimeError)
    }

    /// From one start to the end after which it is not started again.
    private mutating func accompany(_ first: ContainerLife) throws(RuntimeError) {
        var attempt = Attempt.runs(first)
        while true {
            let began = Trace.now()
            var end = ExitRecord()
            end.startedAt = WallClock.now()
            var life: ContainerLife?
            switch attempt {
            case .runs(var running):
                end.startedAt = running.state.created
                let signals = signals
                end.exitCode = try explaining("watch the container") { () throws(SystemError) in
                    try running.accompany(signals.descriptor)
                }
                life = running
            case .failed(let error):
                end.exitCode = Int32(error.kind.rawValue)
                end.error = error.message
            }
            guard finish(life, end, ran: Trace.now() - began) else { return }
            attempt = startAgain()
        }
    }

    private mutating func startAgain() -> Attempt {
        do throws(RuntimeError) {
            let life = try start()
            // How it ended last time says nothing any more.
            try? File.remove(options.exitFile ?? "")
            return .runs(life)
        } catch {
            return .failed(error)
        }
    }

    /// Everything is recorded and gone before anyone is told.
    ///
    /// - Returns: whether it starts again, after the wait that is due before.
    private mutating func finish(_ life: ContainerLife?, _ ended: ExitRecord, ran: UInt64) -> Bool {
        var end = ended
        let cgroup = life?.state.cgroup
        end.signal = end.exitCode > 128 ? end.exitCode - 128 : nil
        let isCheckpoint = life.map { CheckpointRecord.isEnd(of: $0.state, code: end.exitCode) } ?? false
        if isCheckpoint { (end.exitCode, end.signal, end.checkpointed) = (0, nil, true) }
        end.outOfMemory = end.exitCode == 128 + Signals.kill && ((try? cgroup?.oomKills()) ?? 0) > 0
        end.finishedAt = WallClock.now()
        var failures: [String] = []
        do throws(RuntimeError) { try cgroup?.remove() } catch { failures.append(error.message) }
        if life != nil, let failure = network.disconnect() { failures.append(failure) }
        life?.drain()
        let spare = record(end, &failures)
        let delay = restarts.next(
            after: end.exitCode, isCheckpoint ? nil : policy.restart, ran: ran,
            isForced: !isCheckpoint && life?.mustRestart ?? false)
        if let directory = try? root.directory(of: options.id) { directory.remove(keeping: spare) }
        if end.outOfMemory { report("oom") }
        report(isCheckpoint ? "checkpoint" : "die", isCheckpoint ? [:] : ["exitCode": "\(end.exitCode)"])
        for failure in failures { clients.send(.warning(failure)) }
        let told = clients.hasControl
        let held = delay == nil && told ? holdDirectories() : []
        clients.send(.exited(code: end.exitCode, outOfMemory: end.outOfMemory))
        clients.flushAll()
        if let delay {
            clients.letGo()
            guard restarts.wait(delay, signals.descriptor) else { return false }
            report("restart")
            return true
        }
        if !held.isEmpty { withExtendedLifetime(held) { clients.awaitControlsEnd() } }
        // Who has the checkpoint written takes a --rm container away, after the export.
        if !told, !isCheckpoint, let program = options.exitCommand.first {
            _ = try? HelperProgram(path: program, arguments: options.exitCommand).run()
        }
        return false
    }

    private func holdDirectories() -> [SharedDescriptor] {
        guard !options.heldDirectories.isEmpty, let bundle = try? File.open(options.bundle, [.path, .directory]) else {
            return []
        }
        let inside: ResolveFlags = [.inRoot, .noMagicLinks, .noSymlinks, .noCrossDevice]
        var held = options.heldDirectories.compactMap { name in
            SharedDescriptor?(try? bundle.openInRoot(name, [.path, .directory], resolve: inside))
        }
        held.append(SharedDescriptor(bundle))
        return held
    }

    /// Writes down how it ended, where it lasts; where the disk takes no more, in the state directory.
    ///
    /// - Returns: the name of the file there.
    private func record(_ end: ExitRecord, _ failures: inout [String]) -> String? {
        guard let path = options.exitFile else { return nil }
        do throws(SystemError) {
            try File.replace(path, with: end.json.bytes(), mode: 0o600, durable: options.exitIsDurable)
            return nil
        } catch {
            failures.append("cannot record the exit: \(error)")
        }
        guard let directory = try? root.directory(of: options.id) else { return nil }
        let spare = ExitRecord.path(directory.path)
        guard (try? File.replace(spare, with: end.json.bytes(), mode: 0o600, durable: false)) != nil else { return nil }
        return ExitRecord.name
    }
}
