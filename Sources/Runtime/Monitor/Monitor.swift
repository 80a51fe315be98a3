internal import JSON
internal import Linux
internal import OCI

/// One container's companion: starts it, keeps its log and its terminal, records how it ended, cleans up, and ends.
package struct MonitorOptions: Sendable {
    package var id = ""
    package var bundle = ""
    /// The stream socket to the one who started it.
    package var control: CInt = 3
    package var interactive = false
    package var usesReaper = false
    package var log: ContainerLog.Options?
    package var exitFile: String?
    /// Whether the exit has to survive a power cut; not for a container that is removed at once.
    package var exitIsDurable = true
    /// Run when the container has ended and the one who started it is no longer there.
    package var exitCommand: [String] = []
    package var filterCache: String?

    package init() {}
}

package struct Monitor {
    private let options: MonitorOptions
    private let root: StateRoot
    private let streams: ContainerStreams
    private let clients: MonitorClients
    private var pid: Int32 = 0
    private var startedAt = ""

    /// Runs the container from start to end; returns when everything is recorded and cleaned up.
    package static func run(_ options: MonitorOptions, root: StateRoot) throws(RuntimeError) {
        Signals.ignorePipe()
        Processes.setName("hako-monitor")
        try? Processes.becomeSubreaper()
        let clients = MonitorClients(control: Descriptor(owning: options.control))
        do throws(RuntimeError) {
            let streams = try ContainerStreams(interactive: options.interactive, log: options.log)
            var request = ContainerLaunch.Request(id: options.id, bundle: options.bundle)
            request.usesReaper = options.usesReaper
            request.filterCache = options.filterCache
            request.standard = streams.inner
            let launch = try ContainerLaunch.begin(request, root: root)
            streams.started(terminal: launch.terminal)
            for warning in launch.warnings { clients.send(.warning(warning)) }
            clients.send(.started(pid: launch.state.pid))
            var monitor = Monitor(options: options, root: root, streams: streams, clients: clients)
            try monitor.accompany(launch.state, launch.directory)
        } catch {
            clients.send(.failed(code: error.kind.rawValue, message: error.message))
            clients.flushAll()
        }
    }

    private init(
        options: MonitorOptions, root: StateRoot, streams: ContainerStreams, clients: MonitorClients
    ) {
        self.options = options
        self.root = root
        self.streams = streams
        self.clients = clients
    }

    // MARK: The loop

    private mutating func accompany(_ state: RuntimeState, _ directory: StateDirectory) throws(RuntimeError) {
        pid = state.pid
        startedAt = state.created
        clients.listen(at: directory.attachSocket)
        let code = try explaining("watch the container") { () throws(SystemError) in
            let process = try Processes.open(pid)
            let signals = try Signals.descriptor(for: [Signals.terminate, Signals.interrupt, Signals.hangUp])
            while true {
                var poll = Poll()
                let processIndex = poll.watch(process.raw, .readable)
                let signalIndex = poll.watch(signals.raw, .readable)
                streams.watch(in: &poll, reading: clients.hasRoom)
                clients.watch(in: &poll)
                _ = try poll.wait()
                for message in streams.transfer(poll) { clients.send(message) }
                for message in clients.serve(poll) { handle(message) }
                if poll[signalIndex].contains(.readable) {
                    while let number = Signals.next(from: signals) { try? Processes.signal(process, number) }
                }
                if !poll[processIndex].isEmpty { return try Processes.wait(for: pid) }
            }
        }
        finish(code, state, directory)
    }

    private mutating func handle(_ message: MonitorMessage) {
        switch message {
        case .input(let bytes): streams.offer(bytes)
        case .inputClosed: streams.closeInput()
        case .resize(let columns, let rows): streams.resize(columns: columns, rows: rows)
        case .signal(let number):
            if (1...Signals.highest).contains(number) { try? Processes.kill(pid, number) }
        default: break
        }
    }

    /// Everything is recorded and gone before anyone is told.
    private mutating func finish(_ code: Int32, _ state: RuntimeState, _ directory: StateDirectory) {
        let outOfMemory = code == 128 + Signals.kill && ((try? state.cgroup?.oomKills()) ?? 0) > 0
        var failure: String?
        do throws(RuntimeError) { try state.cgroup?.remove() } catch { failure = error.message }
        for message in streams.drain() { clients.send(message) }
        if let path = options.exitFile {
            var record = ExitRecord()
            record.exitCode = code
            record.signal = code > 128 ? code - 128 : nil
            record.outOfMemory = outOfMemory
            record.startedAt = startedAt
            record.finishedAt = WallClock.now()
            do throws(SystemError) {
                try File.replace(path, with: record.json.bytes(), mode: 0o600, durable: options.exitIsDurable)
            } catch { failure = "cannot record the exit: \(error)" }
        }
        directory.remove()
        if let failure { clients.send(.warning(failure)) }
        let told = clients.hasControl
        clients.send(.exited(code: code, outOfMemory: outOfMemory))
        clients.flushAll()
        if !told, let program = options.exitCommand.first {
            _ = try? HelperProgram(path: program, arguments: options.exitCommand).run()
        }
    }
}
