import Flags
import Linux
import Runtime

/// Makes a container whose command waits for `start`.
struct Create: RuntimeCommand {
    static let name = "create"
    static let summary = "Make a container; its command waits for start."
    static let words = "ID"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [FlagGroup("Flags", LaunchFlags.flags.lifted { $1(&$0.launch) })]

    var globals = GlobalFlags()
    var words: [String] = []
    var launch = LaunchFlags()

    func run() throws -> Int32 {
        try OwnProgram.protect()
        var request = try launch.request(id: words[0], globals)
        request.waitsForStart = true
        request.diesWithLauncher = false
        try launch.handOver(try ContainerLaunch.begin(request, root: globals.root), globals)
        return 0
    }
}

/// The flags that `create` and `run` share.
struct LaunchFlags: FlagSet {
    var bundle = "."
    var consoleSocket: String?
    var pidFile: String?
    var pidfdSocket: String?
    var preservedDescriptors: String?
    var keepsKeyring = false
    var withoutPivot = false

    static let flags: [Flag<Self>] = [
        .value("bundle", "b", of: "DIR", help: "The bundle (default: this directory).") { $0.bundle = $1 },
        .value("console-socket", of: "PATH", help: "Send the terminal's controlling side to this socket.") {
            $0.consoleSocket = $1
        },
        .value("pid-file", of: "FILE", help: "Write the process id here.") { $0.pidFile = $1 },
        .value("pidfd-socket", of: "PATH", help: "Send a descriptor of the process to this socket.") { $0.pidfdSocket = $1 },
        .value("preserve-fds", of: "N", help: "Pass N descriptors from 3 on to the command.") { $0.preservedDescriptors = $1 },
        .toggle("no-new-keyring", help: "Keep the caller's session keyring.") { $0.keepsKeyring = $1 },
        .toggle("no-pivot", help: "Move the root over / instead of pivot_root(2): for a ramdisk.") { $0.withoutPivot = $1 },
    ]

    func request(id: String, _ globals: GlobalFlags) throws(UsageError) -> ContainerLaunch.Request {
        var request = ContainerLaunch.Request(id: id, bundle: bundle)
        request.preservedDescriptors = try wholeNumber(preservedDescriptors, flag: "--preserve-fds")
        request.makesKeyring = !keepsKeyring
        request.withoutPivot = withoutPivot
        request.filterCache = globals.filterCache
        request.cgroupManager = globals.manager
        return request
    }

    /// Gives away the terminal and writes the process id; without an heir for either, the container goes.
    func handOver(_ launch: ContainerLaunch, _ globals: GlobalFlags) throws {
        for warning in launch.warnings { globals.log.warning(warning) }
        do {
            try ConsoleSocket.send(launch.terminal, to: consoleSocket, wanted: launch.state.terminal)
            try PidFile.write(launch.state.pid, to: pidFile)
            try PidFile.send(launch.state.pid, to: pidfdSocket)
        } catch {
            _ = try? ContainerOperations(id: launch.state.id, root: globals.root).delete(force: true)
            throw error
        }
    }
}

enum PidFile {
    static func write(_ pid: Int32, to path: String?) throws(SystemError) {
        guard let path else { return }
        try File.replace(path, with: Array("\(pid)".utf8), mode: 0o644, durable: false)
    }
}

extension PidFile {
    /// Gives away a descriptor that never names another process. pidfd_open(2), SCM_RIGHTS.
    static func send(_ pid: Int32, to path: String?) throws(SystemError) {
        guard let path else { return }
        let process = try Processes.open(pid)
        try Sockets.send(Array("pidfd".utf8), descriptors: [process.raw], on: try Sockets.connect(to: path))
    }
}

enum ConsoleSocket {
    static func send(_ terminal: SharedDescriptor?, to path: String?, wanted: Bool) throws {
        guard wanted else {
            if path != nil { throw UsageError("--console-socket is given, but process.terminal is false") }
            return
        }
        guard let path else { throw UsageError("process.terminal is true: --console-socket is needed") }
        let socket = try Sockets.connect(to: path)
        guard let terminal else { throw RuntimeError("the container has no terminal") }
        try Sockets.send(Array("/dev/pts/ptmx".utf8), descriptors: [terminal.raw], on: socket)
    }
}
