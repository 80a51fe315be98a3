import Flags
import Linux
import Runtime

/// Makes a container, starts it, and stays with it.
struct Run: RuntimeCommand {
    static let name = "run"
    static let summary = "Make a container, start it and wait for its end."
    static let words = "ID"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            LaunchFlags.flags.lifted { $1(&$0.launch) } + [
                .toggle("detach", "d", help: "Return once the command runs.") { $0.detach = $1 },
                .toggle("keep", help: "Keep the container when it has ended.") { $0.keep = $1 },
                .toggle("no-subreaper", help: "Do not take the container's orphans.") { $0.withoutSubreaper = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var launch = LaunchFlags()
    var detach = false
    var keep = false
    var withoutSubreaper = false

    func run() throws -> Int32 {
        // Otherwise this process stays, and what is executed cannot be written.
        if detach { try OwnProgram.protect() }
        var request = try launch.request(id: words[0], globals)
        request.diesWithLauncher = !detach
        if !detach, !withoutSubreaper { try Processes.becomeSubreaper() }
        let launched = try ContainerLaunch.begin(request, root: globals.root)
        if detach || launch.consoleSocket != nil || !launched.state.terminal {
            try launch.handOver(launched, globals)
            return detach ? 0 : try wait(for: launched, terminal: nil)
        }
        try PidFile.write(launched.state.pid, to: launch.pidFile)
        try PidFile.send(launched.state.pid, to: launch.pidfdSocket)
        return try wait(for: launched, terminal: launched.terminal)
    }

    private func wait(for launched: ContainerLaunch, terminal: SharedDescriptor?) throws -> Int32 {
        let code = try Foreground.wait(for: launched.state.pid, terminal: terminal)
        if !keep { try launched.end().forEach(globals.log.warning) }
        return code
    }
}
