/// What `--help` prints, made of the declarations.
enum Help {
    static func text<Globals: FlagSet>(of program: Program<Globals>) -> String {
        let shown = program.commands.filter { !$0.isHidden && !$0.isAlias }
        return "Usage: \(program.name) [flags] COMMAND\n\n\(program.summary)\n\nCommands:\n"
            + lines(shown.map { ($0.name, $0.summary) }) + "\n" + group(FlagGroup("Flags", Globals.flags))
            + "\n\(program.name) COMMAND --help tells more of one.\n"
    }

    static func text<C: Command>(of command: C.Type, in program: Program<C.Globals>) -> String {
        var usage = "Usage: \(program.name) \(C.name)"
        if !C.flags.isEmpty { usage += " [flags]" }
        if !C.words.isEmpty { usage += " \(C.words)" }
        let groups = C.flags.map(group) + [group(FlagGroup("Flags of every command", C.Globals.flags))]
        return "\(usage)\n\n\(C.summary)\n\n" + groups.joined(separator: "\n")
    }

    static func list<Globals: FlagSet>(_ commands: [CommandEntry<Globals>], in program: Program<Globals>) -> String {
        "Commands:\n" + lines(commands.filter { !$0.isHidden }.map { ("\(program.name) \($0.name)", $0.summary) })
    }

    private static func group<Target>(_ group: FlagGroup<Target>) -> String {
        "\(group.title):\n" + lines(group.flags.map { (name(of: $0), $0.help) })
    }

    /// `-m, --memory SIZE`, with room for the letter where there is none.
    private static func name<Target>(of flag: Flag<Target>) -> String {
        let short = flag.names.filter { $0.count == 1 }.map { "-\($0)" }
        let long = flag.names.filter { $0.count > 1 }.map { "--\($0)" }
        let text = (short.isEmpty ? "    " : "") + (short + long).joined(separator: ", ")
        switch flag.form {
        case .toggle: return text
        case .value(let kind): return "\(text) \(kind)"
        case .optional(let kind, _): return "\(text)[=\(kind)]"
        }
    }

    private static func lines(_ pairs: [(String, String)]) -> String {
        let width = min(pairs.map(\.0.count).max() ?? 0, 34)
        return pairs.map { left, right in
            left.count > width
                ? "  \(left)\n  \(String(repeating: " ", count: width))   \(right)\n"
                : "  \(left)\(String(repeating: " ", count: width - left.count))   \(right)\n"
        }.joined()
    }
}
