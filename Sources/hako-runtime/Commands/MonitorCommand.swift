import Linux
import Runtime

/// Starts a container of hako's and stays with it: what `hako` spawns, no command for people.
enum MonitorCommand: Command {
    static let name = "monitor"
    static let summary = "start a container for hako and stay with it (internal)"
    static let options: [OptionDeclaration] = [
        .bundle,
        OptionDeclaration("--control-fd", value: "N", help: "the stream socket to hako"),
        OptionDeclaration("--interactive", help: "the command's standard input stays open"),
        OptionDeclaration("--init", help: "put a reaping init before the command"),
        OptionDeclaration("--log", value: "FILE", help: "keep the output here"),
        OptionDeclaration("--log-max-size", value: "BYTES", help: "a log file's size"),
        OptionDeclaration("--log-max-files", value: "N", help: "how many are kept"),
        OptionDeclaration("--exit-file", value: "FILE", help: "record the exit here"),
        OptionDeclaration("--exit-not-durable", help: "the record need not survive a power cut"),
        OptionDeclaration("--exit-command", value: "WORD", help: "run this, a word each, when hako is gone at the end"),
    ]

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        Trace.becomes("monitor")
        var options = MonitorOptions()
        options.id = try given.containerID()
        options.bundle = given.string("--bundle") ?? "."
        options.control = CInt(try given.number("--control-fd") ?? 3)
        options.interactive = given.has("--interactive")
        options.usesReaper = given.has("--init")
        if let path = given.string("--log") {
            options.log = ContainerLog.Options(
                path: path, maxSize: try given.number("--log-max-size") ?? 10 << 20,
                maxFiles: try given.number("--log-max-files") ?? 3)
        }
        options.exitFile = given.string("--exit-file")
        options.exitIsDurable = !given.has("--exit-not-durable")
        options.exitCommand = given.strings("--exit-command")
        options.filterCache = globals.filterCache
        try Monitor.run(options, root: globals.root)
        return 0
    }
}
