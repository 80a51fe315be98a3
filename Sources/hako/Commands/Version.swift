internal import Flags
internal import Runtime

struct Version: HakoCommand {
    static let name = "version"
    static let summary = "Print the version."

    var globals = GlobalFlags()
    var words: [String] = []
    func run() throws -> Int32 {
        Report.line("hako version \(RuntimeVersion.number)")
        return 0
    }
}
