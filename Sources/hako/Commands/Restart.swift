internal import Engine
internal import Flags
internal import Linux

/// Stops containers and starts them again; those that do not run are started.
struct Restart: HakoCommand {
    static let name = "restart"
    static let summary = "Stop containers and start them again."
    static let words = "CONTAINER..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("time", "t", of: "SECONDS", help: "Seconds until SIGKILL; -1 for never (default: 10).") { $0.time = $1 },
                .value("signal", "s", of: "SIGNAL", help: "What to send first (default: the container's, or TERM).") {
                    $0.signal = $1
                },
                .toggle("running", help: "Only those that run.") { $0.running = $1 },
            ]),
        ContainerChoice.group({ $1(&$0.choice) }, ContainerChoice.everyOne),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var choice = ContainerChoice()
    var running = false
    var time: String?
    var signal: String?

    func run() throws -> Int32 {
        let grace = try StopGrace(time: time, signal: signal)
        let engine = try globals.engine()
        var code: Int32 = 0
        let names = try choice.names(words, engine, where: { !running || $0.isLive })
        let failed = names.forEachContainer(engine) { record, name throws(EngineError) in
            let settings = try Engine.settings(record)
            let result = try engine.restarting(record) { () throws(EngineError) in
                try grace.stop(record, settings, engine)
                return try Session(engine, record, settings).awaitStart(
                    try MonitorLaunch(engine, record, settings).startAgain(), printing: name)
            }
            if result != 0 { code = result }
        }
        return failed != 0 ? failed : code
    }
}

/// How a container is asked to end: `--time` and `--signal`, or what it was made with.
struct StopGrace {
    private let seconds: Int?
    private let signal: Int32?

    init(time: String?, signal: String?) throws(EngineError) {
        seconds = try Self.seconds(time)
        self.signal = try signal.map { text throws(EngineError) in try signalNumber(text, "--signal") }
    }

    /// Of `--time`.
    static func seconds(_ text: String?) throws(EngineError) -> Int? {
        try text.map { text throws(EngineError) in
            Int(try Numbers.integer(text, flag: "--time", in: -1...2_000_000, what: "a number of seconds"))
        }
    }

    func stop(_ record: ContainerRecord, _ settings: ContainerSettings, _ engine: Engine) throws(EngineError) {
        try ContainerSignal(engine, record).stop(
            signal ?? settings.stopSignal ?? Signals.terminate, seconds: seconds ?? settings.stopTimeout ?? 10)
        engine.report("stop", record)
    }
}
