internal import ArgumentParser
internal import Runtime

struct Version: EngineCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func execute() throws -> Int32 {
        Report.line("hako version \(RuntimeVersion.number)")
        return 0
    }
}
