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
                .toggle("all", "a", help: "All containers.") { $0.all = $1 },
                .toggle("volumes", "v", help: "With the volumes that were made for them alone.") { $0.volumes = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false
    var all = false
    var volumes = false

    func run() throws -> Int32 {
        guard all || !words.isEmpty else { throw UsageError("name a container, or give --all") }
        let engine = try globals.engine()
        var code: Int32 = 0
        for name in all ? try engine.store.all().map(\.id) : words {
            do throws(EngineError) {
                let record = try engine.find(name)
                try ContainerRemoval.remove(record, engine, force: force, volumes: volumes)
                Report.line(name)
            } catch {
                if force, error.message.hasPrefix("no such container") { continue }
                Report.error(error.message)
                code = error.exitCode
            }
        }
        return code
    }
}
