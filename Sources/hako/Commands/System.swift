internal import Engine
internal import Flags

/// Finds what a crash left half made, and mends it.
struct SystemCheckCommand: HakoCommand {
    static let name = "system check"
    static let summary = "Find and mend what a crash left behind."

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        if let code = try engine.again(["system", "check"]) { return code }
        let lines = try SystemCheck(engine).run()
        for line in lines { Report.line(line) }
        if lines.isEmpty { Report.line("nothing to mend") }
        return 0
    }
}
