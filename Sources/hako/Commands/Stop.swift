internal import Engine
internal import Flags
internal import Linux

/// Asks containers to end, and kills those that do not in time.
struct Stop: HakoCommand {
    static let name = "stop"
    static let summary = "Stop containers."
    static let words = "CONTAINER..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("time", "t", of: "SECONDS", help: "Seconds until SIGKILL; -1 for never (default: 10).") { $0.time = $1 },
                .value("signal", "s", of: "SIGNAL", help: "What to send first (default: the container's, or TERM).") {
                    $0.signal = $1
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var time: String?
    var signal: String?

    func run() throws -> Int32 {
        let number = try signal.map { text throws(EngineError) in try signalNumber(text, "--signal") }
        let seconds = try time.map { text throws(EngineError) in
            Int(try Numbers.integer(text, flag: "--time", in: -1...2_000_000, what: "a number of seconds"))
        }
        let engine = try globals.engine()
        return words.forEachContainer(engine) { record, name throws(EngineError) in
            let settings = try Engine.settings(record)
            try ContainerSignal(engine, record).stop(
                number ?? settings.stopSignal ?? Signals.terminate, seconds: seconds ?? settings.stopTimeout ?? 10)
            Report.line(name)
        }
    }
}
