import Foundation

/// exec and its flags.
enum ExecRequirements {
    private static func running(_ lab: Lab, _ change: (inout Config) throws -> Void = { _ in }) throws -> Container {
        try lab.start("exec sleep 30", change)
    }

    private static func check(
        _ id: String, _ flag: String, _ sentence: String, _ options: [String], _ words: [String], _ wanted: String
    ) -> Requirement {
        Requirement(.flag, "exec.\(id)", "exec \(flag)", sentence) { lab in
            let container = try running(lab)
            let result = try lab.command(["exec"] + options + [container.id] + words).finish()
            guard result.status == 0 else { throw Unmet("\(result)") }
            try require(result.text, is: wanted, words.joined(separator: " "))
        }
    }

    /// A process as JSON for --process.
    private static func process(_ lab: Lab, _ args: [String], _ more: JSON = [:]) throws -> String {
        let base: JSON = ["cwd": "/", "args": args, "user": ["uid": 0, "gid": 0], "env": ["PATH=/bin", "GIVEN=yes"]]
        let data = try JSONSerialization.data(withJSONObject: base.merging(more) { $1 })
        return try lab.write(String(decoding: data, as: UTF8.self), to: "process.json")
    }

    static let all: [Requirement] = flags + behaviour + files

    private static let flags = [
        check("command", "", "A command runs in the container.", [], ["hostname"], "conformance"),
        check("args", "", "Its arguments are passed on as they are.", [], ["printf", "<%s>", "a b", "", "$X"], "<a b><><$X>"),
        check("cwd", "--cwd", "It is the working directory.", ["--cwd", "/usr/share"], ["pwd"], "/usr/share"),
        check(
            "env", "--env", "Variables are added.", ["--env", "ONE=1", "--env", "TWO=2 2"], ["sh", "-c", "echo $ONE $TWO $PATH"],
            "1 2 2 /usr/sbin:/usr/bin:/sbin:/bin"),
        check(
            "user", "--user", "UID:GID is who it runs as.", ["--user", "1000:1001"], ["sh", "-c", "id -u; id -g"], "1000\n1001"),
        check("user.alone", "--user", "A UID alone is enough.", ["--user", "1000"], ["id", "-u"], "1000"),
        check(
            "additionalGids", "--additional-gids", "More groups are added.",
            ["--user", "1000:1001", "--additional-gids", "29", "--additional-gids", "30"],
            ["sh", "-c", "grep Groups /proc/self/status | cut -f2 | xargs -n1 | grep -v 1001 | xargs"], "29 30"),
        check(
            "noNewPrivs", "--no-new-privs", "no_new_privs is set.", ["--no-new-privs"],
            ["sh", "-c", "grep NoNewPrivs /proc/self/status | cut -f2"], "1"),
        Requirement(.flag, "exec.cap", "exec --cap", "A capability is added.") { lab in
            let container = try running(lab) { $0.capabilities(["CAP_KILL"]) }
            let script = "sed -n 's/^CapEff:\\t0*//p' /proc/self/status"
            try require(try container.exec("sh", "-c", script).text, is: "20", "CapEff without")
            let result = try container.exec("sh", "-c", script, options: ["--cap", "CAP_CHOWN"])
            try require(result.text, is: "21", "CapEff: \(result)")
        },
        Requirement(.flag, "exec.detach", "exec --detach", "exec returns at once; the command goes on.") { lab in
            let container = try running(lab)
            let result = try container.exec("sleep", "25", options: ["--detach"])
            try require(result.status == 0, "\(result)")
            let seen = try container.exec("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
            try require(seen.out.contains("sleep 25"), "it does not run")
        },
        Requirement(.flag, "exec.pidFile", "exec --pid-file", "The command's process id on the host is written to the file.") {
            lab in
            let container = try running(lab)
            let result = try container.exec("sleep", "25", options: ["--detach", "--pid-file", lab.path("pid")])
            try require(result.status == 0, "\(result)")
            let command = Machine.read("/proc/\(lab.read("pid"))/cmdline") ?? ""
            try require(command.contains("25"), "the process \(lab.read("pid")) is \(command)")
        },
        Requirement(.flag, "exec.preserveFds", "exec --preserve-fds", "That many descriptors from 3 on are the command's.") {
            lab in
            let container = try running(lab)
            let file = open(try lab.write("through\n", to: "given"), O_RDONLY)
            let high = fcntl(file, F_DUPFD_CLOEXEC, 50)
            defer { close(file); close(high) }
            let words = ["exec", "--preserve-fds", "1", container.id, "sh", "-c", "cat <&3"]
            let result = try lab.command(words, descriptors: [high]).finish()
            try require(result.text, is: "through", "what descriptor 3 gives: \(result)")
        },
    ]

    private static let behaviour = [
        Requirement(.flag, "exec.exitStatus", "exec", "exec ends with the command's exit status.") { lab in
            let container = try running(lab)
            for status in [0, 7, 255] {
                try require("\(try container.exec("sh", "-c", "exit \(status)").status)", is: "\(status)", "exit status")
            }
        },
        Requirement(.flag, "exec.streams", "exec", "The command has the runtime's standard streams.") { lab in
            let result = try running(lab).exec("sh", "-c", "cat; echo err >&2", stdin: "given\n")
            try require(result.text, is: "given", "standard output")
            try require(result.err.contains("err"), "standard error")
        },
        Requirement(.flag, "exec.namespaces", "exec", "The command is in all the container's namespaces.") { lab in
            let container = try running(lab) { $0.namespace("cgroup") }
            let same = "[ $(readlink /proc/self/ns/$n) = $(readlink /proc/1/ns/$n) ]"
            let script = "for n in mnt pid uts ipc net cgroup; do \(same) || echo $n; done; echo end"
            try require(try container.exec("sh", "-c", script).text, is: "end", "namespaces that differ")
        },
        Requirement(
            .flag, "exec.group", "exec", "And in its control group, whose limits hold for it.", needs: [.controller("pids")]
        ) { lab in
            let container = try running(lab) { $0["linux.resources"] = ["pids": ["limit": 8]] }
            let result = try container.exec("sh", "-c", "echo begin; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; echo all")
            try require(result.out.contains("begin"), "\(result)")
            try require(!result.out.contains("all"), "ten processes were made")
        },
        Requirement(.flag, "exec.userNamespace", "exec", "And in its user namespace.") { lab in
            let container = try running(lab) { $0.userNamespace() }
            let result = try container.exec("cat", "/proc/self/uid_map")
            try require(result.text.split(separator: " ").joined(separator: " "), is: "0 100000 65536", "uid_map: \(result)")
        },
        Requirement(.flag, "exec.inherits", "exec", "Environment, capabilities and directory are those of the configuration.") {
            lab in
            let container = try running(lab) {
                $0["process.cwd"] = "/usr"
                $0["process.env"] = ["PATH=/bin", "OWN=1"]
                $0.capabilities(["CAP_KILL"])
            }
            let script = "pwd; echo $OWN; sed -n 's/^CapEff:\\t0*//p' /proc/self/status"
            try require(try container.exec("sh", "-c", script).text, is: "/usr\n1\n20", "what the command has")
        },
        Requirement(.flag, "exec.seccomp", "exec", "The system call filter holds for it.") { lab in
            let container = try running(lab) {
                let rule: JSON = ["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"]
                $0["linux.seccomp"] = ["defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]] as JSON
            }
            try require(try container.exec("mkdir", "/dev/shm/made").status != 0, "mkdir works")
        },
        Requirement(.flag, "exec.stopped", "exec", "Of a stopped container it is an error.") { lab in
            let container = try lab.start("exit 0")
            try container.waits(for: "stopped")
            try require(try container.exec("true").status != 0, "it succeeds")
        },
        Requirement(.flag, "exec.unknown", "exec", "Of a container that does not exist it is an error.") { lab in
            _ = try running(lab).exec("true")
            try require(try lab.runtime("exec", "nobody", "true").status != 0, "it succeeds")
        },
        Requirement(.flag, "exec.noCommand", "exec", "Without a command and without --process it is an error.") { lab in
            let container = try running(lab)
            try require(try lab.runtime("exec", container.id).status != 0, "it succeeds")
        },
        Requirement(.flag, "exec.noProgram", "exec", "A command that does not exist is an error, and the container goes on.") {
            lab in
            let container = try running(lab)
            let result = try container.exec("/nothing/here")
            try require(result.status != 0, "it succeeds")
            try require(try container.status, is: "running", "status")
        },
        Requirement(.flag, "exec.noProgram.status", "exec", "Its exit status is 127 then, or 255, as with runc.") { lab in
            let status = try running(lab).exec("/nothing/here").status
            try require([126, 127, 255, 1].contains(status), "it is \(status)")
        },
        Requirement(.flag, "exec.created", "exec", "Of a created container it works.") { lab in
            let container = try lab.create("sleep 30")
            try require(try container.exec("hostname").text, is: "conformance", "hostname")
        },
    ]

    private static let files = [
        Requirement(.flag, "exec.process", "exec --process", "The process is the one of the file.") { lab in
            let file = try process(
                lab, ["sh", "-c", "echo $GIVEN; pwd; id -u"], ["cwd": "/usr", "user": ["uid": 1000, "gid": 5]])
            let container = try running(lab)
            let result = try lab.runtime("exec", "--process", file, container.id)
            try require(result.text, is: "yes\n/usr\n1000", "what the command has: \(result)")
        },
        Requirement(.flag, "exec.process.capabilities", "exec --process", "Its capabilities are the file's.") { lab in
            let sets = ["bounding": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"]]
            let file = try process(lab, ["sed", "-n", "s/^CapEff:\\t0*//p", "/proc/self/status"], ["capabilities": sets])
            let container = try running(lab)
            let result = try lab.runtime("exec", "-p", file, container.id)
            try require(result.text, is: "1", "CapEff: \(result)")
        },
        Requirement(.flag, "exec.process.rlimits", "exec --process", "Its limits too.") { lab in
            let file = try process(
                lab, ["sh", "-c", "ulimit -n"], ["rlimits": [["type": "RLIMIT_NOFILE", "soft": 77, "hard": 88] as JSON]])
            let container = try running(lab)
            let result = try lab.runtime("exec", "--process", file, container.id)
            try require(result.text, is: "77", "open files: \(result)")
        },
        Requirement(.flag, "exec.process.notThere", "exec --process", "A file that is not there is an error.") { lab in
            let container = try running(lab)
            try require(try lab.runtime("exec", "--process", lab.path("nowhere"), container.id).status != 0, "it succeeds")
            try require(try container.exec("true").status == 0, "nor does a command")
        },
    ]
}
