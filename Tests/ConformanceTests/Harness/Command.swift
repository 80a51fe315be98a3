import Foundation

/// What a finished command gave back.
struct Outcome: CustomStringConvertible {
    /// The exit status, or 128 + the number of the signal that ended it.
    var status: Int
    var out: String
    var err: String
    var timedOut = false

    var text: String { out.trimmed }
    var lines: [String] { out.split(separator: "\n").map(String.init) }
    var description: String {
        let messages = err.trimmed.isEmpty ? text : err.trimmed
        return "exit status \(status)\(timedOut ? " (out of time)" : ""): \(messages.suffix(300))"
    }
}

/// A started command, in a session of its own. Its outputs are files, so that what it leaves in the background may go on writing.
final class Command {
    let pid: pid_t
    private let outPath: String
    private let errPath: String
    private var status: Int?

    /// - Parameter descriptors: what it has from descriptor 3 on.
    init(_ words: [String], in directory: String, outputs: String, stdin: String = "", descriptors: [CInt] = []) throws {
        (outPath, errPath) = ("\(outputs).out", "\(outputs).err")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(Self.inSession | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var everySignal = sigset_t()
        sigfillset(&everySignal)
        posix_spawnattr_setsigdefault(&attributes, &everySignal)

        var input = "/dev/null"
        if !stdin.isEmpty {
            input = "\(outputs).in"
            try stdin.write(toFile: input, atomically: false, encoding: .utf8)
        }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outPath, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errPath, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
        for (number, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(3 + number))
        }
        let arguments = (["/usr/bin/env", "-C", directory] + words).map { strdup($0) } + [nil]
        let variables = Self.environment.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, "/usr/bin/env", &actions, &attributes, arguments, variables)
        guard code == 0 else { throw Unmet("cannot start \(words[0]): \(String(cString: strerror(code)))") }
        pid = child
    }

    /// POSIX_SPAWN_SETSID, which the C library's headers hide from Swift.
    private static let inSession: CInt = 0x80
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
        "HAKO_CONFORMANCE_OUTSIDE=yes",
    ]

    deinit { if status == nil { end() } }

    var out: String { Machine.read(outPath) ?? "" }
    func send(_ signal: CInt) { kill(pid, signal) }

    /// Ends it, with all it has in its session's process group.
    private func end() {
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
        var raw: CInt = 0
        while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
        status = 137
    }

    func finish(within seconds: Double = 20) throws -> Outcome {
        let deadline = monotonic() + seconds * Machine.slowness
        var timedOut = false
        while status == nil {
            var raw: CInt = 0
            if waitpid(pid, &raw, WNOHANG) == pid {
                status = raw & 0x7f == 0 ? Int(raw >> 8 & 0xff) : 128 + Int(raw & 0x7f)
            } else if monotonic() > deadline {
                timedOut = true
                end()
            } else {
                usleep(500)
            }
        }
        let out = (try? String(contentsOfFile: outPath, encoding: .utf8)) ?? ""
        let err = (try? String(contentsOfFile: errPath, encoding: .utf8)) ?? ""
        return Outcome(status: status ?? -1, out: out, err: err, timedOut: timedOut)
    }
}

/// Seconds of CLOCK_MONOTONIC.
func monotonic() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Tries `condition` until it holds or `seconds` (scaled) have passed.
func eventually(within seconds: Double = 5, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = monotonic() + seconds * Machine.slowness
    while true {
        if try condition() { return true }
        if monotonic() > deadline { return false }
        usleep(3000)
    }
}

extension StringProtocol {
    /// Without white space at its ends.
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
