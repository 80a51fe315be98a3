internal import Engine
internal import Flags
internal import JSON
internal import Linux
internal import Runtime

/// Says all there is to say of containers, as JSON.
struct Inspect: HakoCommand {
    static let name = "inspect"
    static let summary = "Show all of a container or an image, as JSON."
    static let words = "CONTAINER|IMAGE..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("type", of: "KIND", help: "container or image (default: whichever there is).") { $0.type = $1 },
                .value("format", "f", of: "FORM", help: "json, or a template such as '{{.State.Pid}}'.") { $0.format = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var type: String?
    var format: String?

    func run() throws -> Int32 {
        guard [nil, "container", "image"].contains(type) else {
            throw EngineError.value("--type", type ?? "", "it is container or image")
        }
        let engine = try globals.engine()
        var answers: [JSONValue] = []
        var code: Int32 = 0
        for word in words {
            do throws(EngineError) { answers.append(try find(word, engine)) } catch {
                Report.error(error.message)
                code = error.exitCode
            }
        }
        if let format, format != "json" {
            let template = try Template(format)
            for answer in answers { Report.line(try template.line(answer)) }
        } else {
            Report.line(JSONValue.array(answers).text(pretty: true))
        }
        return code
    }

    /// A container, or else an image, as with docker.
    private func find(_ word: String, _ engine: Engine) throws(EngineError) -> JSONValue {
        if type != "image" {
            do throws(EngineError) { return try answer(try engine.find(word), engine) } catch {
                guard type == nil, error.message.hasPrefix("no such container") else { throw error }
            }
        }
        guard let image = try engine.image(word) else {
            throw type == "image"
                ? EngineError("no such image: \(word) (hako images lists them)")
                : EngineError("no such container or image: \(word)")
        }
        return try ImageDescription(image: image, engine: engine).json()
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
        case .exited(let record), .restarting(_, let record): (exit, since) = (record, record?.startedAt)
        }
        return [
            "Status": .string(status.name), "Running": .bool(status.isLive), "Paused": .bool(isPaused),
            "Pid": JSONValue(whole: pid),
            "ExitCode": exit.map { JSONValue(whole: $0.exitCode) } ?? .null, "OOMKilled": .bool(exit?.outOfMemory ?? false),
            "StartedAt": JSONValue(since), "FinishedAt": JSONValue(exit?.finishedAt),
        ]
    }
}
