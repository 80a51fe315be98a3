/// What a shell offers for the word that is being typed.
package struct Completion {
    package struct Candidate: Sendable, Equatable {
        package let text: String
        package let help: String
    }

    private let commands: [CommandDescription]
    private let globals: [CommandDescription.FlagDescription]
    /// The values there are of a kind: `CONTAINER`, `IMAGE`.
    private let values: (String) -> [String]

    package init<Globals: FlagSet>(of program: Program<Globals>, values: @escaping (String) -> [String]) {
        commands = program.descriptions.filter { !$0.isHidden }
        globals = program.globalFlags
        self.values = values
    }

    /// - Parameter words: those after the program's name, the one being typed last.
    /// - Returns: nothing where a shell should offer files.
    package func candidates(_ words: [String]) -> [Candidate] {
        let typed = words.last ?? ""
        var before = words.dropLast()[...]
        var expected: CommandDescription.FlagDescription?
        let front = skipFlags(&before, globals, &expected)
        if let expected { return of(expected, typed) }
        guard let (command, rest) = find(before) else {
            return typed.hasPrefix("-") && front ? flags(globals, typed) : names(before, typed)
        }
        return inside(command, rest, typed)
    }

    /// Takes the flags before the command away.
    ///
    /// - Returns: whether nothing but flags was there.
    private func skipFlags(
        _ words: inout ArraySlice<String>, _ known: [CommandDescription.FlagDescription],
        _ expected: inout CommandDescription.FlagDescription?
    ) -> Bool {
        while let word = words.first, word.hasPrefix("-") {
            words.removeFirst()
            guard let flag = flag(word, known), case .value = flag.form, !word.contains(where: { $0 == "=" }) else { continue }
            if words.isEmpty { expected = flag } else { words.removeFirst() }
        }
        return words.isEmpty
    }

    private func find(_ words: ArraySlice<String>) -> (CommandDescription, ArraySlice<String>)? {
        for count in [2, 1] where words.count >= count {
            let name = words.prefix(count).joined(separator: " ")
            if let command = commands.first(where: { $0.name == name }) { return (command, words.dropFirst(count)) }
        }
        return nil
    }

    /// The next word of commands' names.
    private func names(_ before: ArraySlice<String>, _ typed: String) -> [Candidate] {
        let prefix = before.isEmpty ? "" : before.joined(separator: " ") + " "
        var seen: Set<String> = []
        return commands.compactMap { command in
            guard command.name.hasPrefix(prefix) else { return nil }
            let rest = command.name.dropFirst(prefix.count).split(separator: " ")
            guard let next = rest.first, next.hasPrefix(typed), seen.insert(String(next)).inserted else { return nil }
            return Candidate(text: String(next), help: rest.count == 1 ? command.summary : "")
        }.sorted { $0.text < $1.text }
    }

    private func inside(_ command: CommandDescription, _ given: ArraySlice<String>, _ typed: String) -> [Candidate] {
        let known = command.groups.flatMap(\.flags) + globals
        var rest = given
        var place = 0
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                place += 1
                continue
            }
            guard let flag = flag(word, known), case .value = flag.form, !word.contains(where: { $0 == "=" }) else { continue }
            if rest.isEmpty { return of(flag, typed) }
            rest.removeFirst()
        }
        if typed.hasPrefix("-") { return flags(known, typed) }
        let kinds = command.words.split(separator: " ").map(String.init)
        guard let kind = place < kinds.count ? kinds[place] : kinds.last(where: { $0.hasSuffix("...") }) else { return [] }
        return offer(kind.split(separator: "|").flatMap { values(Self.bare($0)) }, typed)
    }

    /// `[CONTAINER...]` as `CONTAINER`.
    private static func bare(_ kind: Substring) -> String { String(kind.filter { $0.isLetter }) }

    private func flag(
        _ word: String, _ known: [CommandDescription.FlagDescription]
    ) -> CommandDescription.FlagDescription? {
        let name = word.prefix { $0 != "=" }
        return known.first { $0.dashed.contains(String(name)) }
    }

    private func of(_ flag: CommandDescription.FlagDescription, _ typed: String) -> [Candidate] {
        guard case .value(let kind) = flag.form else { return [] }
        return offer(values(kind), typed)
    }

    private func flags(_ known: [CommandDescription.FlagDescription], _ typed: String) -> [Candidate] {
        known.flatMap { flag in
            flag.dashed.filter { $0.count > 2 && $0.hasPrefix(typed) }.map { Candidate(text: $0, help: flag.help) }
        }
    }

    private func offer(_ texts: [String], _ typed: String) -> [Candidate] {
        texts.filter { $0.hasPrefix(typed) }.map { Candidate(text: $0, help: "") }
    }

    // MARK: Scripts

    package static let shells = ["bash", "zsh", "fish"]

    /// A script for a shell, which asks `PROGRAM complete -- WORD...` each time.
    package static func script(_ shell: String, for program: String) -> String? {
        switch shell {
        case "bash":
            """
            # Completion of \(program) for bash: source <(\(program) completion bash)
            _\(program)_complete() {
              local IFS=$'\\n' words=("${COMP_WORDS[@]:1:COMP_CWORD}")
              COMPREPLY=($(\(program) complete -- "${words[@]}" 2>/dev/null | cut -f1))
              [ ${#COMPREPLY[@]} -gt 0 ] || compopt -o default
            }
            complete -F _\(program)_complete \(program)

            """
        case "zsh":
            """
            #compdef \(program)
            # Completion of \(program) for zsh: source <(\(program) completion zsh)
            _\(program)() {
              local -a found
              local line
              while IFS=$'\\t' read -r value help; do
                [ -n "$value" ] && found+=("${value//:/\\\\:}${help:+:$help}")
              done < <(\(program) complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
              if (( ${#found} )); then _describe '\(program)' found; else _files; fi
            }
            compdef _\(program) \(program)

            """
        case "fish":
            """
            # Completion of \(program) for fish: \(program) completion fish | source
            function __\(program)_complete
              set -l words (commandline -opc)[2..-1] (commandline -ct)
              \(program) complete -- $words 2>/dev/null
            end
            complete -c \(program) -a '(__\(program)_complete)'

            """
        default: nil
        }
    }
}
