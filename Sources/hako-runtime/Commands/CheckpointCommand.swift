import Flags
import Linux
import Runtime

/// What `checkpoint` and `restore` share.
struct CriuFlags: FlagSet {
    var imagePath = "checkpoint"
    var workPath: String?
    var tcpEstablished = false
    var externalUnixSockets = false
    var shellJob = false
    var fileLocks = false
    var manageCgroups = "ignore"
    var emptyNamespace: String?
    var autoDeduplication = false
    var lazyPages = false

    static let flags: [Flag<Self>] = [
        .value("image-path", of: "DIR", help: "The checkpoint's files (default: checkpoint).") { $0.imagePath = $1 },
        .value("work-path", of: "DIR", help: "Where criu's log goes (default: the image path).") { $0.workPath = $1 },
        .toggle("tcp-established", help: "Keep connections that are open.") { $0.tcpEstablished = $1 },
        .toggle("ext-unix-sk", help: "Allow unix sockets whose other end is outside.") { $0.externalUnixSockets = $1 },
        .toggle("shell-job", help: "Allow a session that began outside.") { $0.shellJob = $1 },
        .toggle("file-locks", help: "Keep file locks.") { $0.fileLocks = $1 },
        .value("manage-cgroups-mode", of: "MODE", help: "soft or ignore: control groups are the runtime's.") {
            $0.manageCgroups = $1
        },
        .value("empty-ns", of: "network", help: "Leave the network namespace empty.") { $0.emptyNamespace = $1 },
        .toggle("auto-dedup", help: "Drop memory from the parent's images once it is written again.") {
            $0.autoDeduplication = $1
        },
        .toggle("lazy-pages", help: "Refused: not supported.") { $0.lazyPages = $1 },
    ]

    func options() throws -> CriuOptions {
        if lazyPages { throw UsageError("--lazy-pages is not supported; leave it out") }
        guard ["soft", "ignore"].contains(manageCgroups) else {
            throw UsageError("--manage-cgroups-mode \(manageCgroups) is not supported; soft and ignore are")
        }
        guard [nil, "network"].contains(emptyNamespace) else { throw UsageError("--empty-ns: only network can be left empty") }
        var options = CriuOptions()
        options.images = try absolute(imagePath)
        options.work = try workPath.map(absolute)
        options.tcpEstablished = tcpEstablished
        options.externalUnixSockets = externalUnixSockets
        options.shellJob = shellJob
        options.fileLocks = fileLocks
        options.emptyNetwork = emptyNamespace != nil
        options.autoDeduplication = autoDeduplication
        return options
    }

    private func absolute(_ path: String) throws -> String {
        path.hasPrefix("/") ? path : try "\(Processes.workingDirectory())/\(path)"
    }
}

/// Writes a container's processes to disk, and ends it.
struct CheckpointCommand: RuntimeCommand {
    static let name = "checkpoint"
    static let summary = "Write a container's processes to disk with CRIU, and end it."
    static let words = "ID"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            CriuFlags.flags.lifted(\CheckpointCommand.criu) + [
                .toggle("leave-running", help: "Let the container go on.") { $0.leaveRunning = $1 },
                .toggle("pre-dump", help: "Write only the memory, and let it go on.") { $0.preDump = $1 },
                .value("parent-path", of: "DIR", help: "An earlier pre-dump, as seen from the image path.") { $0.parent = $1 },
                .value("status-fd", of: "N", help: "Refused: not supported.") { $0.refused = $1 },
                .value("page-server", of: "ADDRESS", help: "Refused: not supported.") { $0.refused = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var criu = CriuFlags()
    var leaveRunning = false
    var preDump = false
    var parent: String?
    var refused: String?

    func run() throws -> Int32 {
        if refused != nil { throw UsageError("--status-fd and --page-server are not supported; leave them out") }
        var request = Checkpoint.Request()
        request.criu = try criu.options()
        request.leavesRunning = leaveRunning
        request.isPreDump = preDump
        request.parent = parent
        try Checkpoint.write(request, id: words[0], root: globals.root)
        return 0
    }
}

/// Makes a container again from what `checkpoint` wrote.
struct RestoreCommand: RuntimeCommand {
    static let name = "restore"
    static let summary = "Make a container again from a checkpoint."
    static let words = "ID"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            LaunchFlags.flags.lifted(\RestoreCommand.launch) + CriuFlags.flags.lifted(\RestoreCommand.criu) + [
                .toggle("detach", "d", help: "Return once it runs.") { $0.detach = $1 },
                .toggle(
                    "no-subreaper", help: "Do not take the container's processes as children; with --detach."
                ) { $0.withoutSubreaper = $1 },
                .value(
                    "lsm-profile", of: "TYPE:NAME", help: "An AppArmor or SELinux profile in place of the saved."
                ) { $0.lsmProfile = $1 },
                .value("lsm-mount-context", of: "CONTEXT", help: "SELinux's context of the mounts.") { $0.lsmMountContext = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var launch = LaunchFlags()
    var criu = CriuFlags()
    var detach = false
    var withoutSubreaper = false
    var lsmProfile: String?
    var lsmMountContext: String?

    func run() throws -> Int32 {
        guard detach || !withoutSubreaper else {
            throw UsageError("--no-subreaper needs --detach: else nobody waits for the container")
        }
        var request = Restore.Request(try launch.request(id: words[0], globals))
        request.criu = try criu.options()
        request.lsmProfile = lsmProfile
        request.lsmMountContext = lsmMountContext
        if !detach { try Processes.becomeSubreaper() }
        let launched = try Restore.begin(request, root: globals.root)
        try launch.handOver(launched, globals)
        if detach { return 0 }
        let code = try Foreground.wait(for: launched.state.pid, terminal: nil)
        try launched.end().forEach(globals.log.warning)
        return code
    }
}
