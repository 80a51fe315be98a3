internal import ArgumentParser
internal import Engine
internal import Linux

/// Asks containers to end, and kills those that do not in time.
struct Stop: EngineCommand {
    static let configuration = CommandConfiguration(abstract: "Stop containers.")

    @OptionGroup var globals: GlobalFlags
    @Option(name: .shortAndLong, parsing: .unconditional, help: "Seconds until SIGKILL; -1 for never (default: 10).") var time:
        Int?
    @Option(name: .shortAndLong, help: "What to send first (default: the container's, or SIGTERM).") var signal: String?
    @Argument(help: "Names or ids.") var containers: [String]

    func execute() throws -> Int32 {
        let number = try signal.map { text throws(EngineError) in try signalNumber(text, "--signal") }
        let engine = try globals.engine()
        return containers.forEachContainer(engine) { record, name throws(EngineError) in
            let options = try Engine.options(record)
            try ContainerSignal(engine, record).stop(
                number ?? options.stopSignal ?? Signals.terminate, seconds: time ?? options.stopTimeout ?? 10)
            Report.line(name)
        }
    }
}
