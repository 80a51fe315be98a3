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
    var skipsInFlight = false
    var remapsLinks = false

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
        .toggle("lazy-pages", help: "Leave the memory where it is until it is used: `criu lazy-pages` fetches it.") {
            $0.lazyPages = $1
        },
        .toggle("tcp-skip-in-flight", help: "Leave out connections that are being made.") { $0.skipsInFlight = $1 },
        .toggle("link-remap", help: "Give open files that were unlinked a name for the time being.") { $0.remapsLinks = $1 },
    ]

    func options() throws -> CriuOptions {
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
        options.lazyPages = lazyPages
        options.skipsInFlight = skipsInFlight
        options.remapsLinks = remapsLinks
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
            CriuFlags.flags.lifted { $1(&$0.criu) } + [
                .toggle("leave-running", help: "Let the container go on.") { $0.leaveRunning = $1 },
                .toggle("pre-dump", help: "Write only the memory, and let it go on.") { $0.preDump = $1 },
                .value("parent-path", of: "DIR", help: "An earlier pre-dump, as seen from the image path.") { $0.parent = $1 },
                .value("page-server", of: "ADDRESS:PORT", help: "Send the memory there; with --lazy-pages, serve it there.") {
                    $0.pageServer = $1
                },
                .value("commit", of: "DIR", help: "Rename the image path to this when it is whole, before the container ends.") {
                    $0.commit = $1
                },
                .value("status-fd", of: "N", help: "Written to when the pages are served; with --lazy-pages.") {
                    $0.statusDescriptor = $1
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var criu = CriuFlags()
    var leaveRunning = false
    var preDump = false
    var parent: String?
    var pageServer: String?
    var statusDescriptor: String?
    var commit: String?

    func run() throws -> Int32 {
        var request = Checkpoint.Request()
        request.criu = try criu.options()
        request.leavesRunning = leaveRunning
        request.isPreDump = preDump
        request.parent = parent
        request.pageServer = try pageServer.map(Self.server)
        request.statusDescriptor = try statusDescriptor.map { text in CInt(try wholeNumber(text, flag: "--status-fd")) }
        request.commitsTo = commit
        guard commit == nil || !preDump else { throw UsageError("--commit: a pre-dump is no whole checkpoint") }
        guard !criu.lazyPages || request.pageServer != nil else {
            throw UsageError("--lazy-pages needs --page-server: where the memory is served")
        }
        guard criu.lazyPages || statusDescriptor == nil else { throw UsageError("--status-fd needs --lazy-pages") }
        try Checkpoint.write(request, id: words[0], root: globals.root)
        return 0
    }

    private static func server(_ text: String) throws(UsageError) -> Checkpoint.PageServer {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0,
            colon > text.startIndex
        else { throw UsageError("--page-server: \"\(text)\" is not ADDRESS:PORT") }
        return Checkpoint.PageServer(address: String(text[..<colon]), port: port)
    }
}

/// What CRIU runs when it has written all of a checkpoint that has a place to go.
struct CheckpointCommit: RuntimeCommand {
    static let name = "checkpoint-commit"
    static let summary = "Give a checkpoint its name: an action script of CRIU's."
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        try Checkpoint.commit()
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
            LaunchFlags.flags.lifted { $1(&$0.launch) } + CriuFlags.flags.lifted { $1(&$0.criu) } + [
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
