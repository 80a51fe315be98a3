internal import Images
internal import Linux
internal import Networks
internal import OCI
internal import Runtime

/// Writing a container's processes to disk: the runtime's work, by CRIU; the container's monitor sees its end, and knows it for
/// one that can be undone.
package struct ContainerCheckpoint {
    package struct Request: Sendable {
        package var leavesRunning = false
        /// CRIU's logs and statistics stay.
        package var keepsLogs = false
        package var tcpEstablished = false
        package var externalUnixSockets = false
        package var fileLocks = false
        /// An archive to write as well.
        package var export: String?
        package var ignoresVolumes = false
        package var ignoresRoot = false

        package init() {}
    }

    private let engine: Engine
    private let record: ContainerRecord
    private let settings: ContainerSettings
    private let spec: Spec
    private var bundle: String { engine.locations.bundle(record.id) }

    package init(_ engine: Engine, _ record: ContainerRecord) throws(EngineError) {
        self.engine = engine
        self.record = record
        settings = try Engine.settings(record)
        spec = try engine.spec(of: record)
    }

    package func write(_ request: Request) throws(EngineError) {
        guard case .running = try engine.status(record.id) else {
            throw EngineError("container \(record.name) is not running: there is nothing to write a checkpoint of")
        }
        try refuse(request)
        if let network = NetworkPlan.read(record.id, in: engine.locations)?.attachments.first?.network {
            throw EngineError(
                "container \(record.name) is connected to network \(network.name): checkpoints of containers on networks of hako's "
                    + "are not supported yet; use --network none or host")
        }
        let lock = try Self.lock(bundle, record)
        defer { withExtendedLifetime(lock.raw) {} }
        let stage = CheckpointRecord.stage(bundle)
        try ContainerRemoval.removeTree(stage, engine)
        var attachment = try? Attachment.connect(engine.locations, record.id)
        try dump(request, stage)
        if !request.leavesRunning, let attachment = attachment.take(), !attachment.drain(milliseconds: 60_000) {
            throw EngineError("the checkpoint of \(record.name) is written, but its monitor does not end; see hako ps")
        }
        // An earlier one, which has changed places with this.
        try ContainerRemoval.removeTree(stage, engine)
        if let path = request.export { try CheckpointArchive(engine, record, spec).write(request, to: path) }
        if !request.keepsLogs { Self.removeLogs(CheckpointRecord.directory(bundle)) }
        if request.leavesRunning { engine.report("checkpoint", record) }
        if record.removes, !request.leavesRunning { try ContainerRemoval.discard(record.id, engine) }
    }

    /// One at a time writes a container's checkpoint, or takes it away.
    static func lock(_ bundle: String, _ record: ContainerRecord) throws(EngineError) -> Descriptor {
        do throws(SystemError) {
            let directory = try File.open(bundle, [.read, .directory])
            try directory.lock(.exclusive, waits: false)
            return directory
        } catch {
            guard error.errno == .wouldBlock else { throw EngineError("lock \(bundle)", error) }
            throw EngineError("a checkpoint of container \(record.name) is being written or restored just now")
        }
    }

    static func removeLogs(_ images: String) {
        for name in ["dump.log", "stats-dump", "restore.log", "stats-restore"] { try? File.remove("\(images)/\(name)") }
    }

    /// What CRIU cannot do is said before anything is done.
    private func refuse(_ request: Request) throws(EngineError) {
        func refused(_ why: String) -> EngineError {
            EngineError("cannot write a checkpoint of container \(record.name): \(why)")
        }
        guard Engine.isPrivileged else { throw refused("that takes root") }
        if settings.terminal { throw refused("it has a terminal, which could not be restored") }
        if settings.reaper { throw refused("its init (--init) is hako's own, whose program is not in the container") }
        if settings.pod != nil { throw refused("it is what a pod consists of") }
        if settings.log?.driver == "passthrough" { throw refused("its output goes to streams that are gone afterwards") }
        if record.removes, request.export == nil, !request.leavesRunning {
            throw refused("it is removed when it ends (--rm); give --export FILE")
        }
        if settings.mounts?.contains(where: { $0.subPath != nil }) == true {
            throw refused("it has parts of volumes mounted (subPath), which CRIU could only find by name")
        }
        for namespace in spec.linux?.namespaces ?? [] {
            if namespace.type == .user { throw refused("CRIU restores none with a user namespace; run it with --userns=host") }
            if namespace.path?.isEmpty == false, namespace.type != .network {
                throw refused("it shares the \(namespace.type.rawValue) namespace of others")
            }
        }
        if let path = request.export {
            try CheckpointArchive(engine, record, spec).check(path)
        } else if request.ignoresVolumes || request.ignoresRoot {
            throw refused("--ignore-volumes and --ignore-rootfs are about the archive of --export")
        }
    }

    private func dump(_ request: Request, _ stage: String) throws(EngineError) {
        var words = ["checkpoint", "--image-path", stage, "--commit", CheckpointRecord.directory(bundle)]
        if request.leavesRunning { words.append("--leave-running") }
        if request.tcpEstablished { words.append("--tcp-established") }
        if request.externalUnixSockets { words.append("--ext-unix-sk") }
        if request.fileLocks { words.append("--file-locks") }
        let program = try MonitorLaunch.runtimeProgram()
        try Trace.purpose("write the container's processes to disk") { () throws(EngineError) in
            let pipe = try attempt("make a pipe") { () throws(SystemError) in try Pipes.make() }
            let complaints = Descriptor(owning: pipe.read)
            let child: Int32
            do {
                let end = Descriptor(owning: pipe.write)
                let arguments = [program, "--root", engine.locations.state] + words + [record.id]
                child = try attempt("start \(program)") { () throws(SystemError) in
                    let null = try File.open("/dev/null", .readWrite)
                    return try Spawn(
                        path: program, arguments: arguments, descriptors: [0: null.raw, 1: null.raw, 2: end.raw], newSession: true
                    ).start()
                }
            }
            let said = String(decoding: (try? complaints.readToEnd(limit: 64 << 10)) ?? [], as: UTF8.self)
            let code = try attempt("wait for hako-runtime") { () throws(SystemError) in try Processes.wait(for: child) }
            guard code != 0 else { return }
            let line = said.split(separator: "\n").last ?? "hako-runtime ended with \(code)"
            let prefix = "hako-runtime: "
            throw EngineError(String(line.hasPrefix(prefix) ? line.dropFirst(prefix.count) : line))
        }
    }
}
