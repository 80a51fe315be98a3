internal import Engine
internal import Flags
internal import Linux

/// Sends a signal to containers' first processes.
struct Kill: HakoCommand {
    static let name = "kill"
    static let summary = "Send a signal to containers."
    static let words = "CONTAINER..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("signal", "s", of: "SIGNAL", help: "A name or number (default: KILL).") { $0.signal = $1 }
            ]),
        ContainerChoice.group({ $1(&$0.choice) }, ContainerChoice.everyOne),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var choice = ContainerChoice()
    var signal = "KILL"

    func run() throws -> Int32 {
        let number = try signalNumber(signal, "--signal")
        let engine = try globals.engine()
        return try choice.names(words, engine, where: { $0.pid != nil }).forEachContainer(engine) {
            record, name throws(EngineError) in
            let signal = ContainerSignal(engine, record)
            if number == Signals.kill, try engine.status(record.id).isLive { try signal.end() } else { try signal.send(number) }
            engine.report("kill", record, ["signal": "\(number)"])
            Report.line(name)
        }
    }
}
