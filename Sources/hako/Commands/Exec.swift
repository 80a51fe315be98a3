internal import Engine
internal import Flags
internal import Linux

/// Runs another command in a container that runs.
struct Exec: HakoCommand {
    static let name = "exec"
    static let summary = "Run a command in a container that runs."
    static let words = "CONTAINER COMMAND [ARGUMENT...]"
    static let wordCount = 2...Int.max
    static let wordsBeforeRest = 1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("detach", "d", help: "Return once the command runs; its output goes nowhere.") { $0.detach = $1 },
                .toggle("interactive", "i", help: "Pass standard input on.") { $0.interactive = $1 },
                .toggle("tty", "t", help: "Give the command a terminal.") { $0.terminal = $1 },
                .value("env", "e", of: "KEY=VALUE", help: "Set a variable: KEY=VALUE, or KEY as it is here.") {
                    $0.env.append($1)
                },
                .value("env-file", of: "FILE", help: "Read variables from a file.") { $0.envFile.append($1) },
                .value("user", "u", of: "USER[:GROUP]", help: "Who the command runs as.") { $0.user = $1 },
                .value("workdir", "w", of: "DIR", help: "The command's directory.") { $0.directory = $1 },
                .toggle("privileged", help: "All capabilities, and no filter of system calls.") { $0.privileged = $1 },
                .value("preserve-fds", of: "N", help: "Pass N descriptors from 3 on.") { $0.preserve = $1 },
                .optional(
                    "explain", of: "FILE.json", default: "-", help: "Say every step: as text, or as a Chrome trace."
                ) { $0.explain = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var detach = false
    var interactive = false
    var terminal = false
    var env: [String] = []
    var envFile: [String] = []
    var user: String?
    var directory: String?
    var privileged = false
    var preserve: String?
    var explain: String?

    func run() throws -> Int32 {
        if let explain { try Explain.start(explain) }
        var request = ExecutionRequest(command: Array(words.dropFirst()))
        request.detach = detach
        request.interactive = interactive && !detach
        request.terminal = terminal
        request.privileged = privileged
        request.workingDirectory = directory
        request.environment = try ProcessFlags.environment(files: envFile, env)
        request.user = try user.map { user throws(EngineError) in try UserRequest.parse(user) }
        request.preservedDescriptors =
            try preserve.map { text throws(EngineError) in
                Int(try Numbers.integer(text, flag: "--preserve-fds", in: 0...1000))
            } ?? 0
        if let first = request.command.first, first.isEmpty {
            throw EngineError("the command is an empty string; name a program to run")
        }
        for word in request.command { try Numbers.checkNoZero(word, flag: "the command") }
        let engine = try globals.engine()
        return try ContainerExecution(engine, try engine.find(words[0]), request).run()
    }
}
