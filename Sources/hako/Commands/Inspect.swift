internal import Engine
internal import Flags
internal import FoundationEssentials
internal import Linux
internal import OCI

/// Says all there is to say of containers, as JSON.
struct Inspect: HakoCommand {
    static let name = "inspect"
    static let summary = "Show all of a container, as JSON."
    static let words = "CONTAINER..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = []

    var globals = GlobalFlags()
    var words: [String] = []

    private struct Answer: Encodable {
        struct State: Encodable {
            var Status: String
            var Running: Bool
            var Paused: Bool
            var Pid: Int32
            var ExitCode: Int32?
            var OOMKilled: Bool
            var StartedAt: String?
            var FinishedAt: String?
        }
        struct Paths: Encodable {
            var Bundle: String
            var Log: String
            var State: String
            var Upper: String?
            var Lowers: [String]
        }
        var Id: String
        var Name: String
        var Created: String
        var Image: String
        var Command: [String]
        var State: State
        var Options: RunOptions
        var Config: Spec?
        var Paths: Paths
    }

    func run() throws -> Int32 {
        let engine = try globals.engine()
        var answers: [Answer] = []
        let code = words.forEachContainer(engine) { record, _ throws(EngineError) in
            answers.append(try answer(record, engine))
        }
        Report.line(JSON.text(answers, pretty: true))
        return code
    }

    private func answer(_ record: ContainerRecord, _ engine: Engine) throws(EngineError) -> Answer {
        let status = try engine.status(record.id)
        var state = Answer.State(Status: status.name, Running: status.isLive, Paused: false, Pid: 0, OOMKilled: false)
        switch status {
        case .created: break
        case .running(let pid, let since), .paused(let pid, let since):
            state.Pid = pid
            state.StartedAt = since
            if case .paused = status { state.Paused = true }
        case .exited(let exit):
            state.ExitCode = exit?.exitCode
            state.OOMKilled = exit?.outOfMemory ?? false
            state.StartedAt = exit?.startedAt
            state.FinishedAt = exit?.finishedAt
        }
        let bundle = engine.locations.bundle(record.id)
        let layers = try? engine.layers(record, needsUpper: false)
        let config = (try? File.read("\(bundle)/config.json")).flatMap { try? JSONDecoder().decode(Spec.self, from: Data($0)) }
        return Answer(
            Id: record.id, Name: record.name, Created: WallClock.text(seconds: record.created, nanoseconds: 0),
            Image: record.image,
            Command: record.command, State: state, Options: try Engine.options(record), Config: config,
            Paths: .init(
                Bundle: bundle, Log: "\(bundle)/container.log", State: engine.locations.state(record.id), Upper: layers?.upper,
                Lowers: layers?.lowers ?? []))
    }
}
