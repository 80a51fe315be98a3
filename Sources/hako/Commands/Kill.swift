internal import Engine
internal import Flags
internal import Linux

/// Sends a signal to containers' first processes.
struct Kill: HakoCommand {
    static let name = "kill"
    static let summary = "Send a signal to containers."
    static let words = "CONTAINER..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("signal", "s", of: "SIGNAL", help: "A name or number (default: KILL).") { $0.signal = $1 }
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var signal = "KILL"

    func run() throws -> Int32 {
        let number = try signalNumber(signal, "--signal")
        let engine = try globals.engine()
        return words.forEachContainer(engine) { record, name throws(EngineError) in
            let signal = ContainerSignal(engine, record)
            if number == Signals.kill, try engine.status(record.id).isLive { try signal.end() } else { try signal.send(number) }
            engine.report("kill", record, ["signal": "\(number)"])
            Report.line(name)
        }
    }
}
