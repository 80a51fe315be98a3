import Flags
import Linux
import Runtime

/// Starts a container of hako's and stays with it: what `hako` spawns, no command for people.
struct MonitorCommand: RuntimeCommand {
    static let name = "monitor"
    static let summary = "Start a container for hako and stay with it."
    static let words = "ID"
    static let wordCount = 1...1
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("bundle", "b", of: "DIR", help: "The bundle.") { $0.bundle = $1 },
                .value("control-fd", of: "N", help: "The stream socket to hako.") { $0.control = $1 },
                .value("enter", of: "PID", help: "Go to the namespaces of a plain user's networks first.") { $0.enter = $1 },
                .toggle("wait", help: "Begin when a byte comes over the socket to hako; end with it before.") { $0.waits = $1 },
                .toggle("interactive", help: "The command's standard input stays open.") { $0.interactive = $1 },
                .toggle("init", help: "Put a reaping init before the command.") { $0.reaper = $1 },
                .value(
                    "log-driver", of: "NAME", help: "How the output is kept: k8s-file, json-file, journald, passthrough, none."
                ) {
                    $0.driver = $1
                },
                .value("container-log", of: "FILE", help: "Keep the output here.") { $0.output = $1 },
                .value("journal-field", of: "NAME=VALUE", help: "What entries of the journal have.") { $0.journal.append($1) },
                .value("container-log-size", of: "BYTES", help: "The size of a log file.") { $0.logSize = $1 },
                .value("container-log-files", of: "N", help: "How many are kept.") { $0.logFiles = $1 },
                .value("exit-file", of: "FILE", help: "Record the exit here.") { $0.exitFile = $1 },
                .toggle("exit-not-durable", help: "The record need not survive a power cut.") { $0.exitIsNotDurable = $1 },
                .value("events", of: "FILE", help: "Append what happens here.") { $0.events = $1 },
                .value("hold", of: "DIR", help: "Keep this directory of the bundle open until hako is gone at the end.") {
                    $0.held.append($1)
                },
                .value("restore", of: "DIR", help: "Bring the container back from this checkpoint.") { $0.restore = $1 },
                .toggle("tcp-established", help: "With its connections.") { $0.tcpEstablished = $1 },
                .toggle("ext-unix-sk", help: "With unix sockets whose other end is outside.") { $0.externalUnixSockets = $1 },
                .toggle("file-locks", help: "With its file locks.") { $0.fileLocks = $1 },
                .value("exit-command", of: "WORD", help: "Run this, a word each, when hako is gone at the end.") {
                    $0.exitCommand.append($1)
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var bundle = "."
    var control: String?
    var enter: String?
    var waits = false
    var interactive = false
    var reaper = false
    var driver = "none"
    var output: String?
    var journal: [String] = []
    var events: String?
    var logSize: String?
    var logFiles: String?
    var exitFile: String?
    var exitIsNotDurable = false
    var exitCommand: [String] = []
    var held: [String] = []
    var restore: String?
    var tcpEstablished = false
    var externalUnixSockets = false
    var fileLocks = false

    func run() throws -> Int32 {
        Trace.becomes("monitor")
        let holder = try enter.map { text throws(UsageError) in Int32(try wholeNumber(text, flag: "--enter", default: 0)) }
        if let holder { try Holder.enter(holder) }
        var options = MonitorOptions()
        options.id = words[0]
        options.bundle = bundle
        options.isAmongNetworks = holder != nil
        options.control = CInt(try wholeNumber(control, flag: "--control-fd", default: 3))
        options.waits = waits
        options.interactive = interactive
        options.usesReaper = reaper
        options.output = try kept
        options.eventLog = events.map(EventLog.init(path:))
        options.exitFile = exitFile
        options.exitIsDurable = !exitIsNotDurable
        options.exitCommand = exitCommand
        options.heldDirectories = held
        options.filterCache = globals.filterCache
        if let restore {
            var criu = CriuOptions()
            criu.images = restore
            criu.tcpEstablished = tcpEstablished
            criu.externalUnixSockets = externalUnixSockets
            criu.fileLocks = fileLocks
            options.restore = criu
        }
        try Monitor.run(options, root: globals.root)
        return 0
    }

    private var kept: ContainerOutput {
        get throws {
            switch driver {
            case "none": return .none
            case "passthrough": return .passthrough
            case "journald":
                return .journal(
                    Dictionary(
                        journal.compactMap { text in
                            text.firstIndex(of: "=").map { (String(text[..<$0]), String(text[text.index(after: $0)...])) }
                        }, uniquingKeysWith: { $1 }))
            default:
                guard let form = ContainerLog.Options.Form(rawValue: driver), let output else {
                    throw UsageError("--log-driver: \"\(driver)\" is not known, or has no --container-log")
                }
                var options = ContainerLog.Options(
                    path: output, maxSize: try wholeNumber(logSize, flag: "--container-log-size", default: 10 << 20),
                    maxFiles: try wholeNumber(logFiles, flag: "--container-log-files", default: 3))
                options.form = form
                return .file(options)
            }
        }
    }
}
