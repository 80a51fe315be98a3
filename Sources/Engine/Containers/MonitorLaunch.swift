internal import Linux
internal import Networks
internal import Runtime

/// Starts a container's monitor, which starts the container and stays with it.
package struct MonitorLaunch {
    let engine: Engine
    let record: ContainerRecord
    let settings: ContainerSettings
    /// Flags that make the monitor bring the container back, in place of a start.
    var restore: [String] = []

    package init(_ engine: Engine, _ record: ContainerRecord, _ settings: ContainerSettings) {
        self.engine = engine
        self.record = record
        self.settings = settings
    }

    /// Starts a container that was there before: what an earlier start left is taken away first.
    package func startAgain() throws(EngineError) -> Attachment {
        try engine.startRequired(by: settings)
        if case .exited = try engine.status(record.id) { try ContainerRemoval.clearState(record.id, engine) }
        try engine.renewAddresses(record)
        let bundle = engine.locations.bundle(record.id)
        for record in [ExitRecord.path, RestartRecord.path, HealthRecord.path] { try? File.remove(record(bundle)) }
        StopMark.clear(in: bundle)
        // Tells a container that was never started from one whose end nobody recorded.
        try attempt("write \(bundle)/started") { () throws(SystemError) in
            _ = try File.open("\(bundle)/started", [.write, .create, .noFollow], mode: 0o600)
        }
        return try start()
    }

    /// The same for one that comes back. How it ended stays on record until it has.
    func restoreAgain() throws(EngineError) -> Attachment {
        if case .exited = try engine.status(record.id) { try ContainerRemoval.clearState(record.id, engine) }
        let bundle = engine.locations.bundle(record.id)
        for record in [RestartRecord.path, HealthRecord.path] { try? File.remove(record(bundle)) }
        StopMark.clear(in: bundle)
        try attempt("write \(bundle)/started") { () throws(SystemError) in
            _ = try File.open("\(bundle)/started", [.write, .create, .noFollow], mode: 0o600)
        }
        return try start()
    }

    /// Starts the container. What the monitor says of it comes over the attachment.
    ///
    /// - Parameter waiting: the monitor, where it was spawned before.
    package func start(_ waiting: WaitingMonitor? = nil) throws(EngineError) -> Attachment {
        if settings.shared != nil { try engine.requireShared(by: settings, record) }
        guard let socket = waiting?.take() else { return Attachment(socket: try spawn(try networkWords())) }
        try attempt("reach the container's monitor") { () throws(SystemError) in
            try Sockets.send([WaitingMonitor.go], on: socket)
        }
        return Attachment(socket: socket)
    }

    /// Spawns the monitor while there is no bundle yet: until it is told to start, and while that is made, it gets ready.
    func spawnWaiting() throws(EngineError) -> WaitingMonitor { WaitingMonitor(try spawn(["--wait"])) }

    /// The monitor has a session of its own.
    ///
    /// - Returns: the socket to it.
    private func spawn(_ first: [String]) throws(EngineError) -> Descriptor {
        let bundle = engine.locations.bundle(record.id)
        let program = try Self.runtimeProgram()
        return try Trace.purpose("start the container's monitor") { () throws(EngineError) in
            try attempt("start \(program)") { () throws(SystemError) in
                let sockets = try Sockets.pair(.stream)
                let null = try File.open("/dev/null", .readWrite)
                var descriptors: [CInt: CInt] = [0: null.raw, 1: null.raw, 2: null.raw, 3: sockets.far.raw]
                if settings.log?.driver == "passthrough" { for stream: CInt in 0...2 { descriptors[stream] = stream } }
                var environment: [String]?
                if let trace = Trace.handoverAsDescriptor(4) {
                    descriptors[4] = trace.sink
                    environment = Environment.all.filter { !$0.hasPrefix("HAKO_TRACE=") } + ["HAKO_TRACE=\(trace.text)"]
                }
                let spawn = Spawn(
                    path: program, arguments: [program] + arguments(bundle, first), environment: environment,
                    descriptors: descriptors,
                    newSession: true)
                _ = try spawn.start()
                return sockets.keepNear()
            }
        }
    }

    /// A plain user's container on networks of hako's is made where these are.
    private func networkWords() throws(EngineError) -> [String] {
        guard UserNetworks.areNeeded, NetworkPlan.read(record.id, in: engine.locations)?.attachments.isEmpty == false else {
            return []
        }
        return ["--enter", "\(try UserNetworks(engine).ensure())"]
    }

    private func arguments(_ bundle: String, _ first: [String]) -> [String] {
        let locations = engine.locations
        var words = [
            "--root", locations.state, "monitor", "--bundle", bundle, "--control-fd", "3", "--exit-file",
            ExitRecord.path(bundle),
            "--events", locations.events,
        ]
        words += first + logWords(bundle) + restore
        if settings.interactive { words.append("--interactive") }
        if settings.reaper { words.append("--init") }
        if record.removes {
            words.append("--exit-not-durable")
            for name in ContainerRemoval.usualDirectories { words += ["--hold", name] }
            let own = (try? File.readLink("/proc/self/exe")) ?? "hako"
            for word in [own, "--root", locations.root, "--state", locations.state, "container", "cleanup", record.id] {
                words += ["--exit-command", word]
            }
        }
        return words + [record.id]
    }

    private func logWords(_ bundle: String) -> [String] {
        let log = settings.log ?? LogRequest()
        var words = ["--log-driver", log.driver]
        if log.form != nil {
            words += [
                "--container-log", "\(bundle)/container.log", "--container-log-size", "\(log.maxSize)", "--container-log-files",
                "\(log.maxFiles)",
            ]
        }
        guard log.driver == "journald" else { return words }
        let fields = [
            "CONTAINER_ID=\(record.shortID)", "CONTAINER_ID_FULL=\(record.id)", "CONTAINER_NAME=\(record.name)",
            "CONTAINER_TAG=\(log.tag ?? record.shortID)", "IMAGE_NAME=\(record.image)",
            "SYSLOG_IDENTIFIER=\(log.tag ?? record.name)",
        ]
        return words + fields.flatMap { ["--journal-field", $0] }
    }

    /// Whether it need not know how the container is connected.
    static func canWait(_ networks: ContainerNetworks) -> Bool { !UserNetworks.areNeeded || networks.claims.isEmpty }

    /// hako-runtime: beside hako itself, or in PATH.
    package static func runtimeProgram() throws(EngineError) -> String { try program("hako-runtime") }

    /// A program of hako's: beside this one, or in PATH.
    static func program(_ name: String) throws(EngineError) -> String {
        if let own = try? File.readLink("/proc/self/exe"), let slash = own.lastIndex(of: "/") {
            let beside = "\(own[..<slash])/\(name)"
            if File.exists(beside) { return beside }
        }
        for directory in (Environment.value("PATH") ?? "").split(separator: ":") where directory.hasPrefix("/") {
            if File.exists("\(directory)/\(name)") { return "\(directory)/\(name)" }
        }
        throw EngineError("\(name) is neither beside hako nor in PATH; install it there")
    }
}

/// A monitor that waits to be told that there is something to start. It ends when this goes before.
package final class WaitingMonitor {
    /// What it is told.
    static let go: UInt8 = 1

    private var socket: Descriptor?

    init(_ socket: consuming Descriptor) { self.socket = consume socket }

    func take() -> Descriptor? { socket.take() }
}
