internal import ArgumentParser
internal import Engine
internal import Linux

/// The command line. One line says what went wrong, and the exit code is docker's.
func run(_ words: [String]) -> Int32 {
    do {
        var command = try Hako.parseAsRoot(try ArgumentOrder.arrange(words))
        if let command = command as? any EngineCommand { return try command.execute() }
        try command.run()
        return 0
    } catch let error as EngineError {
        Report.error(error.message)
        return error.exitCode
    } catch let error as SystemError {
        Report.error("\(error)")
        return 125
    } catch {
        let code = Hako.exitCode(for: error)
        if code.isSuccess {
            Report.output(Hako.fullMessage(for: error) + "\n")
            return 0
        }
        Report.error(Hako.message(for: error).split(separator: "\n").first.map(String.init) ?? "\(error)")
        return 125
    }
}

let code = run(Array(CommandLine.arguments.dropFirst()))
Explain.finish()
Processes.exitNow(code)
