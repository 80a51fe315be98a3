internal import Engine
internal import Flags
internal import Linux
internal import Runtime

/// All commands of `hako`.
let hako = Program<GlobalFlags>(
    name: "hako", summary: "Runs commands in containers.", version: "hako version \(RuntimeVersion.number)\n",
    commands: [
        Run.self, Create.self, Start.self, List.self, Remove.self, Stop.self, Kill.self, Wait.self, Attach.self, Logs.self,
        Diff.self, Export.self, Inspect.self, SystemCheckCommand.self, Version.self, ContainerCleanup.self, ContainerUnpack.self,
        ContainerErase.self, ContainerOwn.self,
    ])

protocol HakoCommand: Command where Globals == GlobalFlags {}

/// Flags of every command.
struct GlobalFlags: FlagSet {
    var root: String?
    var state: String?
    var logLevel: String?

    static let flags: [Flag<Self>] = [
        .value("root", of: "DIR", sets: \.root, "Where containers, layers and the database are kept (HAKO_ROOT)."),
        .value("state", of: "DIR", sets: \.state, "Where the state of what runs is kept (HAKO_STATE)."),
        .value("log-level", of: "LEVEL", sets: \.logLevel, "How much hako says: debug, info, warn or error."),
    ]

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
