/// Reads a command line as docker, podman and runc do: `--name=value`, `--name value`, `-n value`, `-nvalue`, `-it`, `--`.
///
/// Of its own because it is on the path of every start: it takes 0.1 ms for the ninety flags of `run`, where
/// swift-argument-parser, which builds its tables by reflection, took 4.3 ms of 13.6 (docs/architecture.md).
struct FlagReader<Target> {
    let groups: [FlagGroup<Target>]
    /// For help, in messages: `hako run`.
    let command: String
    /// After so many words that are no flags, the rest belongs to someone else: a container's command.
    let wordsBeforeRest: Int
    /// Whether one dash means the same as two, as in Go's programs.
    let takesSingleDash: Bool

    struct Reading {
        var words: [String] = []
        var wantsHelp = false
    }

    func read(_ given: ArraySlice<String>, into target: inout Target) throws(UsageError) -> Reading {
        var reading = Reading()
        var rest = given
        while let word = rest.popFirst() {
            if reading.words.count >= wordsBeforeRest {
                reading.words += [word] + rest
                return reading
            }
            if word == "--" {
                reading.words += rest
                return reading
            }
            guard word.hasPrefix("-"), word != "-" else {
                reading.words.append(word)
                continue
            }
            if try readFlag(word, &rest, &target) { continue }
            reading.wantsHelp = true
            return reading
        }
        return reading
    }

    /// False for a request for help.
    private func readFlag(_ word: String, _ rest: inout ArraySlice<String>, _ target: inout Target) throws(UsageError) -> Bool {
        let isLong = word.hasPrefix("--")
        let body = word.dropFirst(isLong ? 2 : 1)
        let equals = body.utf8.firstIndex(of: UInt8(ascii: "="))
        let name = equals.map { body[..<$0] } ?? body
        let value = equals.map { String(body[body.utf8.index(after: $0)...]) }
        if isLong || (takesSingleDash && name.utf8.count > 1) {
            guard let flag = find(name), isLong || flag.names.contains(where: { $0 == name }) else {
                if name == "help" { return false }
                throw unknown(word)
            }
            try set(flag, "--\(name)", value, &rest, &target)
            return true
        }
        return try readLetters(word, body, &rest, &target)
    }

    /// `-it`, `-eA=B`, `-e=A=B`, `-e A=B`.
    private func readLetters(
        _ word: String, _ body: Substring, _ rest: inout ArraySlice<String>, _ target: inout Target
    ) throws(UsageError) -> Bool {
        var letters = body
        while let letter = letters.popFirst() {
            guard let flag = find(String(letter)[...]) else {
                if letter == "h" { return false }
                throw unknown(word.count == 2 ? word : "-\(letter) in \(word)")
            }
            var value: String?
            if case .value = flag.form, !letters.isEmpty {
                value = String(letters.first == "=" ? letters.dropFirst() : letters)
                letters = ""
            } else if letters.first == "=" {
                value = String(letters.dropFirst())
                letters = ""
            }
            try set(flag, "-\(letter)", value, &rest, &target)
        }
        return true
    }

    private func set(
        _ flag: Flag<Target>, _ name: String, _ value: String?, _ rest: inout ArraySlice<String>, _ target: inout Target
    ) throws(UsageError) {
        switch flag.form {
        case .toggle:
            guard let on = value.map(Self.boolean) ?? true else {
                throw UsageError("\(name) \"\(value ?? "")\": it is true or false")
            }
            flag.set(&target, on ? "true" : "false")
        case .optional(_, let standard): flag.set(&target, value ?? standard)
        case .value(let kind):
            guard let value = value ?? rest.popFirst() else { throw UsageError("\(name) needs a value (\(kind))") }
            flag.set(&target, value)
        }
    }

    private func find(_ name: Substring) -> Flag<Target>? {
        for group in 0..<groups.count {
            let flags = groups[group].flags
            for index in 0..<flags.count where flags[index].names.contains(where: { $0 == name }) { return flags[index] }
        }
        return nil
    }

    private func unknown(_ word: String) -> UsageError {
        UsageError("unknown flag \(word.prefix { $0 != "=" }); see \(command) --help")
    }

    /// The spellings of yes and no that Go's flag packages take; nil for anything else.
    private static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
