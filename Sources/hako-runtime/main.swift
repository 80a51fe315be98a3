import Linux
import Runtime

/// The OCI runtime, a container's monitor, and its init. One thread from here to the clone.
let commands: [any Command.Type] = [
    Create.self, Start.self, Run.self, Exec.self, State.self, Kill.self, Delete.self, List.self, Ps.self, Pause.self,
    Resume.self, SpecCommand.self, Features.self, MonitorCommand.self,
]

if let handover = Environment.value("HAKO_TRACE") { Trace.resume(from: handover, actor: "runtime") }
Processes.exitNow(Invocation(words: CommandLine.arguments, commands: commands).run())
