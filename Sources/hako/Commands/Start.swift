internal import Engine
internal import Flags
internal import Linux

/// Starts containers that were made or have ended; what they wrote is still there.
struct Start: HakoCommand {
    static let name = "start"
    static let summary = "Start containers that are there."
    static let words = "CONTAINER..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("attach", "a", help: "Show the output, pass signals on, and end as the command does.") { $0.attach = $1 },
                .toggle("interactive", "i", help: "Attach, with standard input.") { $0.interactive = $1 },
                .toggle("all-restart", help: "All whose --restart says so: for the start of the machine.") { $0.allRestart = $1 },
                .value("detach-keys", of: "KEYS", help: "Keys that leave the container running.") { $0.detachKeys = $1 },
                .optional("sig-proxy", of: "BOOL", default: "true", help: "Pass signals on to the command.") { $0.sigProxy = $1 },
                .optional(
                    "explain", of: "FILE.json", default: "-", help: "Say every step: as text, or as a Chrome trace."
                ) { $0.explain = $1 },
            ]),
        ContainerChoice.group({ $1(&$0.choice) }, ContainerChoice.everyOneInFull),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var choice = ContainerChoice()
    var attach = false
    var interactive = false
    var detachKeys: String? = DetachKeys.standard
    var sigProxy: String? = "true"
    var explain: String?
    var allRestart = false

    func run() throws -> Int32 {
        if let explain { try Explain.start(explain) }
        guard !allRestart || words.isEmpty else { throw UsageError("name containers, or give --all-restart") }
        let forwards = try Session.forwardsSignals(sigProxy)
        let engine = try globals.engine()
        guard attach || interactive else {
            var code: Int32 = 0
            let names =
                allRestart
                ? try engine.awaitingRestart().map(\.name)
                : try choice.names(words, engine, oldestFirst: true, where: { !$0.isLive })
            let failed = names.forEachContainer(engine) { record, name throws(EngineError) in
                if try engine.status(record.id).isLive {
                    Report.line(name)
                    return
                }
                let settings = try Engine.settings(record)
                let result = try Session(engine, record, settings).awaitStart(
                    try MonitorLaunch(engine, record, settings).startAgain(), printing: name)
                if result != 0 { code = result }
            }
            return failed != 0 ? failed : code
        }
        let names = try choice.names(words, engine, oldestFirst: true, where: { !$0.isLive })
        guard names.count == 1, let name = names.first else {
            throw EngineError("start --attach takes one container: a terminal shows one at a time")
        }
        let record = try engine.find(name)
        guard try !engine.status(record.id).isLive else {
            throw EngineError("container \(record.name) is running; hako attach \(record.name) shows it")
        }
        let settings = try Engine.settings(record)
        let attachment = try MonitorLaunch(engine, record, settings).startAgain()
        return try Session(engine, record, settings).accompany(
            attachment, input: interactive && settings.interactive, forwardsSignals: forwards,
            keys: try DetachKeys(detachKeys ?? ""))
    }
}
