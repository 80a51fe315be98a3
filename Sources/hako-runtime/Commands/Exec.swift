import Flags
import Linux
import OCI
import Runtime

/// Starts another process in a running container.
struct Exec: RuntimeCommand {
    static let name = "exec"
    static let summary = "Run a command in a running container."
    static let words = "ID [COMMAND [ARGUMENT...]]"
    static let wordCount = 1...Int.max
    static let wordsBeforeRest = 1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("process", "p", of: "FILE", help: "The process as JSON.") { $0.processFile = $1 },
                .toggle("detach", "d", help: "Return once the command runs.") { $0.detach = $1 },
                .value("pid-file", of: "FILE", help: "Write the process id here.") { $0.pidFile = $1 },
                .value(
                    "console-socket", of: "PATH", help: "Send the terminal's controlling side to this socket."
                ) { $0.consoleSocket = $1 },
                .value("preserve-fds", of: "N", help: "Pass N descriptors from 3 on to the command.") {
                    $0.preservedDescriptors = $1
                },
                .value("cwd", of: "DIR", help: "The working directory.") { $0.directory = $1 },
                .value("env", "e", of: "NAME=VALUE", help: "One more environment variable.") { $0.environment.append($1) },
                .toggle("tty", "t", help: "Give it a terminal.") { $0.terminal = $1 },
                .value("user", "u", of: "UID[:GID]", help: "User and group, as numbers.") { $0.user = $1 },
                .value("additional-gids", "g", of: "GID", help: "One more group.") { $0.groups.append($1) },
                .value("apparmor", of: "PROFILE", help: "The AppArmor profile.") { $0.apparmor = $1 },
                .value("process-label", of: "LABEL", help: "The SELinux label.") { $0.label = $1 },
                .toggle("no-new-privs", help: "No privileges are gained by executing.") { $0.noNewPrivileges = $1 },
                .value("cap", "c", of: "NAME", help: "One more capability.") { $0.capabilities.append($1) },
                .value(
                    "cgroup", of: "[CONTROLLERS:]PATH", help: "A control group below the container's, which exists."
                ) { $0.cgroups.append($1) },
                .toggle("no-seccomp", help: "Without the container's filter of system calls.") { $0.isUnfiltered = $1 },
                .value("timeout", of: "MILLISECONDS", help: "Kill the command after this time.") { $0.timeout = $1 },
                .toggle("ignore-paused", help: "Even if the container is paused.") { $0.ignoresPaused = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var processFile: String?
    var detach = false
    var pidFile: String?
    var consoleSocket: String?
    var preservedDescriptors: String?
    var directory: String?
    var environment: [String] = []
    var terminal = false
    var user: String?
    var groups: [String] = []
    var apparmor: String?
    var label: String?
    var noNewPrivileges = false
    var capabilities: [String] = []
    var cgroups: [String] = []
    var isUnfiltered = false
    var timeout: String?
    var ignoresPaused = false

    func run() throws -> Int32 {
        try OwnProgram.protect()
        var request = ContainerExec.Request(process: try process())
        request.diesWithLauncher = !detach
        request.preservedDescriptors = try wholeNumber(preservedDescriptors, flag: "--preserve-fds")
        request.ignoresPaused = ignoresPaused
        request.isUnfiltered = isUnfiltered
        request.cgroups = cgroups
        request.filterCache = globals.filterCache
        let wantsTerminal = request.process.terminal ?? false
        let started = try ContainerExec.begin(request, id: words[0], root: globals.root)
        try PidFile.write(started.pid, to: pidFile)
        if consoleSocket != nil || detach {
            try ConsoleSocket.send(started.terminal, to: consoleSocket, wanted: wantsTerminal)
            return detach ? 0 : try Foreground.wait(for: started.pid, terminal: nil)
        }
        return try Foreground.wait(
            for: started.pid, terminal: started.terminal, timeout: try wholeNumber(timeout, flag: "--timeout"))
    }

    /// From a file, or the container's own with what the flags change.
    private func process() throws -> OCI.Process {
        if let processFile { return try Bundle.process(from: processFile) }
        let command = Array(words.dropFirst())
        guard !command.isEmpty else { throw UsageError("name a command to run, or a --process file") }
        let record = try ContainerOperations(id: words[0], root: globals.root).record()
        guard var process = try Bundle.load(record.bundle).spec.process else {
            throw RuntimeError("config.json: process is missing")
        }
        process.args = command
        process.terminal = terminal
        process.consoleSize = nil
        if let directory { process.cwd = directory }
        process.env = (process.env ?? []) + environment
        if let user { process.user = try Self.parse(user, umask: process.user?.umask) }
        var account = process.user ?? User()
        for text in groups {
            guard let gid = Self.identifier(text) else { throw UsageError("--additional-gids: \"\(text)\" is not a number") }
            account.additionalGids = (account.additionalGids ?? []) + [gid]
        }
        process.user = account
        if let apparmor { process.apparmorProfile = apparmor }
        if let label { process.selinuxLabel = label }
        if noNewPrivileges { process.noNewPrivileges = true }
        for name in capabilities { Self.add(name, to: &process) }
        return process
    }

    private static func add(_ name: String, to process: inout OCI.Process) {
        var sets = process.capabilities ?? Capabilities()
        sets.bounding = (sets.bounding ?? []) + [name]
        sets.permitted = (sets.permitted ?? []) + [name]
        sets.effective = (sets.effective ?? []) + [name]
        process.capabilities = sets
    }

    /// Digits alone; the greatest of 32 bits means "leave it" to the kernel. setresuid(2).
    private static func identifier(_ text: some StringProtocol) -> UInt32? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(text), number < .max else { return nil }
        return number
    }

    private static func parse(_ text: String, umask: UInt32?) throws(UsageError) -> User {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let uid = identifier(parts[0]), let gid = parts.count == 2 ? identifier(parts[1]) : 0 else {
            throw UsageError("--user: \"\(text)\" is not UID or UID:GID in numbers")
        }
        return User(uid: uid, gid: gid, umask: umask)
    }
}
