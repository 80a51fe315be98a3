internal import ArgumentParser
internal import Engine

/// Removes containers with all they wrote.
struct Remove: EngineCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove containers.")

    @OptionGroup var globals: GlobalFlags
    @Flag(name: .shortAndLong, help: "Kill those that run; one that is not there is fine.") var force = false
    @Flag(name: .shortAndLong, help: "All containers.") var all = false
    @Argument(help: "Names or ids.") var containers: [String] = []

    func validate() throws {
        if containers.isEmpty && !all { throw ValidationError("name a container, or give --all") }
    }

    func execute() throws -> Int32 {
        let engine = try globals.engine()
        var code: Int32 = 0
        for name in all ? try engine.store.all().map(\.id) : containers {
            do throws(EngineError) {
                let record = try engine.find(name)
                try ContainerRemoval.remove(record, engine, force: force)
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
