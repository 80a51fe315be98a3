/// A set of flags that stand together as the properties of a value.
package protocol FlagSet: Sendable {
    init()
    static var flags: [Flag<Self>] { get }
}

/// A command of a program: its flags declared, its words checked, its work done by `run`.
package protocol Command<Globals>: Sendable {
    /// Flags that all commands of the program take, and that may also stand before the command's name.
    associatedtype Globals: FlagSet

    init()
    /// `run`; `system check` for a command of a group.
    static var name: String { get }
    static var summary: String { get }
    /// The words after the flags, for help: `CONTAINER...`.
    static var words: String { get }
    static var flags: [FlagGroup<Self>] { get }
    /// How many words there may be.
    static var wordCount: ClosedRange<Int> { get }
    /// After so many words the rest is taken as it is.
    static var wordsBeforeRest: Int { get }
    /// Not for people: left out of help.
    static var isHidden: Bool { get }

    var globals: Globals { get set }
    var words: [String] { get set }

    /// - Returns: the exit code.
    func run() throws -> Int32
}

extension Command {
    package static var words: String { "" }
    package static var flags: [FlagGroup<Self>] { [] }
    package static var wordCount: ClosedRange<Int> { words.isEmpty ? 0...0 : 0...Int.max }
    package static var wordsBeforeRest: Int { .max }
    package static var isHidden: Bool { false }
}

/// One command of a program. Neither an `any Command<Globals>.Type` nor with a constraint: for a list of those conformances are looked
/// up at run time, which takes 0.05 ms.
package struct CommandEntry<Globals>: Sendable {
    let name: String
    let summary: String
    let isHidden: Bool
    /// Another name of a command: listed only among those of its group.
    let isAlias: Bool
    let read: @Sendable (Program<Globals>, ArraySlice<String>, Globals) throws(UsageError) -> Program<Globals>.Request
    let help: @Sendable (Program<Globals>) -> String
    let describe: @Sendable () -> CommandDescription

    /// - Parameter alias: another name than the command's own.
    package init<C: Command>(_ command: C.Type, as alias: String? = nil) where C.Globals == Globals {
        name = alias ?? C.name
        summary = C.summary
        isHidden = C.isHidden
        isAlias = alias != nil
        read = { (program, words, globals) throws(UsageError) in try program.read(C.self, words, globals: globals) }
        help = { Help.text(of: C.self, in: $0) }
        describe = { CommandDescription(C.self, as: alias) }
    }
}

/// A program's commands, and how its command line is read.
package struct Program<Globals>: Sendable {
    package let name: String
    package let summary: String
    package let version: String
    package let commands: [CommandEntry<Globals>]
    /// Whether `-bundle` means `--bundle`, as in Go's programs.
    package let takesSingleDash: Bool

    package init(
        name: String, summary: String, version: String, commands: [CommandEntry<Globals>], takesSingleDash: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.version = version
        self.commands = commands
        self.takesSingleDash = takesSingleDash
    }

    /// What a command line asks for.
    package enum Request {
        case command(any Command)
        /// Help, or the version: text to print.
        case text(String)
    }
}

private struct Front<Globals> {
    var globals: Globals
    var wantsVersion = false
}

// Lists are gone through by their indices: generic code that iterates looks up conformances, which takes 0.02 ms each.
extension Program where Globals: FlagSet {
    /// - Parameter given: the words after the program's name.
    /// - Returns: what to do, and the flags given before the command, which hold even when the command's are wrong.
    package func read(_ given: ArraySlice<String>, globals: inout Globals) throws(UsageError) -> Request {
        var front = Front(globals: Globals())
        var flags: [Flag<Front<Globals>>] = Globals.flags.lifted { $1(&$0.globals) }
        flags.append(.toggle("version", "v", help: "Print the version.") { $0.wantsVersion = $1 })
        let reading = try FlagReader(
            groups: [FlagGroup("", flags)], command: name, wordsBeforeRest: 1, takesSingleDash: takesSingleDash
        ).read(given, into: &front)
        globals = front.globals
        if reading.wantsHelp { return .text(Help.text(of: self)) }
        if front.wantsVersion { return .text(self.version) }
        var words = reading.words[...]
        guard let first = words.first else { throw UsageError("name a command; see \(name) --help") }
        if first == "help" {
            words.removeFirst()
            return .text(try help(on: words))
        }
        guard let (command, rest) = find(words) else { throw unknown(words) }
        return try command.read(self, rest, globals)
    }

    fileprivate func read<C: Command<Globals>>(
        _ type: C.Type, _ given: ArraySlice<String>, globals: Globals
    ) throws(UsageError) -> Request {
        var command = C()
        command.globals = globals
        var groups = C.flags
        groups.append(FlagGroup("", Globals.flags.lifted { $1(&$0.globals) }))
        let reading = try FlagReader(
            groups: groups, command: "\(name) \(C.name)", wordsBeforeRest: C.wordsBeforeRest, takesSingleDash: takesSingleDash
        ).read(given, into: &command)
        if reading.wantsHelp { return .text(Help.text(of: type, in: self)) }
        guard C.wordCount.contains(reading.words.count) else {
            throw UsageError(Self.wrongCount(C.words, reading.words) + "; see \(name) \(C.name) --help")
        }
        command.words = reading.words
        return .command(command)
    }

    private static func wrongCount(_ expected: String, _ given: [String]) -> String {
        if expected.isEmpty { return "no arguments are expected, but there is \"\(given[0])\"" }
        return given.isEmpty
            ? "\(expected.prefix { $0 != " " }) is missing" : "\(expected) is expected, but there are \(given.count) arguments"
    }

    private func find(_ words: ArraySlice<String>) -> (CommandEntry<Globals>, ArraySlice<String>)? {
        for count in [2, 1] where words.count >= count {
            let first = words[words.startIndex]
            let name = count == 1 ? first : "\(first) \(words[words.startIndex + 1])"
            for index in 0..<commands.count where commands[index].name == name {
                return (commands[index], words.dropFirst(count))
            }
        }
        return nil
    }

    private func help(on words: ArraySlice<String>) throws(UsageError) -> String {
        if words.isEmpty { return Help.text(of: self) }
        if let (command, _) = find(words) { return command.help(self) }
        let members = commands.filter { $0.name.hasPrefix("\(words.joined(separator: " ")) ") }
        guard !members.isEmpty else { throw unknown(words) }
        return Help.list(members, in: self)
    }

    private func unknown(_ words: ArraySlice<String>) -> UsageError {
        let first = words.first ?? ""
        let members = commands.filter { $0.name.hasPrefix("\(first) ") && !$0.isHidden }.map {
            String($0.name.dropFirst(first.count + 1))
        }
        guard members.isEmpty else {
            return UsageError("\(name) \(first) needs a command: \(members.joined(separator: ", "))")
        }
        return UsageError("there is no command \"\(first)\"; see \(name) --help")
    }
}
