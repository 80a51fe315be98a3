internal import ArgumentParser
internal import Engine

/// Lists what a container changed in its root file system.
struct Diff: EngineCommand {
    static let configuration = CommandConfiguration(abstract: "List a container's changes: A added, C changed, D deleted.")

    @OptionGroup var globals: GlobalFlags
    @Argument(help: "A name or id.") var container: String

    func execute() throws -> Int32 {
        let engine = try globals.engine()
        let changes = try engine.changes(try engine.find(container))
        Report.output(changes.map { "\($0)\n" }.joined())
        return 0
    }
}
