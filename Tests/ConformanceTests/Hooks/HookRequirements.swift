import Foundation

/// config.md, POSIX-platform Hooks: when each runs, where, and with what.
enum HookRequirements {
    private static let section = "config.md, POSIX-platform Hooks"
    /// Those whose path is the host's.
    static let outside = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"]

    /// Logs its kind, and `more`, in the lab.
    private static func note(_ lab: Lab, _ kind: String, _ more: String = "") -> String {
        "echo \"\(kind) \(more)\" >> \(lab.path("hooks"))"
    }

    private static func noted(_ lab: Lab) -> [String] { lab.read("hooks").split(separator: "\n").map { $0.trimmed } }

    /// A lab's root in which startContainer hooks can leave a note at /hooks.
    private static func everyKind(_ lab: Lab, _ config: inout Config) throws {
        for kind in outside { config.hook(kind, note(lab, kind)) }
        config.bind(lab.directory, "/mnt")
        config.hook("startContainer", "echo startContainer >> /mnt/hooks")
    }

    /// The state a hook of one kind was given.
    private static func state(_ lab: Lab, given kind: String) throws -> JSON {
        let container = try lab.start("exec sleep 30") {
            $0["annotations"] = ["com.example.key": "value"]
            $0.hook(kind, "cat > \(lab.path("state.json"))")
        }
        try container.stop()
        try container.delete()
        guard let object = try? JSONSerialization.jsonObject(with: Data(lab.read("state.json").utf8)) as? JSON else {
            throw Unmet("\(kind) was given no JSON: \"\(lab.read("state.json"))\"")
        }
        try require(object["id"] as? String ?? "", is: container.id, "id")
        try require(object["bundle"] as? String ?? "", is: container.bundle, "bundle")
        try require(object["ociVersion"] is String, "no ociVersion")
        try require((object["annotations"] as? [String: String])?["com.example.key"] ?? "", is: "value", "annotation")
        return object
    }

    private static func given(_ kind: String, _ status: String) -> Requirement {
        Requirement(
            .must, "hooks.\(kind).state", section, "\(kind) hooks have the state, with the status \(status), on standard input."
        ) {
            lab in
            let object = try state(lab, given: kind)
            try require(object["status"] as? String ?? "", is: status, "status")
            if status != "stopped" { try require(object["pid"] as? Int ?? 0 > 0, "no pid") }
        }
    }

    private static func namespaces(_ kind: String, mount: Bool, pid: Bool) -> Requirement {
        let place = mount ? "container" : "runtime"
        return Requirement(.must, "hooks.\(kind).namespace", section, "\(kind) hooks run in the \(place) namespace.") { lab in
            let container = try lab.start("exec sleep 30") {
                $0.hook(kind, "readlink /proc/self/ns/mnt > \(lab.path("mnt")); readlink /proc/self/ns/net > \(lab.path("net"))")
            }
            try container.stop()
            try container.delete()
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/mnt")
            try require(lab.read("mnt").hasPrefix("mnt:"), "it did not run")
            try require((lab.read("mnt") != own) == mount, "its mount namespace is \(mount ? "" : "not ")the host's")
        }
    }

    static let all: [Requirement] = [
        Requirement(.must, "hooks.order.kinds", "runtime.md, Lifecycle", "The six kinds run in the lifecycle's order.") { lab in
            let container = try lab.start("exec sleep 30") { try everyKind(lab, &$0) }
            try container.stop()
            try container.delete()
            let wanted = "prestart createRuntime createContainer startContainer poststart poststop"
            try require(noted(lab).joined(separator: " "), is: wanted, "hooks")
        },
        Requirement(.must, "hooks.create", section, "create runs prestart, createRuntime and createContainer, and no others.") {
            lab in
            _ = try lab.create("exec sleep 30") { try everyKind(lab, &$0) }
            try require(noted(lab).joined(separator: " "), is: "prestart createRuntime createContainer", "hooks")
        },
        Requirement(.must, "hooks.start", section, "start runs startContainer before the program, poststart after.") { lab in
            let container = try lab.create("echo program >> /mnt/hooks; exec sleep 30") { try everyKind(lab, &$0) }
            try container.start()
            _ = eventually { noted(lab).contains("program") }
            let seen = noted(lab).dropFirst(3)
            try require(seen.first ?? "", is: "startContainer", "the first hook of start")
            try require(seen.contains("poststart") && seen.contains("program"), "hooks: \(seen)")
        },
        Requirement(.must, "hooks.poststart.beforeReturn", section, "poststart hooks have run when start returns.") { lab in
            _ = try lab.start("exec sleep 30") { $0.hook("poststart", "sleep 0.2; \(note(lab, "done"))") }
            try require(noted(lab).joined(), is: "done", "hooks")
        },
        Requirement(.must, "hooks.poststop", section, "delete runs poststop, after the container is gone and before it returns.")
        { lab in
            let container = try lab.start("exit 0") {
                // It has ended; its parent may not have looked yet.
                $0.hook(
                    "poststop",
                    "sleep 0.2; grep -qs '^State:.[^Z]' /proc/$(cat \(lab.path("pid")))/status || \(note(lab, "gone"))")
            }
            _ = try lab.write("\(container.pid)", to: "pid")
            try container.waits(for: "stopped")
            try require(noted(lab).isEmpty, "it ran before delete")
            try container.delete()
            try require(noted(lab).joined(), is: "gone", "hooks")
        },
        Requirement(.must, "hooks.order.list", section, "Hooks of a kind run in the order of their list.") { lab in
            _ = try lab.create("exec sleep 30") {
                $0.hook("createRuntime", "sleep 0.1; \(note(lab, "one"))")
                $0.hook("createRuntime", note(lab, "two"))
                $0.hook("createRuntime", note(lab, "three"))
            }
            try require(noted(lab).joined(separator: " "), is: "one two three", "hooks")
        },
        given("prestart", "creating"), given("createRuntime", "creating"), given("createContainer", "creating"),
        given("poststart", "running"), given("poststop", "stopped"),
        Requirement(.must, "hooks.startContainer.state", section, "startContainer hooks have the state, with the status created.")
        { lab in
            let container = try lab.start("cat /mnt/state.json; exec sleep 30") {
                $0.bind(lab.directory, "/mnt")
                $0.hook("startContainer", "cat > /mnt/state.json")
            }
            try container.prints("{")
            let object = try JSONSerialization.jsonObject(with: Data(lab.read("state.json").utf8)) as? JSON ?? [:]
            try require(object["id"] as? String ?? "", is: container.id, "id")
            try require(object["status"] as? String ?? "", is: "created", "status")
        },
        Requirement(.must, "hooks.pid", "runtime.md, State", "A runtime-namespace hook's pid is the one the runtime sees.") {
            lab in
            let container = try lab.create("exec sleep 30") { $0.hook("createRuntime", "cat > \(lab.path("state.json"))") }
            let object = try JSONSerialization.jsonObject(with: Data(lab.read("state.json").utf8)) as? JSON ?? [:]
            try require("\(object["pid"] as? Int ?? 0)", is: "\(try container.pid)", "pid")
        },
        namespaces("prestart", mount: false, pid: false), namespaces("createRuntime", mount: false, pid: false),
        namespaces("createContainer", mount: true, pid: true), namespaces("poststart", mount: false, pid: false),
        namespaces("poststop", mount: false, pid: false),
        Requirement(
            .must, "hooks.startContainer.namespace", section,
            "startContainer hooks run in the container's namespaces, on its root."
        ) { lab in
            let container = try lab.start("exec sleep 30") {
                $0.bind(lab.directory, "/mnt")
                $0.hook("startContainer", "hostname > /mnt/name; readlink /proc/self/ns/mnt > /mnt/ns; ls / > /mnt/root")
            }
            let its = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(try container.pid)/ns/mnt")
            try require(lab.read("name"), is: "conformance", "host name")
            try require(lab.read("ns"), is: its, "mount namespace")
            let outside = try lab.host("ls", "/")
            try require(!lab.read("root").isEmpty && lab.read("root") != outside, "its root is the host's")
        },
        Requirement(
            .must, "hooks.createRuntime.beforePivot", section, "createRuntime hooks find the new network namespace by the pid."
        ) { lab in
            let container = try lab.create("cat /proc/net/dev; exec sleep 30") {
                $0.hook(
                    "createRuntime",
                    "pid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); nsenter -t $pid -n ip link add conf0 type veth peer name conf1"
                )
            }
            try container.start()
            try container.prints("conf0")
        },
        Requirement(
            .must, "hooks.createContainer.mounts", section,
            "createContainer hooks see the container's mounts below its root, before the pivot."
        ) { lab in
            _ = try lab.create("exec sleep 30") {
                $0.mount("/mnt", "tmpfs")
                $0.hook("createContainer", "grep -c '\(Machine.rootfs)/mnt ' /proc/self/mountinfo > \(lab.path("count"))")
            }
            try require(lab.read("count"), is: "1", "mounts seen at the root's path")
        },
        Requirement(.must, "hooks.args", section, "args are its arguments, the first its name.") { lab in
            _ = try lab.create("exec sleep 30") {
                let args = [
                    "given-name", "-c",
                    "echo \"$0 $1\" > \(lab.path("args")); tr '\\0' ' ' < /proc/$$/cmdline | cut -d ' ' -f 1 >> \(lab.path("args"))",
                    "zero", "one",
                ]
                $0.add("hooks.createRuntime", ["path": "/bin/sh", "args": args, "env": ["PATH=/usr/bin:/bin"]] as JSON)
            }
            try require(lab.read("args"), is: "zero one\ngiven-name", "arguments")
        },
        Requirement(.must, "hooks.env", section, "env is its environment.") { lab in
            _ = try lab.create("exec sleep 30") {
                $0.hook("createRuntime", "echo $ONE > \(lab.path("env"))", ["env": ["ONE=first", "PATH=/bin"]])
            }
            try require(lab.read("env"), is: "first", "ONE")
        },
        Requirement(.must, "hooks.env.only", section, "Nothing else is in it.") { lab in
            _ = try lab.create("exec sleep 30") { $0.hook("createRuntime", "env > \(lab.path("env"))") }
            try require(lab.read("env").contains("PATH="), "its own is not there: \(lab.read("env"))")
            try require(!lab.read("env").contains("HAKO_CONFORMANCE_OUTSIDE"), "the caller's is: \(lab.read("env"))")
        },
        Requirement(.must, "hooks.timeout.inTime", section, "A hook that ends before its timeout is none the worse.") { lab in
            _ = try lab.create("exec sleep 30") { $0.hook("createRuntime", note(lab, "done"), ["timeout": 10]) }
            try require(noted(lab).joined(), is: "done", "hooks")
        },
        Requirement(.must, "hooks.timeout.positive", section, "A timeout has to be above zero.") { lab in
            try lab.refuses("timeout 0") { $0.hook("createRuntime", "true", ["timeout": 0]) }
        },
        Requirement(.must, "hooks.timeout.negative", section, "A negative one is an error too.") { lab in
            try lab.refuses("timeout -1") { $0.hook("createRuntime", "true", ["timeout": -1]) }
        },
        Requirement(.must, "hooks.path.absolute", section, "path has to be absolute.") { lab in
            try lab.refuses("the path bin/true") { $0.add("hooks.createRuntime", ["path": "bin/true"]) }
        },
        Requirement(.must, "hooks.path.missing", section, "path is required.") { lab in
            try lab.refuses("a hook without path") { $0.add("hooks.createRuntime", ["args": ["true"]]) }
        },
        Requirement(.must, "hooks.empty", section, "Lists may be empty or absent.") { lab in
            try lab.accepts { $0["hooks"] = ["prestart": [JSON](), "poststop": [JSON]()] }
        },
    ]
}
