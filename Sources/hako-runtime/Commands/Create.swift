import Linux
import Runtime

/// Makes a container whose command waits for `start`.
enum Create: Command {
    static let name = "create"
    static let summary = "make a container; its command waits for start"
    static let options: [OptionDeclaration] = [.bundle, .consoleSocket, .pidFile, .preserve, .keyring, .noPivot]

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        var request = try Launching.request(globals, given)
        request.waitsForStart = true
        request.diesWithLauncher = false
        let launch = try ContainerLaunch.begin(request, root: globals.root)
        try Launching.handOver(launch, globals, given)
        return 0
    }
}

/// What create and run share.
enum Launching {
    static func request(_ globals: Globals, _ given: ParsedOptions) throws -> ContainerLaunch.Request {
        if given.has("--no-pivot") {
            throw UsageError("--no-pivot is not supported: without pivot_root a container can be left")
        }
        var request = ContainerLaunch.Request(id: try given.containerID(), bundle: given.string("--bundle") ?? ".")
        request.preservedDescriptors = try given.number("--preserve-fds") ?? 0
        request.makesKeyring = !given.has("--no-new-keyring")
        request.filterCache = globals.filterCache
        return request
    }

    /// Gives away the terminal and writes the process id; without an heir for either, the container goes.
    static func handOver(_ launch: ContainerLaunch, _ globals: Globals, _ given: ParsedOptions) throws {
        for warning in launch.warnings { globals.log.warning(warning) }
        let id = launch.state.id
        let pid = launch.state.pid
        do {
            try ConsoleSocket.send(launch.terminal, to: given.string("--console-socket"), wanted: launch.state.terminal)
            if let path = given.string("--pid-file") {
                try File.replace(path, with: Array("\(pid)".utf8), mode: 0o644, durable: false)
            }
        } catch {
            try? ContainerOperations(id: id, root: globals.root).delete(force: true)
            throw error
        }
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
