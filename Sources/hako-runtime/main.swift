import Flags
import Linux
import Runtime

/// The OCI runtime, a container's monitor, and its init. One thread from here to the clone.
let runtime = Program<GlobalFlags>(
    name: "hako-runtime", summary: "An OCI runtime.",
    version: "hako-runtime version \(RuntimeVersion.number)\nspec: \(RuntimeVersion.specification)\n",
    commands: [
        .init(Create.self), .init(Start.self), .init(Run.self), .init(Exec.self), .init(State.self), .init(Kill.self),
        .init(Delete.self), .init(List.self), .init(Ps.self), .init(Pause.self),
        .init(Resume.self), .init(SpecCommand.self), .init(Features.self), .init(Update.self), .init(Events.self),
        .init(MountsAdd.self), .init(MountsRemove.self), .init(CheckpointCommand.self), .init(CheckpointCommit.self),
        .init(RestoreCommand.self),
        .init(MonitorCommand.self), .init(ProbeCommand.self), .init(Unshare.self), .init(Hold.self),
        .init(NameServerCommand.self),
        .init(UserNetworkCommand.self), .init(EnterCommand.self), .init(PortBinderCommand.self), .init(RelayCommand.self),
    ], takesSingleDash: true)

func run(_ words: ArraySlice<String>) -> Int32 {
    var globals = GlobalFlags()
    do {
        switch try runtime.read(words, globals: &globals) {
        case .text(let text): try StandardStreams.writeOutput(text)
        case .command(let command):
            try globals.check()
            return try command.run()
        }
        return 0
    } catch {
        globals.log.error("\(error)")
        // docker's codes are for people; callers of an OCI runtime read what it says.
        if globals.called == "hako" { return (error as? RuntimeError).map { Int32($0.kind.rawValue) } ?? 125 }
        return 1
    }
}

if let handover = Environment.value("HAKO_TRACE") { Trace.resume(from: handover, actor: "runtime") }
// CRIU's action script is called without a word.
let isScript = CommandLine.arguments.count == 1 && Environment.value("CRTOOLS_SCRIPT_ACTION") != nil
Processes.exitNow(run(isScript ? [CheckpointCommit.name] : CommandLine.arguments.dropFirst()))
