internal import ArgumentParser
internal import Engine

/// Hako itself.
struct System: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Look after hako itself.", subcommands: [SystemCheckCommand.self])
}

/// Finds what a crash left half made, and mends it.
struct SystemCheckCommand: EngineCommand {
    static let configuration = CommandConfiguration(commandName: "check", abstract: "Find and mend what a crash left behind.")

    @OptionGroup var globals: GlobalFlags

    func execute() throws -> Int32 {
        let lines = try SystemCheck(try globals.engine()).run()
        for line in lines { Report.line(line) }
        if lines.isEmpty { Report.line("nothing to mend") }
        return 0
    }
}
