import Testing

@testable import Flags

private struct Sample: Sendable, Equatable {
    var interactive = false
    var terminal = false
    var remove = false
    var reads = false
    var environment: [String] = []
    var memory: String?
    var explain: String?
    var network: String?

    static let flags: [Flag<Sample>] = [
        .toggle("interactive", "i", help: "i") { $0.interactive = $1 }, .toggle("tty", "t", help: "t") { $0.terminal = $1 },
        .toggle("rm", help: "r") { $0.remove = $1 }, .toggle("init", help: "r") { $0.reads = $1 },
        .value("env", "e", of: "KEY=VALUE", help: "e") { $0.environment.append($1) },
        .value("memory", "m", of: "SIZE", help: "m") { $0.memory = $1 },
        .optional("explain", of: "FILE", default: "-", help: "x") { $0.explain = $1 },
        .value("network", "net", of: "MODE", help: "n") { $0.network = $1 },
    ]

    static func read(_ words: [String], before: Int = 1, single: Bool = false) throws(UsageError) -> (Sample, [String], Bool) {
        var sample = Sample()
        let reading = try FlagReader(
            groups: [FlagGroup("Flags", flags)], command: "test", wordsBeforeRest: before, takesSingleDash: single
        ).read(words[...], into: &sample)
        return (sample, reading.words, reading.wantsHelp)
    }
}

@Suite struct FlagReaderTests {
    @Test func lettersStandTogether() throws {
        let (sample, words, _) = try Sample.read(["-it", "host", "ls", "-la"])
        #expect(sample.interactive && sample.terminal && words == ["host", "ls", "-la"])
    }

    @Test(arguments: [
        ["-eA=B", "-e", "C=D", "-ite=E=F"], ["--env=A=B", "--env", "C=D", "-it", "-e=E=F"],
        ["-e=A=B", "-eC=D", "-itfalse", "-eE=F"],
    ])
    func valuesInEverySpelling(_ words: [String]) throws {
        guard !words.contains("-itfalse") else {
            #expect(throws: UsageError.self) { try Sample.read(words) }
            return
        }
        #expect(try Sample.read(words + ["host"]).0.environment == ["A=B", "C=D", "E=F"])
    }

    @Test(arguments: [(["--rm=true"], true), (["--rm"], true), (["--rm=false"], false), (["--rm", "--rm=0"], false)])
    func togglesTakeYesAndNo(_ words: [String], _ expected: Bool) throws {
        #expect(try Sample.read(words).0.remove == expected)
    }

    @Test func aValueMayBeginWithADash() throws { #expect(try Sample.read(["-m", "-1", "host"]).0.memory == "-1") }

    @Test(arguments: [(["--explain", "host"], "-"), (["--explain=t.json", "host"], "t.json")])
    func aValueMayBeLeftOut(_ words: [String], _ expected: String) throws {
        let (sample, rest, _) = try Sample.read(words)
        #expect(sample.explain == expected && rest == ["host"])
    }

    @Test func theRestIsTheCommands() throws {
        let (sample, words, help) = try Sample.read(["host", "x", "--explain", "--help", "--", "-i"])
        #expect(sample == Sample() && words == ["host", "x", "--explain", "--help", "--", "-i"] && !help)
        #expect(try Sample.read(["--rm", "--", "host", "--x"]).1 == ["host", "--x"])
    }

    @Test func flagsMayFollowWordsWhereThereIsNoRest() throws {
        let (sample, words, _) = try Sample.read(["one", "--rm", "two", "-"], before: .max)
        #expect(sample.remove && words == ["one", "two", "-"])
    }

    @Test func anAliasIsTheSameFlag() throws { #expect(try Sample.read(["--net=host"]).0.network == "host") }

    @Test func oneDashIsAsGoodAsTwoWhereGoIsFollowed() throws {
        let (sample, words, _) = try Sample.read(["-memory", "1g", "-rm", "-i", "id"], single: true)
        #expect(sample.memory == "1g" && sample.remove && sample.interactive && words == ["id"])
    }

    @Test(arguments: [["--help"], ["-h"], ["-ih"]])
    func helpIsAskedFor(_ words: [String]) throws { #expect(try Sample.read(words).2) }

    @Test(arguments: [
        (["--bogus", "host"], "unknown flag --bogus; see test --help"), (["--bogus=1"], "unknown flag --bogus; see test --help"),
        (["-z"], "unknown flag -z; see test --help"), (["-iz"], "unknown flag -z in -iz; see test --help"),
        (["--memory"], "--memory needs a value (SIZE)"), (["-e"], "-e needs a value (KEY=VALUE)"),
        (["--rm=maybe"], "--rm \"maybe\": it is true or false"),
    ])
    func refusesInOneLine(_ words: [String], _ message: String) {
        #expect(throws: UsageError(message)) { try Sample.read(words) }
    }
}

private struct Shared: FlagSet {
    var root: String?
    static let flags: [Flag<Shared>] = [.value("root", of: "DIR", help: "Where.") { $0.root = $1 }]
}

private struct Show: Command {
    static let name = "show"
    static let summary = "Show things."
    static let words = "THING..."
    static let wordCount = 1...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [Flag<Show>.toggle("all", "a", help: "All of them.") { $0.all = $1 }])
    ]
    var globals = Shared()
    var words: [String] = []
    var all = false
    func run() -> Int32 { 0 }
}

private struct Check: Command {
    static let name = "system check"
    static let summary = "Check."
    static let flags: [FlagGroup<Self>] = []
    var globals = Shared()
    var words: [String] = []
    func run() -> Int32 { 0 }
}

@Suite struct ProgramTests {
    private let program = Program<Shared>(
        name: "prog", summary: "Does things.", version: "1\n", commands: [.init(Show.self), .init(Check.self)])

    private func read(_ words: String...) throws(UsageError) -> (command: (any Command)?, text: String) {
        var globals = Shared()
        switch try program.read(words[...], globals: &globals) {
        case .command(let command): return (command, "")
        case .text(let text): return (nil, text)
        }
    }

    @Test func flagsOfAllCommandsStandBeforeAndAfterTheName() throws {
        for words in [["--root", "/r", "show", "x"], ["show", "--root=/r", "x"], ["show", "x", "--root", "/r"]] {
            var globals = Shared()
            guard case .command(let read) = try program.read(words[...], globals: &globals) else { return }
            let command = try #require(read as? Show)
            #expect(command.globals.root == "/r" && command.words == ["x"])
        }
    }

    @Test func groupsHaveCommandsOfTwoWords() throws {
        #expect(try read("system", "check").command is Check)
        #expect(throws: UsageError("prog system needs a command: check")) { try read("system") }
    }

    @Test func wordsAreCounted() {
        #expect(throws: UsageError("THING... is missing; see prog show --help")) { try read("show") }
        #expect(throws: UsageError("THING... is expected, but there are 3 arguments; see prog show --help")) {
            try read("show", "1", "2", "3")
        }
        #expect(throws: UsageError("no arguments are expected, but there is \"x\"; see prog system check --help")) {
            try read("system", "check", "x")
        }
        #expect(throws: UsageError("there is no command \"sho\"; see prog --help")) { try read("sho") }
    }

    @Test func helpAndVersion() throws {
        #expect(try read("--version").text == "1\n")
        #expect(try read("--help").text.contains("show           Show things."))
        for text in [try read("show", "--help").text, try read("help", "show").text, try read("show", "-h").text] {
            #expect(text.hasPrefix("Usage: prog show [flags] THING...\n\nShow things.\n"))
            #expect(text.contains("  -a, --all   All of them.\n") && text.contains("--root DIR"))
        }
    }
}
