import Foundation

/// config.md, POSIX process: rlimits.
enum LimitRequirements {
    private static let section = "config.md, POSIX process"

    /// A limit, and the words of its line in /proc/self/limits.
    private static func limit(_ type: String, _ name: String, soft: Int, hard: Int) -> Requirement {
        Requirement(.must, "rlimits.\(type)", section, "RLIMIT_\(type) is set, soft and hard.") { lab in
            let seen = try lab.output("grep '^\(name)' /proc/self/limits") {
                $0["process.rlimits"] = [["type": "RLIMIT_\(type)", "soft": soft, "hard": hard] as JSON]
            }
            let words = seen.dropFirst(name.count).split(separator: " ").prefix(2).joined(separator: " ")
            try require(words, is: "\(soft) \(hard)", "the limit")
        }
    }

    static let all: [Requirement] = [
        limit("NOFILE", "Max open files", soft: 111, hard: 222), limit("NPROC", "Max processes", soft: 333, hard: 444),
        limit("CORE", "Max core file size", soft: 0, hard: 4096),
        limit("FSIZE", "Max file size", soft: 1_048_576, hard: 2_097_152),
        limit("STACK", "Max stack size", soft: 4_194_304, hard: 8_388_608), limit("CPU", "Max cpu time", soft: 50, hard: 60),
        limit("DATA", "Max data size", soft: 100_000_000, hard: 200_000_000),
        limit("AS", "Max address space", soft: 500_000_000, hard: 600_000_000),
        limit("MEMLOCK", "Max locked memory", soft: 4096, hard: 8192), limit("LOCKS", "Max file locks", soft: 10, hard: 20),
        limit("SIGPENDING", "Max pending signals", soft: 10, hard: 20),
        limit("MSGQUEUE", "Max msgqueue size", soft: 1000, hard: 2000),
        limit("NICE", "Max nice priority", soft: 0, hard: 0), limit("RTPRIO", "Max realtime priority", soft: 0, hard: 0),
        limit("RTTIME", "Max realtime timeout", soft: 5000, hard: 6000),
        limit("RSS", "Max resident set", soft: 100_000_000, hard: 200_000_000),
        Requirement(.must, "rlimits.several", section, "Several are all set.") { lab in
            let seen = try lab.output("ulimit -n; ulimit -f") {
                $0["process.rlimits"] = [
                    ["type": "RLIMIT_NOFILE", "soft": 100, "hard": 100] as JSON,
                    ["type": "RLIMIT_FSIZE", "soft": 512_000, "hard": 512_000] as JSON,
                ]
            }
            try require(seen, is: "100\n1000", "limits")
        },
        Requirement(.must, "rlimits.duplicate", section, "Two of the same type are an error.") { lab in
            try lab.refuses("RLIMIT_NOFILE twice") {
                let one: JSON = ["type": "RLIMIT_NOFILE", "soft": 100, "hard": 100]
                $0["process.rlimits"] = [one, one]
            }
        },
        Requirement(.must, "rlimits.unknown", section, "A type that the kernel does not have is an error.") { lab in
            try lab.refuses("RLIMIT_NOSUCH") {
                $0["process.rlimits"] = [["type": "RLIMIT_NOSUCH", "soft": 1, "hard": 1] as JSON]
            }
        },
        Requirement(.must, "rlimits.softAboveHard", section, "A soft limit above the hard one is an error.") { lab in
            try lab.refuses("soft 20, hard 10") {
                $0["process.rlimits"] = [["type": "RLIMIT_NOFILE", "soft": 20, "hard": 10] as JSON]
            }
        },
        Requirement(
            .must, "rlimits.raise", section, "With CAP_SYS_RESOURCE a hard limit can be raised.", needs: [.resourceCapability]
        ) { lab in
            let seen = try lab.output("ulimit -H -n") {
                $0["process.rlimits"] = [["type": "RLIMIT_NOFILE", "soft": 1000, "hard": 700_000] as JSON]
            }
            try require(seen, is: "700000", "the hard limit")
        },
    ]
}
