internal import ArgumentParser
internal import Engine
internal import Linux

/// Sends a signal to containers' first processes.
struct Kill: EngineCommand {
    static let configuration = CommandConfiguration(abstract: "Send a signal to containers.")

    @OptionGroup var globals: GlobalFlags
    @Option(name: .shortAndLong, help: "A name or number (default: SIGKILL).") var signal: String = "KILL"
    @Argument(help: "Names or ids.") var containers: [String]

    func execute() throws -> Int32 {
        let number = try signalNumber(signal, "--signal")
        let engine = try globals.engine()
        return containers.forEachContainer(engine) { record, name throws(EngineError) in
            let signal = ContainerSignal(engine, record)
            if number == Signals.kill, try engine.status(record.id).isLive { try signal.end() } else { try signal.send(number) }
            Report.line(name)
        }
    }
}
