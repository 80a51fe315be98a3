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
        .value("image-path", of: "DIR", sets: \.imagePath, "The checkpoint's files (default: checkpoint)."),
        .value("work-path", of: "DIR", sets: \.workPath, "Where criu's log goes (default: the image path)."),
        .toggle("tcp-established", sets: \.tcpEstablished, "Keep connections that are open."),
        .toggle("ext-unix-sk", sets: \.externalUnixSockets, "Allow unix sockets whose other end is outside."),
        .toggle("shell-job", sets: \.shellJob, "Allow a session that began outside."),
        .toggle("file-locks", sets: \.fileLocks, "Keep file locks."),
        .value("manage-cgroups-mode", of: "MODE", sets: \.manageCgroups, "soft or ignore: control groups are the runtime's."),
        .value("empty-ns", of: "network", sets: \.emptyNamespace, "Leave the network namespace empty."),
        .toggle("auto-dedup", sets: \.autoDeduplication, "Drop memory from the parent's images once it is written again."),
        .toggle("lazy-pages", sets: \.lazyPages, "Refused: not supported."),
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
                .toggle("leave-running", sets: \.leaveRunning, "Let the container go on."),
                .toggle("pre-dump", sets: \.preDump, "Write only the memory, and let it go on."),
                .value("parent-path", of: "DIR", sets: \.parent, "An earlier pre-dump, as seen from the image path."),
                .value("status-fd", of: "N", sets: \.refused, "Refused: not supported."),
                .value("page-server", of: "ADDRESS", sets: \.refused, "Refused: not supported."),
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
                .toggle("detach", "d", sets: \.detach, "Return once it runs."),
                .toggle(
                    "no-subreaper", sets: \.withoutSubreaper, "Do not take the container's processes as children; with --detach."),
                .value(
                    "lsm-profile", of: "TYPE:NAME", sets: \.lsmProfile, "An AppArmor or SELinux profile in place of the saved."),
                .value("lsm-mount-context", of: "CONTEXT", sets: \.lsmMountContext, "SELinux's context of the mounts."),
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
