internal import Engine
internal import Flags

/// Removes containers with all they wrote.
struct Remove: HakoCommand {
    static let name = "rm"
    static let summary = "Remove containers."
    static let words = "CONTAINER..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("force", "f", help: "Kill those that run; one that is not there is fine.") { $0.force = $1 },
                .toggle("volumes", "v", help: "With the volumes that were made for them alone.") { $0.volumes = $1 },
                .value("time", "t", of: "SECONDS", help: "With --force: until then they may end by themselves (default: 0).") {
                    $0.time = $1
                },
            ]),
        ContainerChoice.group({ $1(&$0.choice) }, ContainerChoice.everyOne, ContainerChoice.ignoring),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var choice = ContainerChoice()
    var force = false
    var time: String?
    var volumes = false

    func run() throws -> Int32 {
        guard time == nil || force else { throw UsageError("--time is for --force: without it nothing that runs is removed") }
        let grace = try time.map { time throws(EngineError) in try StopGrace(time: time, signal: nil) }
        let engine = try globals.engine()
        var code: Int32 = 0
        for name in try choice.names(words, engine) {
            do throws(EngineError) {
                let record = try engine.find(name)
                if let grace, try engine.status(record.id).isLive { try grace.stop(record, try Engine.settings(record), engine) }
                try ContainerRemoval.remove(record, engine, force: force, volumes: volumes)
                Report.line(name)
            } catch {
                if force, error.isAbsence { continue }
                Report.error(error.message)
                code = error.exitCode
            }
        }
        return code
    }
}
