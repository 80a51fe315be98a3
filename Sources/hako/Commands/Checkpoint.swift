internal import Engine
internal import Flags

/// What checkpoint and restore let CRIU do.
struct CriuFlags: FlagSet {
    var tcpEstablished = false
    var externalUnixSockets = false
    var fileLocks = false

    static let flags: [Flag<Self>] = [
        .toggle("tcp-established", help: "With connections that are open.") { $0.tcpEstablished = $1 },
        .toggle("ext-unix-sk", help: "With unix sockets whose other end is outside the container.") {
            $0.externalUnixSockets = $1
        },
        .toggle("file-locks", help: "With file locks.") { $0.fileLocks = $1 },
    ]
}

/// Writes containers' processes to disk, and ends them.
struct Checkpoint: HakoCommand {
    static let name = "checkpoint"
    static let summary = "Write containers' processes to disk, and end them: restore brings them back."
    static let words = "CONTAINER..."
    static let wordCount = 0...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            CriuFlags.flags.lifted { $1(&$0.criu) } + [
                .toggle("all", "a", help: "All containers that run.") { $0.all = $1 },
                .toggle("leave-running", "R", help: "Let the containers go on.") { $0.request.leavesRunning = $1 },
                .toggle("keep", "k", help: "Keep CRIU's logs and statistics.") { $0.request.keepsLogs = $1 },
                .value("export", "e", of: "FILE", help: "Write a tar as well, for restore --import anywhere.") {
                    $0.request.export = $1
                },
                .value("compress", "c", of: "KIND", help: "Of --export: none is what there is.") { $0.compress = $1 },
                .toggle("ignore-rootfs", help: "Of --export: without what the container wrote.") { $0.request.ignoresRoot = $1 },
                .toggle("ignore-volumes", help: "Of --export: without the volumes' files.") { $0.request.ignoresVolumes = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var criu = CriuFlags()
    var request = ContainerCheckpoint.Request()
    var all = false
    var compress = "none"

    func run() throws -> Int32 {
        guard all != !words.isEmpty else { throw UsageError("name containers, or give --all") }
        guard compress == "none" else {
            throw EngineError.value("--compress", compress, "only none is supported; compress the file")
        }
        guard request.export == nil || words.count == 1 else { throw UsageError("--export takes one container") }
        var request = request
        request.tcpEstablished = criu.tcpEstablished
        request.externalUnixSockets = criu.externalUnixSockets
        request.fileLocks = criu.fileLocks
        let engine = try globals.engine()
        let names = all ? try engine.running().map(\.name) : words
        return names.forEachContainer(engine) { record, name throws(EngineError) in
            try ContainerCheckpoint(engine, record).write(request)
            Report.line(name)
        }
    }
}

/// Brings containers back from their checkpoints.
struct Restore: HakoCommand {
    static let name = "restore"
    static let summary = "Bring containers back from their checkpoints."
    static let words = "CONTAINER..."
    static let wordCount = 0...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            CriuFlags.flags.lifted { $1(&$0.criu) } + [
                .toggle("all", "a", help: "All that ended with a checkpoint.") { $0.all = $1 },
                .toggle("keep", "k", help: "Keep the checkpoint, to restore it again.") { $0.request.keeps = $1 },
                .value("import", "i", of: "FILE", help: "Make the container of what checkpoint --export wrote.") { $0.file = $1 },
                .value("name", "n", of: "NAME", help: "Of --import: another name, and another id.") { $0.newName = $1 },
                .toggle("ignore-volumes", help: "Of --import: without the volumes' files.") { $0.ignoresVolumes = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var criu = CriuFlags()
    var request = ContainerRestore.Request()
    var all = false
    var file: String?
    var newName: String?
    var ignoresVolumes = false

    func run() throws -> Int32 {
        var request = request
        request.tcpEstablished = criu.tcpEstablished
        request.externalUnixSockets = criu.externalUnixSockets
        request.fileLocks = criu.fileLocks
        guard file != nil || newName == nil && !ignoresVolumes else {
            throw UsageError("--name and --ignore-volumes are about --import FILE")
        }
        guard (all ? 1 : 0) + (words.isEmpty ? 0 : 1) + (file == nil ? 0 : 1) == 1 else {
            throw UsageError("name containers, or give --all, or --import FILE")
        }
        let engine = try globals.engine()
        if let file {
            let name = try newName.map { text throws(EngineError) in try ContainerName.check(text) }
            let record = try CheckpointImport(engine, file).run(name: name, ignoresVolumes: ignoresVolumes)
            do throws(EngineError) { try ContainerRestore(engine, record).run(request) } catch {
                try? ContainerRemoval.remove(record, engine, force: true)
                throw error
            }
            Report.line(record.id)
            return 0
        }
        let names = all ? try engine.checkpointed().map(\.name) : words
        return names.forEachContainer(engine) { record, name throws(EngineError) in
            try ContainerRestore(engine, record).run(request)
            Report.line(name)
        }
    }
}
