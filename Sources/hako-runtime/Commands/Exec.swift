import Linux
import OCI
import Runtime

/// Starts another process in a running container.
enum Exec: Command {
    static let name = "exec"
    static let summary = "run a command in a running container"
    static let arguments = "ID COMMAND [ARGUMENT...]"
    static let argumentsBeforeStop = 1
    static let options: [OptionDeclaration] = [
        OptionDeclaration("--process", "-p", value: "FILE", help: "the process as JSON"),
        .detach, .pidFile, .consoleSocket, .preserve,
        OptionDeclaration("--cwd", value: "DIR", help: "working directory"),
        OptionDeclaration("--env", "-e", value: "NAME=VALUE", help: "one more environment variable"),
        OptionDeclaration("--tty", "-t", help: "give it a terminal"),
        OptionDeclaration("--user", "-u", value: "UID[:GID]", help: "user and group, as numbers"),
        OptionDeclaration("--additional-gids", "-g", value: "GID", help: "one more group"),
        OptionDeclaration("--apparmor", value: "PROFILE", help: "AppArmor profile"),
        OptionDeclaration("--process-label", value: "LABEL", help: "SELinux label"),
        OptionDeclaration("--no-new-privs", help: "no privileges are gained by executing"),
        OptionDeclaration("--cap", "-c", value: "NAME", help: "one more capability"),
        OptionDeclaration("--ignore-paused", help: "even if the container is paused"),
    ]

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        guard let id = given.arguments.first else { throw UsageError("name a container") }
        var request = ContainerExec.Request(process: try process(id, globals, given))
        let detached = given.has("--detach")
        request.diesWithLauncher = !detached
        request.preservedDescriptors = try given.number("--preserve-fds") ?? 0
        request.ignoresPaused = given.has("--ignore-paused")
        request.filterCache = globals.filterCache
        let wantsTerminal = request.process.terminal ?? false
        let started = try ContainerExec.begin(request, id: id, root: globals.root)
        let pid = started.pid
        let terminal = started.terminal
        if let path = given.string("--pid-file") {
            try File.replace(path, with: Array("\(pid)".utf8), mode: 0o644, durable: false)
        }
        if given.string("--console-socket") != nil || detached {
            try ConsoleSocket.send(terminal, to: given.string("--console-socket"), wanted: wantsTerminal)
            return detached ? 0 : try Foreground.wait(for: pid, terminal: nil)
        }
        return try Foreground.wait(for: pid, terminal: terminal)
    }

    /// From a file, or the container's own with what the options change.
    private static func process(_ id: String, _ globals: Globals, _ given: ParsedOptions) throws -> OCI.Process {
        if let path = given.string("--process") { return try Bundle.process(from: path) }
        let command = Array(given.arguments.dropFirst())
        guard !command.isEmpty else { throw UsageError("name a command to run, or a --process file") }
        let record = try ContainerOperations(id: id, root: globals.root).record()
        guard var process = try Bundle.load(record.bundle).spec.process else {
            throw RuntimeError("config.json: process is missing")
        }
        process.args = command
        process.terminal = given.has("--tty")
        process.consoleSize = nil
        if let directory = given.string("--cwd") { process.cwd = directory }
        process.env = (process.env ?? []) + given.strings("--env")
        if let user = given.string("--user") { process.user = try parse(user, umask: process.user?.umask) }
        var user = process.user ?? User()
        for text in given.strings("--additional-gids") {
            guard let gid = UInt32(text) else { throw UsageError("--additional-gids: \"\(text)\" is not a number") }
            user.additionalGids = (user.additionalGids ?? []) + [gid]
        }
        process.user = user
        if let profile = given.string("--apparmor") { process.apparmorProfile = profile }
        if let label = given.string("--process-label") { process.selinuxLabel = label }
        if given.has("--no-new-privs") { process.noNewPrivileges = true }
        for name in given.strings("--cap") { add(name, to: &process) }
        return process
    }

    private static func add(_ name: String, to process: inout OCI.Process) {
        var sets = process.capabilities ?? Capabilities()
        sets.bounding = (sets.bounding ?? []) + [name]
        sets.permitted = (sets.permitted ?? []) + [name]
        sets.effective = (sets.effective ?? []) + [name]
        process.capabilities = sets
    }

    private static func parse(_ text: String, umask: UInt32?) throws -> User {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let uid = UInt32(parts[0]), let gid = parts.count == 2 ? UInt32(parts[1]) : 0 else {
            throw UsageError("--user: \"\(text)\" is not UID or UID:GID in numbers")
        }
        return User(uid: uid, gid: gid, umask: umask)
    }
}
