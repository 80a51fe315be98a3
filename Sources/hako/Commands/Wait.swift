internal import Engine
internal import Flags

/// Waits for containers to end and prints their exit codes.
struct Wait: HakoCommand {
    static let name = "wait"
    static let summary = "Wait for containers to end; print their exit codes."
    static let words = "CONTAINER..."
    static let flags: [FlagGroup<Self>] = [
        ContainerChoice.group({ $1(&$0.choice) })
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var choice = ContainerChoice()

    func run() throws -> Int32 {
        let engine = try globals.engine()
        return try choice.names(words, engine).forEachContainer(engine) { record, _ throws(EngineError) in
            Report.line(String(try ContainerSignal(engine, record).wait()))
        }
    }
}
