import Foundation

/// config.md, POSIX-platform User.
enum UserRequirements {
    private static let section = "config.md, POSIX-platform User"

    private static func user(_ more: JSON = [:]) -> JSON { ["uid": 1000, "gid": 1001].merging(more) { $1 } }

    static let all: [Requirement] = [
        Requirement(.must, "user.uid", section, "uid is the real, effective and saved user id.") { lab in
            let seen = try lab.output("grep Uid /proc/self/status | cut -f2-") { $0["process.user"] = user() }
            try require(seen, is: "1000\t1000\t1000\t1000", "user ids")
        },
        Requirement(.must, "user.gid", section, "gid is the group id.") { lab in
            let seen = try lab.output("grep Gid /proc/self/status | cut -f2-") { $0["process.user"] = user() }
            try require(seen, is: "1001\t1001\t1001\t1001", "group ids")
        },
        Requirement(.must, "user.additionalGids", section, "additionalGids are the process's other groups.") { lab in
            let seen = try lab.output("grep Groups /proc/self/status | cut -f2") {
                $0["process.user"] = user(["additionalGids": [5, 60000]])
            }
            let groups = Set(seen.split(separator: " ")).subtracting(["1001"])
            try require(groups == ["5", "60000"], "groups: \(seen)")
        },
        Requirement(.must, "user.additionalGids.none", section, "Without them it has none of the caller's.") { lab in
            let seen = try lab.output("grep Groups /proc/self/status") { $0["process.user"] = user() }
            let groups = seen.dropFirst("Groups:".count).trimmed
            try require(seen.hasPrefix("Groups:") && (groups.isEmpty || groups == "1001"), "groups: \(seen)")
        },
        Requirement(.must, "user.umask", section, "umask is the process's.") { lab in
            try require(try lab.output("umask") { $0["process.user"] = user(["umask": 0o027]) }, is: "0027", "umask")
        },
        Requirement(.should, "user.umask.absent", section, "Without it the caller's is not changed.") { lab in
            let before = umask(0o013)
            defer { umask(before) }
            try require(try lab.output("umask"), is: "0013", "umask")
        },
        Requirement(.must, "user.noName", section, "The id need not be in /etc/passwd.") { lab in
            let seen = try lab.output("id -u; id -g") { $0["process.user"] = ["uid": 54321, "gid": 54322] }
            try require(seen, is: "54321\n54322", "ids")
        },
        Requirement(
            .must, "user.capabilities", "config.md, Linux Process",
            "A user that is not root has no effective capabilities that were not given."
        ) { lab in
            let seen = try lab.output("grep CapEff /proc/self/status | cut -f2") {
                $0["process.user"] = user()
                $0["process.capabilities"] = nil
            }
            try require(seen, is: "0000000000000000", "CapEff")
        },
        Requirement(.must, "user.inNamespace", section, "uid and gid are those of the container's user namespace.") { lab in
            let container = try lab.start("id -u; id -g; exec sleep 30") {
                $0.userNamespace()
                $0["process.user"] = user()
            }
            try container.prints("1000\n1001")
            let status = Machine.read("/proc/\(try container.pid)/status") ?? ""
            try require(status.contains("Uid:\t101000\t"), "it is another user on the host")
        },
        Requirement(.must, "user.negative", "config.md, Valid values", "A negative uid is an error.") { lab in
            try lab.refuses("uid -5") { $0["process.user"] = ["uid": -5, "gid": 0] }
        },
    ]
}
