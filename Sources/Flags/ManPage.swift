/// Manual pages, made of the declarations. man(7).
package enum ManPage {
    /// The program's own page.
    package static func page<Globals: FlagSet>(of program: Program<Globals>) -> String {
        let shown = program.descriptions.filter { !$0.isHidden }
        return head(program.name, program.summary, "\(program.name) [flags] COMMAND")
            + section("Commands", shown.map { ("\(program.name) \($0.name)", $0.summary) })
            + section("Flags", program.globalFlags.map { (title($0), $0.help) })
            + ".SH SEE ALSO\n" + shown.prefix(6).map { ".BR \(escaped(fileName($0, program.name))) (1)" }.joined(separator: ",\n")
            + "\n"
    }

    /// `hako-image-ls`, and its text.
    package static func page<Globals: FlagSet>(
        of command: CommandDescription, in program: Program<Globals>
    ) -> (name: String, text: String) {
        let usage = "\(program.name) \(command.name) [flags] \(command.words)"
        let name = fileName(command, program.name)
        let groups = command.groups.map { section($0.title, $0.flags.map { (title($0), $0.help) }) }.joined()
        return (
            name,
            head(name, command.summary, usage) + groups
                + section("Flags of every command", program.globalFlags.map { (title($0), $0.help) })
                + ".SH SEE ALSO\n.BR \(escaped(program.name)) (1)\n"
        )
    }

    private static func fileName(_ command: CommandDescription, _ program: String) -> String {
        "\(program)-\(command.name.split(separator: " ").joined(separator: "-"))"
    }

    private static func head(_ name: String, _ summary: String, _ usage: String) -> String {
        ".TH \(escaped(name.uppercased())) 1\n.SH NAME\n\(escaped(name)) \\- \(escaped(summary))\n"
            + ".SH SYNOPSIS\n.B \(escaped(usage))\n"
    }

    private static func section(_ title: String, _ entries: [(String, String)]) -> String {
        guard !entries.isEmpty else { return "" }
        return ".SH \(escaped(title.uppercased()))\n"
            + entries.map { ".TP\n.B \(escaped($0.0))\n\(escaped($0.1))\n" }.joined()
    }

    private static func title(_ flag: CommandDescription.FlagDescription) -> String {
        let names = flag.dashed.sorted { $0.count < $1.count }.joined(separator: ", ")
        return switch flag.form {
        case .toggle: names
        case .value(let kind): "\(names) \(kind)"
        case .optional(let kind, _): "\(names)[=\(kind)]"
        }
    }

    /// Nothing of it is taken for a request of roff's.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for letter in text {
            switch letter {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            default: out.append(letter)
            }
        }
        return out.hasPrefix(".") || out.hasPrefix("'") ? "\\&\(out)" : out
    }
}
