import Runtime

/// One option of a command: declared once; parsing and help both read this.
struct OptionDeclaration {
    /// With its dashes; the first is the main one.
    let names: [String]
    /// What stands for the value in help; nil for a switch.
    let value: String?
    let help: String

    init(_ names: String..., value: String? = nil, help: String) {
        self.names = names
        self.value = value
        self.help = help
    }
}

/// What was given on a command line. Small because it is on the path of every start: the general parser `hako` uses
/// takes 1.4 ms, half of what a container may take here.
struct ParsedOptions {
    private(set) var values: [String: [String]] = [:]
    private(set) var arguments: [String] = []

    /// - Parameter stopsAtArgument: whether what follows the first argument is left as it is (a command's own options).
    init(_ words: ArraySlice<String>, _ declared: [OptionDeclaration], argumentsBeforeStop: Int) throws(UsageError) {
        var rest = words
        while let word = rest.popFirst() {
            if arguments.count >= argumentsBeforeStop {
                arguments.append(word)
                continue
            }
            if word == "--" {
                arguments += rest
                return
            }
            guard word.hasPrefix("-"), word.count > 1 else {
                arguments.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            // As with Go's flag package, one dash and two are the same.
            let bare = parts[0].drop { $0 == "-" }
            guard let option = declared.first(where: { $0.names.contains { $0.drop { $0 == "-" } == bare } }) else {
                throw UsageError("unknown option \(parts[0]); see --help")
            }
            let name = option.names[0]
            if option.value == nil {
                guard parts.count == 1 || ["true", "false"].contains(parts[1]) else {
                    throw UsageError("\(name) takes no value but true or false")
                }
                if parts.count == 1 || parts[1] == "true" { values[name, default: []].append("true") }
            } else if parts.count == 2 {
                values[name, default: []].append(parts[1])
            } else if let next = rest.popFirst() {
                values[name, default: []].append(next)
            } else {
                throw UsageError("\(name) needs a value (\(option.value ?? ""))")
            }
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }
    func string(_ name: String) -> String? { values[name]?.last }
    func strings(_ name: String) -> [String] { values[name] ?? [] }

    func number(_ name: String) throws(UsageError) -> Int? {
        guard let text = string(name) else { return nil }
        guard let number = Int(text), number >= 0 else { throw UsageError("\(name): \"\(text)\" is not a whole number") }
        return number
    }
}

/// Words on the command line that cannot be understood.
struct UsageError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
