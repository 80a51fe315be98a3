internal import Engine
internal import Flags

/// Connects this terminal to a container that runs.
struct Attach: HakoCommand {
    static let name = "attach"
    static let summary = "Connect to a container that runs."
    static let words = "CONTAINER"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("no-stdin", help: "Leave standard input alone.") { $0.noInput = $1 },
                .value("detach-keys", of: "KEYS", help: "Keys that leave the container running.") { $0.detachKeys = $1 },
                .optional("sig-proxy", of: "BOOL", default: "true", help: "Pass signals on to the command.") { $0.sigProxy = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var noInput = false
    var detachKeys: String? = DetachKeys.standard
    var sigProxy: String? = "true"

    func run() throws -> Int32 {
        let forwards = try Session.forwardsSignals(sigProxy)
        let engine = try globals.engine()
        let record = try engine.find(words[0])
        guard try engine.status(record.id).isLive else {
            throw EngineError("container \(record.name) is not running; hako start -a \(record.name) starts it")
        }
        let settings = try Engine.settings(record)
        let attachment = try Attachment.connect(engine.locations, record.id)
        return try Session(engine, record, settings).accompany(
            attachment, input: settings.interactive && !noInput, forwardsSignals: forwards, keys: try DetachKeys(detachKeys ?? "")
        )
    }
}
