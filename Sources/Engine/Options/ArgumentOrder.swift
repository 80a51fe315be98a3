/// Puts a command line the way the argument parser wants it, with docker's and podman's habits understood: global flags
/// before the command, `-it`, `--rm=false`, values that begin with a dash, and flags of the container's own command that
/// are none of hako's.
package struct ArgumentOrder: Sendable {
    /// Flags of `run` and `create` that stand alone or take `=true`, `=false`.
    package static let switches: Set<String> = [
        "detach", "init", "interactive", "oom-kill-disable", "privileged", "read-only", "rm", "rootfs", "tty", "help",
    ]
    /// Those that take a value.
    package static let values: Set<String> = [
        "annotation", "blkio-weight", "blkio-weight-device", "cap-add", "cap-drop", "cgroup-parent", "cgroupns", "cidfile",
        "cpu-period", "cpu-quota", "cpu-shares", "cpus", "cpuset-cpus", "cpuset-mems", "detach-keys", "device",
        "device-cgroup-rule", "device-read-bps", "device-read-iops", "device-write-bps", "device-write-iops", "domainname",
        "entrypoint", "env", "env-file", "gidmap", "group-add", "hostname", "ipc", "label", "label-file", "log-level", "memory",
        "memory-reservation", "memory-swap", "memory-swappiness", "mount", "name", "network", "oom-score-adj", "pid",
        "pids-limit",
        "root", "security-opt", "shm-size", "state", "stop-signal", "stop-timeout", "sysctl", "time", "timezone", "tmpfs", "tz",
        "uidmap", "ulimit", "umask", "user", "userns", "uts", "volume", "workdir",
    ]
    private static let short: [Character: String] = [
        "c": "cpu-shares", "d": "detach", "e": "env", "h": "hostname", "i": "interactive", "l": "label", "m": "memory",
        "t": "tty",
        "u": "user", "v": "volume", "w": "workdir",
    ]
    private static let aliases = ["net": "network", "tz": "timezone"]
    private static let global: Set<String> = ["root", "state", "log-level"]
    private static let groups: Set<String> = ["system", "container"]

    /// The words after the program's name.
    package static func arrange(_ words: [String]) throws(EngineError) -> [String] {
        var (globals, rest) = try takeGlobals(words)
        guard let command = rest.first else { return globals + rest }
        rest.removeFirst()
        var head = [command]
        if groups.contains(command), let next = rest.first, !next.hasPrefix("-") {
            head.append(next)
            rest.removeFirst()
        }
        if command == "run" || command == "create" { rest = try arrangeRun(rest) }
        // `help` and flags such as --version are the parser's own.
        if command.hasPrefix("-") || command == "help" { globals = [] }
        return head + globals + rest
    }

    /// Global flags in front of the command, each as one word.
    private static func takeGlobals(_ words: [String]) throws(EngineError) -> (globals: [String], rest: [String]) {
        var globals: [String] = []
        var rest = words[...]
        while let word = rest.first, word.hasPrefix("--") {
            let name = String(word.dropFirst(2).prefix { $0 != "=" })
            guard global.contains(name) else { break }
            rest.removeFirst()
            if word.contains("=") {
                globals.append(word)
            } else {
                guard let value = rest.popFirst() else { throw EngineError("--\(name) needs a value") }
                globals.append("\(word)=\(value)")
            }
        }
        return (globals, Array(rest))
    }

    /// Flags as single words, then `--`, then the image or root file system and the command, untouched.
    private static func arrangeRun(_ words: [String]) throws(EngineError) -> [String] {
        var flags: [String] = []
        var rest = words[...]
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest.removeFirst()
            if word == "--" { break }
            if word.hasPrefix("--") {
                try arrangeLong(word, &rest, &flags)
            } else {
                try arrangeShort(word, &rest, &flags)
            }
        }
        return flags + ["--"] + rest
    }

    private static func arrangeLong(_ word: String, _ rest: inout ArraySlice<String>, _ flags: inout [String]) throws(EngineError)
    {
        let body = word.dropFirst(2)
        let equals = body.firstIndex(of: "=")
        var name = String(equals.map { body[..<$0] } ?? body)
        let value = equals.map { String(body[body.index(after: $0)...]) }
        name = aliases[name] ?? name
        switch name {
        // These say something else with and without a value.
        case "explain", "sig-proxy": flags.append("--\(name)=\(value ?? (name == "explain" ? "-" : "true"))")
        case let name where switches.contains(name):
            guard let value else {
                flags.append("--\(name)")
                return
            }
            guard let answer = Numbers.boolean(value) else { throw EngineError.value("--\(name)", value, "it is true or false") }
            if answer { flags.append("--\(name)") }
        case let name where values.contains(name):
            if let value {
                flags.append("--\(name)=\(value)")
            } else {
                guard let next = rest.popFirst() else { throw EngineError("--\(name) needs a value") }
                flags.append("--\(name)=\(next)")
            }
        default: throw EngineError("unknown flag --\(name); see hako run --help")
        }
    }

    /// `-it`, `-eA=B`, `-e A=B`.
    private static func arrangeShort(
        _ word: String, _ rest: inout ArraySlice<String>, _ flags: inout [String]
    ) throws(EngineError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let name = short[letter] else { throw EngineError("unknown flag -\(letter) in \(word); see hako run --help") }
            if switches.contains(name) {
                if letters.first == "=" {
                    try arrangeLong("--\(name)\(letters)", &rest, &flags)
                    return
                }
                flags.append("--\(name)")
                continue
            }
            if letters.first == "=" { letters.removeFirst() }
            if letters.isEmpty {
                guard let next = rest.popFirst() else { throw EngineError("-\(letter) needs a value") }
                flags.append("--\(name)=\(next)")
            } else {
                flags.append("--\(name)=\(letters)")
            }
            return
        }
    }
}
