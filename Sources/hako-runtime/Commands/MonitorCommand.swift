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
                .value("bundle", "b", of: "DIR", sets: \.bundle, "The bundle."),
                .value("control-fd", of: "N", sets: \.control, "The stream socket to hako."),
                .toggle("interactive", sets: \.interactive, "The command's standard input stays open."),
                .toggle("init", sets: \.reaper, "Put a reaping init before the command."),
                .value("container-log", of: "FILE", sets: \.output, "Keep the output here."),
                .value("container-log-size", of: "BYTES", sets: \.logSize, "The size of a log file."),
                .value("container-log-files", of: "N", sets: \.logFiles, "How many are kept."),
                .value("exit-file", of: "FILE", sets: \.exitFile, "Record the exit here."),
                .toggle("exit-not-durable", sets: \.exitIsNotDurable, "The record need not survive a power cut."),
                .list("exit-command", of: "WORD", adds: \.exitCommand, "Run this, a word each, when hako is gone at the end."),
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var bundle = "."
    var control: String?
    var interactive = false
    var reaper = false
    var output: String?
    var logSize: String?
    var logFiles: String?
    var exitFile: String?
    var exitIsNotDurable = false
    var exitCommand: [String] = []

    func run() throws -> Int32 {
        Trace.becomes("monitor")
        var options = MonitorOptions()
        options.id = words[0]
        options.bundle = bundle
        options.control = CInt(try wholeNumber(control, flag: "--control-fd", default: 3))
        options.interactive = interactive
        options.usesReaper = reaper
        if let output {
            options.log = ContainerLog.Options(
                path: output, maxSize: try wholeNumber(logSize, flag: "--container-log-size", default: 10 << 20),
                maxFiles: try wholeNumber(logFiles, flag: "--container-log-files", default: 3))
        }
        options.exitFile = exitFile
        options.exitIsDurable = !exitIsNotDurable
        options.exitCommand = exitCommand
        options.filterCache = globals.filterCache
        try Monitor.run(options, root: globals.root)
        return 0
    }
}
