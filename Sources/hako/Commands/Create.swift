internal import ArgumentParser
internal import Engine

/// Makes a container without starting it.
struct Create: EngineCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a container; start runs it.",
        usage: "hako create [flags] host|--rootfs DIR|DIR:O|FILE.tar [command] [argument ...]")

    @OptionGroup var globals: GlobalFlags
    @OptionGroup var flags: RunFlags
    @Argument(help: "The image (host) or root file system, then the command.") var words: [String] = []

    func execute() throws -> Int32 {
        if let explain = flags.process.explain { try Explain.start(explain) }
        let options = try flags.options(words)
        let made = try NewContainer.make(options, try globals.engine(), cidfile: flags.process.cidfile, starts: false)
        Report.line(made.record.id)
        return 0
    }
}
