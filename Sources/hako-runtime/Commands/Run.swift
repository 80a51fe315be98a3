import Linux
import Runtime

/// Makes a container, starts it, and stays with it.
enum Run: Command {
    static let name = "run"
    static let summary = "make a container, start it and wait for its end"
    static let options: [OptionDeclaration] = [
        .bundle, .consoleSocket, .pidFile, .preserve, .keyring, .noPivot, .detach,
        OptionDeclaration("--keep", help: "keep the container when it has ended"),
        OptionDeclaration("--no-subreaper", help: "do not take the container's orphans"),
    ]

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        var request = try Launching.request(globals, given)
        let detached = given.has("--detach")
        request.diesWithLauncher = !detached
        if !detached, !given.has("--no-subreaper") { try Processes.becomeSubreaper() }
        let launch = try ContainerLaunch.begin(request, root: globals.root)
        if detached || given.string("--console-socket") != nil || !launch.state.terminal {
            try Launching.handOver(launch, globals, given)
            if detached { return 0 }
            return try wait(for: launch, terminal: nil, keep: given.has("--keep"))
        }
        if let path = given.string("--pid-file") {
            try File.replace(path, with: Array("\(launch.state.pid)".utf8), mode: 0o644, durable: false)
        }
        return try wait(for: launch, terminal: launch.terminal, keep: given.has("--keep"))
    }

    private static func wait(for launch: ContainerLaunch, terminal: SharedDescriptor?, keep: Bool) throws -> Int32 {
        let code = try Foreground.wait(for: launch.state.pid, terminal: terminal)
        if !keep { try launch.end() }
        return code
    }
}
