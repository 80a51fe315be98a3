import Linux
import Runtime

/// One run of the program, from its words to its exit code.
struct Invocation {
    let words: [String]
    let commands: [any Command.Type]

    func run() -> Int32 {
        var log = MessageLog(path: nil, format: .text)
        do {
            let given = try ParsedOptions(words.dropFirst(), Globals.declared, argumentsBeforeStop: 1)
            if given.has("--version") {
                return try answer("hako-runtime version \(RuntimeVersion.number)\nspec: \(RuntimeVersion.specification)\n")
            }
            if given.has("--help") && given.arguments.isEmpty { return try answer(help) }
            let globals = try Globals(given)
            log = globals.log
            guard let name = given.arguments.first else { throw UsageError("name a command; see --help") }
            guard let command = commands.first(where: { $0.name == name }) else {
                throw UsageError("there is no command \"\(name)\"; see --help")
            }
            let rest = given.arguments.dropFirst()
            if rest.first == "--help" || rest.first == "-h" { return try answer(Self.help(of: command)) }
            let options = try ParsedOptions(rest, command.options, argumentsBeforeStop: command.argumentsBeforeStop)
            return try command.run(globals, options)
        } catch let error as UsageError {
            log.error(error.message)
        } catch {
            log.error("\(error)")
        }
        return 1
    }

    private func answer(_ text: String) throws -> Int32 {
        try StandardStreams.writeOutput(text)
        return 0
    }

    private var help: String {
        "usage: hako-runtime [options] COMMAND ...\n\ncommands:\n"
            + commands.map { Self.line($0.name, $0.summary) }.joined() + "\noptions:\n" + Self.lines(Globals.declared)
    }

    private static func help(of command: any Command.Type) -> String {
        "usage: hako-runtime \(command.name) [options] \(command.arguments)\n\(command.summary)\n"
            + (command.options.isEmpty ? "" : "\noptions:\n" + lines(command.options))
    }

    private static func lines(_ options: [OptionDeclaration]) -> String {
        options.map { line($0.names.joined(separator: ", ") + ($0.value.map { " \($0)" } ?? ""), $0.help) }.joined()
    }

    private static func line(_ left: String, _ right: String) -> String {
        "  " + left + String(repeating: " ", count: max(1, 30 - left.count)) + right + "\n"
    }
}
