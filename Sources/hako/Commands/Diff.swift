internal import Engine
internal import Flags

/// Lists what a container changed in its root file system.
struct Diff: HakoCommand {
    static let name = "diff"
    static let summary = "List a container's changes: A added, C changed, D deleted."
    static let words = "CONTAINER"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        if let code = try engine.again(["diff", words[0]]) { return code }
        let changes = try engine.changes(try engine.find(words[0]))
        Report.output(changes.map { "\($0)\n" }.joined())
        return 0
    }
}
