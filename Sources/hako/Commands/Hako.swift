internal import ArgumentParser
internal import Engine
internal import Linux
internal import Runtime

struct Hako: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hako", abstract: "Runs commands in containers.",
        version: "hako version \(RuntimeVersion.number)",
        subcommands: [
            Run.self, Create.self, Start.self, List.self, Remove.self, Stop.self, Kill.self, Wait.self, Attach.self, Logs.self,
            Diff.self, Export.self, Inspect.self, System.self, Container.self, Version.self,
        ])
}

/// A command that ends with an exit code of its own.
protocol EngineCommand: ParsableCommand {
    func execute() throws -> Int32
}

extension EngineCommand {
    mutating func run() throws {
        let code = try execute()
        if code != 0 { throw ExitCode(code) }
    }
}

/// Flags of every command; they may also stand before it.
struct GlobalFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Where containers, layers and the database are kept (HAKO_ROOT).", valueName: "dir"))
    var root: String?
    @Option(help: ArgumentHelp("Where the state of what runs is kept (HAKO_STATE).", valueName: "dir"))
    var state: String?
    @Option(help: ArgumentHelp("How much hako says: debug, info, warn or error.", valueName: "level"))
    var logLevel: String?

    func locations() throws(EngineError) -> Locations {
        if let logLevel {
            guard ["debug", "info", "warn", "error"].contains(logLevel) else {
                throw EngineError("--log-level \"\(logLevel)\": it is debug, info, warn or error")
            }
            unsafe Report.hidesWarnings = logLevel == "error"
        }
        return try Locations.choose(
            root: root, state: state, isRoot: Processes.userID == 0, userID: Processes.userID, directory: try currentDirectory(),
            variable: Environment.value)
    }

    func engine() throws(EngineError) -> Engine { try Engine(try locations()) }
}

/// What relative paths are relative to.
func currentDirectory() throws(EngineError) -> String {
    try attempt("find the working directory") { () throws(SystemError) in try Processes.workingDirectory() }
}

extension Sequence<String> {
    /// Does something for each container named, all of them, also after one that failed.
    func forEachContainer(_ engine: Engine, _ body: (ContainerRecord, String) throws(EngineError) -> Void) -> Int32 {
        var code: Int32 = 0
        for name in self {
            do throws(EngineError) {
                try body(try engine.find(name), name)
            } catch {
                Report.error(error.message)
                code = error.exitCode
            }
        }
        return code
    }
}
