internal import Engine
internal import Flags

/// Makes a container without starting it.
struct Create: HakoCommand {
    static let name = "create"
    static let summary = "Make a container; start runs it."
    static let words = "IMAGE [COMMAND [ARGUMENT...]]"
    static let wordCount = 1...Int.max
    static let wordsBeforeRest = 1

    static let flags: [FlagGroup<Self>] = RunFlags.groups { $1(&$0.flags) }

    var globals = GlobalFlags()
    var words: [String] = []
    var flags = RunFlags()

    func run() throws -> Int32 {
        if let explain = flags.process.explain { try Explain.start(explain) }
        var options = try flags.options(words)
        let engine = try globals.engine()
        let lock = try flags.chooseImage(&options, engine)
        defer { withExtendedLifetime(lock) {} }
        let made = try NewContainer.make(&options, engine, flags, starts: false)
        Report.line(made.record.id)
        return 0
    }
}
