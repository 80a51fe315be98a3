import Linux

@testable import Runtime

/// A shell that first moves itself into a container's groups, as an init does.
final class ShellChild {
    let id: Int32
    private(set) var code: Int32?

    init(_ script: String, joining cgroup: Cgroup) throws {
        let moves = cgroup.groups.map { "echo 0 > \($0.directory)/\($0.isV2 ? "cgroup.procs" : "tasks") || exit 99\n" }.joined()
        id = try Spawn(path: "/bin/sh", arguments: ["sh", "-c", "\(moves)kill -STOP $$\n\(script)"]).start()
        // It stops itself when it is in.
        while true {
            let stat = try File.readText("/proc/\(id)/stat")
            if stat.contains(") T ") { break }
            if stat.contains(") Z ") { throw RuntimeError("the shell could not join its groups: \(end())") }
            Pause.microseconds(500)
        }
        try Processes.kill(id, Signals.resume)
    }

    /// - Returns: the exit code, or 128 and the signal.
    @discardableResult
    func end(killing: Bool = true) -> Int32 {
        if let code { return code }
        if killing { try? Processes.kill(id, Signals.kill) }
        let result = (try? Processes.wait(for: id)) ?? -1
        code = result
        return result
    }
}
