internal import Engine
internal import Flags
internal import Linux

/// Asks containers to end, and kills those that do not in time.
struct Stop: HakoCommand {
    static let name = "stop"
    static let summary = "Stop containers."
    static let words = "CONTAINER..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("time", "t", of: "SECONDS", help: "Seconds until SIGKILL; -1 for never (default: 10).") { $0.time = $1 },
                .value("signal", "s", of: "SIGNAL", help: "What to send first (default: the container's, or TERM).") {
                    $0.signal = $1
                },
                .optional(
                    "explain", of: "FILE.json", default: "-", help: "Say every step: as text, or as a Chrome trace."
                ) { $0.explain = $1 },
            ]),
        ContainerChoice.group({ $1(&$0.choice) }, ContainerChoice.everyOne, ContainerChoice.ignoring),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var choice = ContainerChoice()
    var time: String?
    var signal: String?
    var explain: String?

    func run() throws -> Int32 {
        if let explain { try Explain.start(explain) }
        let grace = try StopGrace(time: time, signal: signal)
        let engine = try globals.engine()
        return try choice.names(words, engine, where: \.isLive).forEachContainer(engine) { record, name throws(EngineError) in
            try grace.stop(record, try Engine.settings(record), engine)
            Report.line(name)
        }
    }
}
