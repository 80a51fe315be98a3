internal import Engine
internal import Flags
internal import JSON
internal import Linux
internal import Runtime

/// Says all there is to say of containers, as JSON.
struct Inspect: HakoCommand {
    static let name = "inspect"
    static let summary = "Show all of a container, as JSON."
    static let words = "CONTAINER..."
    static let wordCount = 1...Int.max

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        var answers: [JSONValue] = []
        let code = words.forEachContainer(engine) { record, _ throws(EngineError) in
            answers.append(try answer(record, engine))
        }
        Report.line(JSONValue.array(answers).text(pretty: true))
        return code
    }

    private func answer(_ record: ContainerRecord, _ engine: Engine) throws(EngineError) -> JSONValue {
        let bundle = engine.locations.bundle(record.id)
        let layers = try? engine.layers(record, needsUpper: false)
        let config = (try? File.read("\(bundle)/config.json")).flatMap { try? JSONValue(parsing: $0) }
        return [
            "Id": .string(record.id), "Name": .string(record.name),
            "Created": .string(WallClock.text(seconds: record.created, nanoseconds: 0)), "Image": .string(record.image),
            "Command": JSONValue(record.command), "State": Self.state(try engine.status(record.id)),
            "Settings": try Engine.settings(record).json, "Config": config ?? .null,
            "Paths": [
                "Bundle": .string(bundle), "Log": .string("\(bundle)/container.log"),
                "State": .string(engine.locations.state(record.id)), "Upper": JSONValue(layers?.upper),
                "Lowers": JSONValue(layers?.lowers ?? []),
            ],
        ]
    }

    private static func state(_ status: ContainerStatus) -> JSONValue {
        var (pid, exit, since): (Int32, ExitRecord?, String?) = (0, nil, nil)
        var isPaused = false
        switch status {
        case .created: break
        case .running(let process, let start): (pid, since) = (process, start)
        case .paused(let process, let start): (pid, since, isPaused) = (process, start, true)
        case .exited(let record): (exit, since) = (record, record?.startedAt)
        }
        return [
            "Status": .string(status.name), "Running": .bool(status.isLive), "Paused": .bool(isPaused),
            "Pid": JSONValue(whole: pid),
            "ExitCode": exit.map { JSONValue(whole: $0.exitCode) } ?? .null, "OOMKilled": .bool(exit?.outOfMemory ?? false),
            "StartedAt": JSONValue(since), "FinishedAt": JSONValue(exit?.finishedAt),
        ]
    }
}
