import Foundation

/// config-linux.md, Seccomp.
enum SeccompRequirements {
    private static let section = "config-linux.md, Seccomp"

    private static func filter(_ action: String, _ rules: [JSON] = [], _ more: JSON = [:]) -> JSON {
        let native = Machine.isARM ? ["SCMP_ARCH_AARCH64"] : ["SCMP_ARCH_X86_64"]
        return (["defaultAction": action, "architectures": native, "syscalls": rules] as JSON).merging(more) { $1 }
    }

    private static func rule(_ name: String, _ action: String, _ more: JSON = [:]) -> JSON {
        (["names": [name], "action": action] as JSON).merging(more) { $1 }
    }

    /// mkdir with the rule for mkdirat and mkdir: what becomes of it.
    private static func mkdir(_ lab: Lab, _ action: String, _ more: JSON = [:], flags: [String]? = nil) throws -> Outcome {
        try lab.run("mkdir /dev/shm/made; echo status $?") {
            let rules: JSON = (["names": ["mkdir", "mkdirat"], "action": action] as JSON).merging(more) { $1 }
            $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [rules], flags.map { ["flags": $0] } ?? [:])
        }
    }

    /// A script that makes files of these sizes with ftruncate(2), whose second argument is the size, and says how it went.
    private static func truncating(_ sizes: [Int]) -> String {
        sizes.map { "truncate -s \($0) /dev/shm/f 2>/dev/null && echo \($0) ok || echo \($0) no" }.joined(separator: "; ")
    }

    /// An operator: the call has to fail for some values, and work for others.
    private static func comparing(_ op: String, _ value: Int, _ two: Int? = nil, refused: [Int], allowed: [Int]) -> Requirement {
        Requirement(.must, "seccomp.args.\(op)", section, "SCMP_CMP_\(op) compares an argument.") { lab in
            let seen = try lab.output(truncating(refused + allowed)) {
                var argument: JSON = ["index": 1, "value": value, "op": "SCMP_CMP_\(op)"]
                argument["valueTwo"] = two
                $0["linux.seccomp"] = filter(
                    "SCMP_ACT_ALLOW", [rule("ftruncate", "SCMP_ACT_ERRNO", ["args": [argument], "errnoRet": 5])])
            }
            let wanted = refused.map { "\($0) no" } + allowed.map { "\($0) ok" }
            try require(seen, is: wanted.joined(separator: "\n"), "sizes")
        }
    }

    static let all: [Requirement] = actions + arguments + values + listener

    private static let actions = [
        Requirement(.must, "seccomp.mode", section, "The filter holds for the program.") { lab in
            let seen = try lab.output("grep '^Seccomp:' /proc/self/status | cut -f2") {
                $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [rule("acct", "SCMP_ACT_ERRNO")])
            }
            try require(seen, is: "2", "Seccomp in status")
        },
        Requirement(.must, "seccomp.absent", section, "Without seccomp there is no filter but the caller's.") { lab in
            let own = Machine.status("Seccomp") ?? "0"
            try require(try lab.output("grep '^Seccomp:' /proc/self/status | cut -f2"), is: own, "Seccomp in status")
        },
        Requirement(.must, "seccomp.ALLOW", section, "SCMP_ACT_ALLOW lets a call through where the default does not.") { lab in
            let seen = try lab.output("mkdir /dev/shm/made && echo made; rmdir /dev/shm/made || echo kept") {
                $0["linux.seccomp"] = filter(
                    "SCMP_ACT_ALLOW", [rule("rmdir", "SCMP_ACT_ERRNO"), rule("unlinkat", "SCMP_ACT_ERRNO")])
            }
            try require(seen, is: "made\nkept", "calls")
        },
        Requirement(.must, "seccomp.ERRNO", section, "SCMP_ACT_ERRNO fails a call, with EPERM when no number is given.") { lab in
            let result = try mkdir(lab, "SCMP_ACT_ERRNO")
            try require(result.text, is: "status 1", "mkdir")
            try require(result.err.contains("not permitted"), "it says: \(result.err.trimmed)")
        },
        Requirement(.must, "seccomp.ERRNO.number", section, "errnoRet is the number it fails with.") { lab in
            let result = try mkdir(lab, "SCMP_ACT_ERRNO", ["errnoRet": 28])
            try require(result.err.contains("No space left"), "it says: \(result.err.trimmed)")
        },
        Requirement(.must, "seccomp.ERRNO.default", section, "defaultErrnoRet is that of the default action.") { lab in
            let allowed = [
                "read", "write", "open", "openat", "close", "stat", "fstat", "lstat", "newfstatat", "mmap", "mprotect", "munmap",
                "brk",
                "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "ioctl", "access", "faccessat", "faccessat2", "dup", "dup2",
                "dup3",
                "getpid", "getppid", "clone", "clone3", "fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4",
                "fcntl",
                "getcwd", "chdir", "fchdir", "getuid", "getgid", "geteuid", "getegid", "arch_prctl", "set_tid_address",
                "set_robust_list", "rseq", "prlimit64", "getrandom", "futex", "readlink", "readlinkat", "uname", "capget",
                "capset",
                "prctl", "setuid", "setgid", "setgroups", "setresuid", "setresgid", "umask", "statx", "pipe", "pipe2", "sendmsg",
                "recvmsg", "sendto", "recvfrom", "poll", "ppoll", "epoll_pwait", "nanosleep", "clock_nanosleep", "close_range",
                "getdents64", "lseek", "sigaltstack", "madvise", "gettid", "tgkill", "setsid", "getpgrp", "getpgid", "kill",
                "seccomp", "fstatfs", "statfs", "newfstat", "pread64", "fchown", "fchmod", "sched_yield", "sched_getaffinity",
                "epoll_ctl", "restart_syscall", "mincore", "openat2", "unshare", "setns", "keyctl", "socket", "connect", "getsid",
                "setpgid",
            ]
            let result = try lab.run("mkdir /dev/shm/made; echo status $?") {
                $0["linux.seccomp"] = filter(
                    "SCMP_ACT_ERRNO", [["names": allowed, "action": "SCMP_ACT_ALLOW"] as JSON], ["defaultErrnoRet": 28])
            }
            try require(result.err.contains("No space left"), "\(result)")
        },
        Requirement(.must, "seccomp.KILL_PROCESS", section, "SCMP_ACT_KILL_PROCESS ends the process with SIGSYS.") { lab in
            try require(try mkdir(lab, "SCMP_ACT_KILL_PROCESS").out.contains("status 159"), "mkdir lives on")
        },
        Requirement(.must, "seccomp.KILL_THREAD", section, "SCMP_ACT_KILL_THREAD ends the thread with SIGSYS.") { lab in
            try require(try mkdir(lab, "SCMP_ACT_KILL_THREAD").out.contains("status 159"), "mkdir lives on")
        },
        Requirement(.must, "seccomp.KILL", section, "SCMP_ACT_KILL is the same as SCMP_ACT_KILL_THREAD.") { lab in
            try require(try mkdir(lab, "SCMP_ACT_KILL").out.contains("status 159"), "mkdir lives on")
        },
        Requirement(.must, "seccomp.TRAP", section, "SCMP_ACT_TRAP sends SIGSYS.") { lab in
            try require(try mkdir(lab, "SCMP_ACT_TRAP").out.contains("status 159"), "mkdir lives on")
        },
        Requirement(.must, "seccomp.TRACE", section, "SCMP_ACT_TRACE without a tracer fails the call with ENOSYS.") { lab in
            let result = try mkdir(lab, "SCMP_ACT_TRACE", ["errnoRet": 1])
            try require(result.err.contains("not implemented"), "it says: \(result.err.trimmed)")
        },
        Requirement(.must, "seccomp.LOG", section, "SCMP_ACT_LOG lets the call through.") { lab in
            try require(try mkdir(lab, "SCMP_ACT_LOG").text, is: "status 0", "mkdir")
        },
    ]

    private static let arguments = [
        comparing("EQ", 5, refused: [5], allowed: [4, 6]), comparing("NE", 5, refused: [4, 6], allowed: [5]),
        comparing("LT", 5, refused: [4], allowed: [5, 6]), comparing("LE", 5, refused: [4, 5], allowed: [6]),
        comparing("GT", 5, refused: [6], allowed: [4, 5]), comparing("GE", 5, refused: [5, 6], allowed: [4]),
        comparing("MASKED_EQ", 4, 4, refused: [4, 5, 12], allowed: [2, 8, 11]),
        Requirement(.must, "seccomp.args.all", section, "All conditions of a rule have to hold.") { lab in
            let seen = try lab.output(truncating([5, 6])) {
                let first: JSON = ["index": 1, "value": 5, "op": "SCMP_CMP_EQ"]
                let never: JSON = ["index": 0, "value": 999, "op": "SCMP_CMP_EQ"]
                $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [rule("ftruncate", "SCMP_ACT_ERRNO", ["args": [first, never]])])
            }
            try require(seen, is: "5 ok\n6 ok", "sizes, with a second condition that never holds")
        },
    ]

    private static let values =
        [
            Requirement(.must, "seccomp.action.unknown", "config.md, Valid values", "An action that does not exist is an error.")
            { lab in
                try lab.refuses("SCMP_ACT_NOSUCH") {
                    $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [rule("mkdir", "SCMP_ACT_NOSUCH")])
                }
            },
            Requirement(.must, "seccomp.default.unknown", "config.md, Valid values", "Nor may the default action be one.") {
                lab in
                try lab.refuses("SCMP_ACT_NOSUCH") { $0["linux.seccomp"] = filter("SCMP_ACT_NOSUCH") }
            },
            Requirement(
                .must, "seccomp.arch.unknown", "config.md, Valid values", "An architecture that does not exist is an error."
            ) { lab in
                try lab.refuses("SCMP_ARCH_PDP11") {
                    $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [], ["architectures": ["SCMP_ARCH_PDP11"]])
                }
            },
            Requirement(.must, "seccomp.op.unknown", "config.md, Valid values", "So is an operator.") { lab in
                try lab.refuses("SCMP_CMP_ABOUT") {
                    let argument: JSON = ["index": 0, "value": 1, "op": "SCMP_CMP_ABOUT"]
                    $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [rule("mkdir", "SCMP_ACT_ERRNO", ["args": [argument]])])
                }
            },
            Requirement(.must, "seccomp.flags.unknown", "config.md, Valid values", "So is a flag.") { lab in
                try lab.refuses("SECCOMP_FILTER_FLAG_NOSUCH") {
                    $0["linux.seccomp"] = filter(
                        "SCMP_ACT_ALLOW", [rule("acct", "SCMP_ACT_ERRNO")], ["flags": ["SECCOMP_FILTER_FLAG_NOSUCH"]])
                }
            },
            Requirement(.must, "seccomp.names.empty", section, "names needs one entry at least.") { lab in
                try lab.refuses("a rule without names") {
                    $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [["names": [String](), "action": "SCMP_ACT_ERRNO"] as JSON])
                }
            },
            Requirement(.must, "seccomp.errno.notFitting", section, "errnoRet with an action that has none is an error.") { lab in
                try lab.refuses("errnoRet with SCMP_ACT_KILL") {
                    $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [rule("mkdir", "SCMP_ACT_KILL", ["errnoRet": 5])])
                }
            },
            Requirement(.should, "seccomp.names.unknown", "runc", "A system call this machine does not have is passed over.") {
                lab in
                try lab.accepts {
                    $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [rule("no_such_call", "SCMP_ACT_ERRNO")])
                }
            },
        ]
        + ["TSYNC", "LOG", "SPEC_ALLOW"].map { flag in
            Requirement(.must, "seccomp.flags.\(flag)", section, "The flag SECCOMP_FILTER_FLAG_\(flag) is taken.") { lab in
                let result = try mkdir(lab, "SCMP_ACT_ERRNO", flags: ["SECCOMP_FILTER_FLAG_\(flag)"])
                try require(result.text, is: "status 1", "mkdir: \(result)")
            }
        }

    /// A container that asks an agent about mkdir; what the agent was sent.
    private static func notified(_ lab: Lab, _ more: JSON = [:]) throws -> (Container, Received, JSON) {
        let agent = try Listener(lab.path("agent"))
        let container = try lab.create("mkdir /dev/shm/made; exec sleep 30") {
            let settings: JSON = (["listenerPath": agent.path] as JSON).merging(more) { $1 }
            $0["linux.seccomp"] = filter(
                "SCMP_ACT_ALLOW", [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"] as JSON], settings)
            $0["annotations"] = ["com.example.key": "value"]
        }
        let received = try agent.receive()
        guard let object = try? JSONSerialization.jsonObject(with: Data(received.bytes)) as? JSON else {
            throw Unmet("no JSON was sent: \(received.text)")
        }
        return (container, received, object)
    }

    private static let listener = [
        Requirement(
            .must, "seccomp.listener.descriptor", section,
            "With SCMP_ACT_NOTIFY one descriptor goes to listenerPath, named seccompFd."
        ) { lab in
            let (_, received, state) = try notified(lab)
            try require(received.descriptors.count == 1, "\(received.descriptors.count) descriptors")
            let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(received.descriptors[0])")
            try require(link.contains("seccomp"), "it is \(link)")
            try require(state["fds"] as? [String] == ["seccompFd"], "fds is \(String(describing: state["fds"]))")
        },
        Requirement(
            .must, "seccomp.listener.state", "config-linux.md, The Container Process State",
            "With it go ociVersion, the pid, and the container's state."
        ) { lab in
            let (container, _, state) = try notified(lab)
            try require(state["ociVersion"] is String, "no ociVersion")
            try require("\(state["pid"] as? Int ?? 0)", is: "\(try container.pid)", "pid")
            let inner = state["state"] as? JSON ?? [:]
            try require(inner["id"] as? String ?? "", is: container.id, "state.id")
            try require(inner["status"] as? String ?? "", is: "creating", "state.status")
            try require(inner["bundle"] as? String ?? "", is: container.bundle, "state.bundle")
        },
        Requirement(.must, "seccomp.listener.metadata", section, "listenerMetadata goes as metadata.") { lab in
            let (_, _, state) = try notified(lab, ["listenerMetadata": "some text"])
            try require(state["metadata"] as? String ?? "", is: "some text", "metadata")
        },
        Requirement(.must, "seccomp.listener.notThere", section, "When sending to it fails, it is an error.") { lab in
            try lab.refuses("a listener that is not there") {
                $0["linux.seccomp"] = filter(
                    "SCMP_ACT_ALLOW", [rule("mkdir", "SCMP_ACT_NOTIFY")], ["listenerPath": lab.path("none")])
            }
        },
        Requirement(.must, "seccomp.listener.unused", section, "Without SCMP_ACT_NOTIFY listenerPath is ignored.") { lab in
            try lab.accepts {
                $0["linux.seccomp"] = filter(
                    "SCMP_ACT_ALLOW", [rule("acct", "SCMP_ACT_ERRNO")], ["listenerPath": lab.path("none")])
            }
        },
        Requirement(.must, "seccomp.listener.metadataAlone", section, "listenerMetadata without listenerPath is an error.") {
            lab in
            try lab.refuses("metadata alone") {
                $0["linux.seccomp"] = filter("SCMP_ACT_ALLOW", [rule("acct", "SCMP_ACT_ERRNO")], ["listenerMetadata": "text"])
            }
        },
    ]
}
