internal import ArgumentParser
internal import Engine
internal import Linux

/// Starts containers that were made or have ended; what they wrote is still there.
struct Start: EngineCommand {
    static let configuration = CommandConfiguration(abstract: "Start containers that are there.")

    @OptionGroup var globals: GlobalFlags
    @Flag(name: .shortAndLong, help: "Show the output, pass signals on, and end as the command does.") var attach = false
    @Flag(name: .shortAndLong, help: "Attach, with standard input.") var interactive = false
    @Option(help: "Keys that leave the container running.") var detachKeys: String = DetachKeys.standard
    @Option(help: "Pass signals on to the command.") var sigProxy: String = "true"
    @Option(help: ArgumentHelp("Say every step: - for text, or a file for a Chrome trace.", valueName: "file")) var explain:
        String?
    @Argument(help: "Names or ids.") var containers: [String]

    func execute() throws -> Int32 {
        if let explain { try Explain.start(explain) }
        guard let forwards = Numbers.boolean(sigProxy) else {
            throw EngineError("--sig-proxy \"\(sigProxy)\": it is true or false")
        }
        let engine = try globals.engine()
        guard attach || interactive else {
            var code: Int32 = 0
            let failed = containers.forEachContainer(engine) { record, name throws(EngineError) in
                if try engine.status(record.id).isLive {
                    Report.line(name)
                    return
                }
                let options = try Engine.options(record)
                let result = try Session(engine, record, options).awaitStart(
                    try MonitorLaunch(engine, record, options).start(), printing: name)
                if result != 0 { code = result }
            }
            return failed != 0 ? failed : code
        }
        guard containers.count == 1, let name = containers.first else {
            throw EngineError("start --attach takes one container: a terminal shows one at a time")
        }
        let record = try engine.find(name)
        guard try !engine.status(record.id).isLive else {
            throw EngineError("container \(record.name) is running; hako attach \(record.name) shows it")
        }
        let options = try Engine.options(record)
        let attachment = try MonitorLaunch(engine, record, options).start()
        return try Session(engine, record, options).accompany(
            attachment, input: interactive && options.interactive, forwardsSignals: forwards, keys: try DetachKeys(detachKeys))
    }
}
