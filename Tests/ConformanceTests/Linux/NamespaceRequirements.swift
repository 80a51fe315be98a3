import Foundation

/// config-linux.md, Namespaces, User namespace mappings, Offset for Time Namespace.
enum NamespaceRequirements {
    private static let section = "config-linux.md, Namespaces"
    /// The type, and its name in /proc/PID/ns.
    private static let kinds = [
        ("pid", "pid"), ("network", "net"), ("mount", "mnt"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup"),
        ("user", "user"),
        ("time", "time"),
    ]

    private static func own(_ file: String) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(file)")
    }

    private static func namespace(_ container: Container, _ file: String) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(try container.pid)/ns/\(file)")
    }

    private static func add(_ type: String, _ config: inout Config) {
        if type == "user" { config.userNamespace() } else { config.namespace(type) }
    }

    private static func new(_ type: String, _ file: String) -> Requirement {
        Requirement(.must, "namespaces.\(type).new", section, "\(type) without a path: the container has a new one.") { lab in
            let container = try lab.create("sleep 30") { add(type, &$0) }
            try container.start()
            try require(try namespace(container, file) != own(file), "it is the host's")
        }
    }

    private static func inherited(_ type: String, _ file: String) -> Requirement {
        Requirement(.must, "namespaces.\(type).absent", section, "No \(type) in the list: the container has the runtime's.") {
            lab in
            let container = try lab.create("sleep 30") {
                $0.without(namespace: type)
                if type == "uts" { $0["hostname"] = nil }
                if type == "network" {
                    $0["mounts"] = ($0["mounts"] as? [JSON] ?? []).filter { $0["type"] as? String != "sysfs" }
                }
            }
            try require(try namespace(container, file), is: try own(file), "the namespace")
        }
    }

    private static func joined(_ type: String, _ file: String, _ flag: String) -> Requirement {
        Requirement(.must, "namespaces.\(type).path", section, "\(type) with a path: the container joins that one.") { lab in
            let helper = try lab.helper("unshare", flag, "sleep", "60")
            let path = "/proc/\(helper.pid)/ns/\(file)"
            let name = try own(file)
            let made = eventually { (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? name != name }
            try require(made, "unshare made none")
            let container = try lab.create("sleep 30") {
                $0.namespace(type, path: path)
                if type == "uts" { $0["hostname"] = nil }
            }
            try require(
                try namespace(container, file), is: try FileManager.default.destinationOfSymbolicLink(atPath: path),
                "the namespace")
        }
    }

    static let all: [Requirement] =
        kinds.map { new($0.0, $0.1) }
        + kinds.filter { $0.0 != "mount" }.map { inherited($0.0, $0.1) }
        + [
            joined("network", "net", "--net"), joined("ipc", "ipc", "--ipc"), joined("uts", "uts", "--uts"),
            joined("cgroup", "cgroup", "--cgroup"),
        ] + rest + user + time

    private static let rest = [
        Requirement(.must, "namespaces.pid.path", section, "pid with a path: the container's process is in that one.") { lab in
            let first = try lab.start("exec sleep 30")
            let path = "/proc/\(try first.pid)/ns/pid"
            let second = try lab.create("sleep 30") {
                $0["linux.cgroupsPath"] = "\(lab.group)/second"
                $0.namespace("pid", path: path)
            }
            try require(
                try namespace(second, "pid"), is: try FileManager.default.destinationOfSymbolicLink(atPath: path), "the namespace"
            )
        },
        Requirement(.must, "namespaces.pid.one", section, "In a new pid namespace the program is process 1, and sees no others.")
        { lab in
            try require(try lab.output("echo $$; set -- /proc/[0-9]*; echo $#"), is: "1\n1", "its id, and how many there are")
        },
        Requirement(.must, "namespaces.ipc.isolated", section, "System V queues of the host are not seen in a new ipc namespace.")
        { lab in
            try require(try lab.output("wc -l < /proc/sysvipc/shm"), is: "1", "lines of shm")
        },
        Requirement(.must, "namespaces.network.isolated", section, "A new network namespace has a loopback device alone.") {
            lab in
            let seen = try lab.output(
                "tail -n +3 /proc/net/dev | cut -d : -f 1 | grep -v -e tunl -e gre -e sit -e ip6 -e erspan -e vti | xargs")
            try require(seen, is: "lo", "devices")
        },
        Requirement(.must, "namespaces.path.otherType", section, "A path to a namespace of another type is an error.") { lab in
            try lab.refuses("an ipc namespace as network") { $0.namespace("network", path: "/proc/self/ns/ipc") }
        },
        Requirement(.must, "namespaces.path.noNamespace", section, "A path to what is no namespace is an error.") { lab in
            try lab.refuses("/etc/passwd as a namespace") { $0.namespace("network", path: "/etc/passwd") }
        },
        Requirement(.must, "namespaces.path.notThere", section, "A path that is not there is an error.") { lab in
            try lab.refuses("a namespace that is not there") { $0.namespace("network", path: lab.path("nowhere")) }
        },
        Requirement(.must, "namespaces.path.relative", section, "The path has to be absolute.") { lab in
            try lab.host("sh", "-c", "touch net")
            try lab.refuses("the path net") { $0.namespace("network", path: "net") }
        },
        Requirement(.must, "namespaces.duplicate", section, "A type named twice is an error.") { lab in
            try lab.refuses("two uts namespaces") { $0.add("linux.namespaces", ["type": "uts"]) }
        },
        Requirement(.must, "namespaces.type.missing", section, "type is required.") { lab in
            try lab.refuses("a namespace without type") { $0.add("linux.namespaces", ["path": "/proc/self/ns/cgroup"]) }
        },
        Requirement(.must, "namespaces.cgroup.view", section, "In a new cgroup namespace the container's own group is the root.")
        { lab in
            let seen = try lab.output("cut -d : -f 3 /proc/self/cgroup | sort -u") { $0.namespace("cgroup") }
            try require(seen, is: "/", "groups")
        },
        Requirement(.must, "namespaces.uts.hostname", section, "A host name set inside does not reach the host.") { lab in
            let before = try lab.host("hostname")
            try require(try lab.output("echo inside > /proc/sys/kernel/hostname; hostname"), is: "inside", "the name inside")
            try require(try lab.host("hostname"), is: before, "the host's name")
        },
    ]

    private static let user = [
        Requirement(
            .must, "idMappings.maps", "config-linux.md, User namespace mappings",
            "The maps are those of the container's user namespace."
        ) { lab in
            let seen = try lab.output("cat /proc/self/uid_map /proc/self/gid_map") {
                $0.namespace("user")
                $0["linux.uidMappings"] = [
                    ["containerID": 0, "hostID": 100_000, "size": 1000], ["containerID": 5000, "hostID": 300_000, "size": 10],
                ]
                $0["linux.gidMappings"] = [["containerID": 0, "hostID": 200_000, "size": 2000]]
            }
            let lines = seen.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            try require(lines.joined(separator: ", "), is: "0 100000 1000, 5000 300000 10, 0 200000 2000", "maps")
        },
        Requirement(
            .must, "idMappings.onHost", "config-linux.md, User namespace mappings", "On the host its root is the mapped user."
        ) { lab in
            let container = try lab.create("sleep 30") { $0.userNamespace() }
            let status = Machine.read("/proc/\(try container.pid)/status") ?? ""
            try require(status.contains("Uid:\t100000\t") && status.contains("Gid:\t100000\t"), "its ids are others")
        },
        Requirement(
            .should, "idMappings.noChown", "config-linux.md, User namespace mappings",
            "The root file system's owners are not changed."
        ) { lab in
            let root = try lab.privateRoot()
            try lab.accepts {
                $0.userNamespace()
                $0["root.path"] = root
            }
            try require(try lab.host("stat", "-c", "%u", "\(root)/etc/passwd"), is: "0", "owner")
        },
        Requirement(
            .must, "idMappings.join", section, "user with a path: the container joins that user namespace."
        ) { lab in
            let first = try lab.create("sleep 30") { $0.userNamespace() }
            let path = "/proc/\(try first.pid)/ns/user"
            let second = try lab.create("sleep 30") {
                $0["linux.cgroupsPath"] = "\(lab.group)/second"
                $0.namespace("user", path: path)
            }
            try require(
                try namespace(second, "user"), is: try FileManager.default.destinationOfSymbolicLink(atPath: path),
                "the namespace")
        },
        Requirement(
            .must, "idMappings.overlap", "config.md, Valid values", "Maps the kernel refuses (overlapping) are an error."
        ) { lab in
            try lab.refuses("overlapping maps") {
                $0.userNamespace()
                let one: JSON = ["containerID": 0, "hostID": 100_000, "size": 10]
                $0["linux.uidMappings"] = [one, one]
            }
        },
    ]

    private static let time = [
        Requirement(
            .must, "timeOffsets.monotonic", "config-linux.md, Offset for Time Namespace",
            "timeOffsets moves the clocks of a time namespace.",
            needs: [.timeNamespace]
        ) { lab in
            let seen = try lab.output("cat /proc/self/timens_offsets") {
                $0.namespace("time")
                $0["linux.timeOffsets"] = ["monotonic": ["secs": 172_800, "nanosecs": 5], "boottime": ["secs": 604_800]] as JSON
            }
            let lines = seen.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }.sorted()
            try require(lines.joined(separator: ", "), is: "boottime 604800 0, monotonic 172800 5", "offsets")
        },
        Requirement(
            .must, "timeOffsets.effect", "config-linux.md, Offset for Time Namespace",
            "The container's uptime is later by the offset.",
            needs: [.timeNamespace]
        ) { lab in
            let seen = try lab.output("cut -d . -f 1 /proc/uptime") {
                $0.namespace("time")
                $0["linux.timeOffsets"] = ["boottime": ["secs": 10_000_000]] as JSON
            }
            try require(Int(seen) ?? 0 > 10_000_000, "uptime is \(seen)")
        },
        Requirement(
            .must, "timeOffsets.unknownClock", "config.md, Valid values", "A clock that does not exist is an error.",
            needs: [.timeNamespace]
        ) { lab in
            try lab.refuses("the clock nosuch") {
                $0.namespace("time")
                $0["linux.timeOffsets"] = ["nosuch": ["secs": 1]] as JSON
            }
        },
    ]
}
