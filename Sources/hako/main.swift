internal import Engine
internal import Flags
internal import Linux

/// The command line. One line says what went wrong, and the exit code is docker's.
func run(_ words: ArraySlice<String>) -> Int32 {
    var globals = GlobalFlags()
    do {
        switch try hako.read(words, globals: &globals) {
        case .text(let text): Report.output(text)
        case .command(let command): return try command.run()
        }
        return 0
    } catch let error as EngineError {
        if !error.message.isEmpty { Report.error(error.message) }
        return error.exitCode
    } catch {
        Report.error("\(error)")
        return 125
    }
}

let code = run(CommandLine.arguments.dropFirst())
Explain.finish()
Processes.exitNow(code)
