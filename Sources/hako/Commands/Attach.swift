internal import ArgumentParser
internal import Engine

/// Connects this terminal to a container that runs.
struct Attach: EngineCommand {
    static let configuration = CommandConfiguration(abstract: "Connect to a container that runs.")

    @OptionGroup var globals: GlobalFlags
    @Flag(help: "Leave standard input alone.") var noStdin = false
    @Option(help: "Keys that leave the container running.") var detachKeys: String = DetachKeys.standard
    @Option(help: "Pass signals on to the command.") var sigProxy: String = "true"
    @Argument(help: "A name or id.") var container: String

    func execute() throws -> Int32 {
        guard let forwards = Numbers.boolean(sigProxy) else {
            throw EngineError("--sig-proxy \"\(sigProxy)\": it is true or false")
        }
        let engine = try globals.engine()
        let record = try engine.find(container)
        guard try engine.status(record.id).isLive else {
            throw EngineError("container \(record.name) is not running; hako start -a \(record.name) starts it")
        }
        let options = try Engine.options(record)
        let attachment = try Attachment.connect(engine.locations, record.id)
        return try Session(engine, record, options).accompany(
            attachment, input: options.interactive && !noStdin, forwardsSignals: forwards, keys: try DetachKeys(detachKeys))
    }
}
