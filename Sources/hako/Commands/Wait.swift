internal import Engine
internal import Flags

/// Waits for containers to end and prints their exit codes.
struct Wait: HakoCommand {
    static let name = "wait"
    static let summary = "Wait for containers to end; print their exit codes."
    static let words = "CONTAINER..."
    static let wordCount = 1...Int.max

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        return words.forEachContainer(engine) { record, _ throws(EngineError) in
            Report.line(String(try ContainerSignal(engine, record).wait()))
        }
    }
}
