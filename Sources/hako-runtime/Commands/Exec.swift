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
                .value("process", "p", of: "FILE", sets: \.processFile, "The process as JSON."),
                .toggle("detach", "d", sets: \.detach, "Return once the command runs."),
                .value("pid-file", of: "FILE", sets: \.pidFile, "Write the process id here."),
                .value(
                    "console-socket", of: "PATH", sets: \.consoleSocket, "Send the terminal's controlling side to this socket."),
                .value("preserve-fds", of: "N", sets: \.preservedDescriptors, "Pass N descriptors from 3 on to the command."),
                .value("cwd", of: "DIR", sets: \.directory, "The working directory."),
                .list("env", "e", of: "NAME=VALUE", adds: \.environment, "One more environment variable."),
                .toggle("tty", "t", sets: \.terminal, "Give it a terminal."),
                .value("user", "u", of: "UID[:GID]", sets: \.user, "User and group, as numbers."),
                .list("additional-gids", "g", of: "GID", adds: \.groups, "One more group."),
                .value("apparmor", of: "PROFILE", sets: \.apparmor, "The AppArmor profile."),
                .value("process-label", of: "LABEL", sets: \.label, "The SELinux label."),
                .toggle("no-new-privs", sets: \.noNewPrivileges, "No privileges are gained by executing."),
                .list("cap", "c", of: "NAME", adds: \.capabilities, "One more capability."),
                .list(
                    "cgroup", of: "[CONTROLLERS:]PATH", adds: \.cgroups, "A control group below the container's, which exists."),
                .toggle("ignore-paused", sets: \.ignoresPaused, "Even if the container is paused."),
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
    var ignoresPaused = false

    func run() throws -> Int32 {
        try OwnProgram.protect()
        var request = ContainerExec.Request(process: try process())
        request.diesWithLauncher = !detach
        request.preservedDescriptors = try wholeNumber(preservedDescriptors, flag: "--preserve-fds")
        request.ignoresPaused = ignoresPaused
        request.cgroups = cgroups
        request.filterCache = globals.filterCache
        let wantsTerminal = request.process.terminal ?? false
        let started = try ContainerExec.begin(request, id: words[0], root: globals.root)
        try PidFile.write(started.pid, to: pidFile)
        if consoleSocket != nil || detach {
            try ConsoleSocket.send(started.terminal, to: consoleSocket, wanted: wantsTerminal)
            return detach ? 0 : try Foreground.wait(for: started.pid, terminal: nil)
        }
        return try Foreground.wait(for: started.pid, terminal: started.terminal)
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
