internal import ArgumentParser
internal import Engine

/// Waits for containers to end and prints their exit codes.
struct Wait: EngineCommand {
    static let configuration = CommandConfiguration(abstract: "Wait for containers to end; print their exit codes.")

    @OptionGroup var globals: GlobalFlags
    @Argument(help: "Names or ids.") var containers: [String]

    func execute() throws -> Int32 {
        let engine = try globals.engine()
        return containers.forEachContainer(engine) { record, _ throws(EngineError) in
            Report.line(String(try ContainerSignal(engine, record).wait()))
        }
    }
}
