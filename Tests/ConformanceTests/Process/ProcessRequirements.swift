import Foundation

/// config.md, Process: args, cwd, env.
enum ProcessRequirements {
    private static let section = "config.md, Process"

    static let all: [Requirement] = [
        Requirement(.must, "process.args", section, "args are the program and its arguments, as they are.") { lab in
            let seen = try lab.output("") {
                $0["process.args"] = ["/bin/sh", "-c", "printf '<%s>' \"$0\" \"$@\"", "a b", "", "*", "$HOME", "é"]
            }
            try require(seen, is: "<a b><><*><$HOME><é>", "arguments")
        },
        Requirement(.must, "process.args.zero", section, "The first is the program's own name too.") { lab in
            let root = try lab.privateRoot()
            let seen = try lab.output("") {
                $0["root.path"] = root
                $0["process.args"] = ["/bin/cat", "/proc/self/cmdline"]
            }
            try require(seen.split(separator: "\0").joined(separator: " "), is: "/bin/cat /proc/self/cmdline", "command line")
        },
        Requirement(.must, "process.args.path", section, "A program without a slash is searched for in PATH of env.") { lab in
            let root = try lab.privateRoot()
            try lab.host(
                "sh", "-c",
                "mkdir \(root)/own && printf '#!/bin/sh\\necho found' > \(root)/own/prog && chmod 755 \(root)/own/prog")
            let seen = try lab.output("") {
                $0["root.path"] = root
                $0["process.args"] = ["prog"]
                $0["process.env"] = ["PATH=/nothing:/own"]
            }
            try require(seen, is: "found", "output")
        },
        Requirement(.must, "process.args.empty", section, "At least one entry is required.") { lab in
            try lab.refuses("an empty list of args") { $0["process.args"] = [String]() }
        },
        Requirement(.must, "process.args.missing", section, "args is required.") { lab in
            try lab.refuses("a process without args") { $0["process.args"] = nil }
        },
        Requirement(.must, "process.args.notExecutable", section, "A file that cannot be executed is an error.") { lab in
            try lab.refuses("/etc/passwd as program") { $0["process.args"] = ["/etc/passwd"] }
        },
        Requirement(.must, "process.args.directory", section, "So is a directory.") { lab in
            try lab.refuses("/etc as program") { $0["process.args"] = ["/etc"] }
        },
        Requirement(.must, "process.cwd", section, "cwd is the working directory.") { lab in
            try require(try lab.output("pwd") { $0["process.cwd"] = "/usr/share" }, is: "/usr/share", "pwd")
        },
        Requirement(.must, "process.cwd.relative", section, "It has to be absolute.") { lab in
            try lab.refuses("the cwd usr/share") { $0["process.cwd"] = "usr/share" }
        },
        Requirement(.must, "process.cwd.missing", section, "It is required.") { lab in
            try lab.refuses("a process without cwd") { $0["process.cwd"] = nil }
        },
        Requirement(.must, "process.cwd.file", section, "A file cannot be it.") { lab in
            try lab.refuses("/etc/passwd as cwd") { $0["process.cwd"] = "/etc/passwd" }
        },
        Requirement(.must, "process.cwd.inMount", section, "It may be in a mount of the configuration.") { lab in
            let source = try lab.folder("source")
            let seen = try lab.output("pwd; ls") {
                _ = try lab.write("x", to: "source/file")
                $0.bind(source, "/mnt")
                $0["process.cwd"] = "/mnt"
            }
            try require(seen, is: "/mnt\nfile", "pwd and ls")
        },
        Requirement(.must, "process.env", section, "env is the program's environment.") { lab in
            let seen = try lab.output("") {
                $0["process.args"] = ["/bin/env"]
                $0["process.env"] = ["PATH=/bin", "ONE=1", "TWO=a b=c", "EMPTY="]
            }
            let lines = seen.split(separator: "\n").filter { !$0.hasPrefix("HOME=") }.sorted().joined(separator: "\n")
            try require(lines, is: "EMPTY=\nONE=1\nPATH=/bin\nTWO=a b=c", "environment")
        },
        Requirement(.must, "process.env.notTheCallers", section, "Nothing of the caller's environment gets in.") { lab in
            let seen = try lab.output("") { $0["process.args"] = ["/bin/env"] }
            try require(seen.contains("PATH="), "its own is not there")
            try require(!seen.contains("HAKO_CONFORMANCE_OUTSIDE") && !seen.contains("LANG="), "environment: \(seen)")
        },
        Requirement(.must, "process.env.absent", section, "It may be left out.") { lab in
            let seen = try lab.output("") {
                $0["process.env"] = nil
                $0["process.args"] = ["/bin/echo", "fine"]
            }
            try require(seen, is: "fine", "output")
        },
        Requirement(.must, "process.descriptors", section, "Only the three standard streams are open.") { lab in
            let seen = try lab.output("") { $0["process.args"] = ["/bin/ls", "/proc/self/fd"] }
            try require(seen, is: "0\n1\n2\n3", "descriptors (3 is ls's own)")
        },
        Requirement(.must, "process.noNewPrivileges", "config.md, Linux Process", "noNewPrivileges sets no_new_privs.") { lab in
            let script = "grep NoNewPrivs /proc/self/status | cut -f2"
            try require(try lab.output(script) { $0["process.noNewPrivileges"] = true }, is: "1", "NoNewPrivs")
            try require(try lab.output(script) { $0["process.noNewPrivileges"] = false }, is: "0", "NoNewPrivs when false")
            try require(try lab.output(script), is: "0", "NoNewPrivs when absent")
        },
        Requirement(
            .must, "process.noNewPrivileges.effect", "config.md, Linux Process", "With it, a set-user-id program gains nothing."
        ) { lab in
            let script = "cp /bin/busybox /mnt/id; chmod 4755 /mnt/id; su -s /bin/sh tester -c '/mnt/id -u'"
            let seen = try lab.output(script) {
                $0["process.noNewPrivileges"] = true
                $0.mount("/mnt", "tmpfs", ["mode=755"])
            }
            try require(seen, is: "1000", "user id")
        },
        Requirement(.must, "process.oomScoreAdj", "config.md, Linux Process", "oomScoreAdj is the process's oom_score_adj.") {
            lab in
            let seen = try lab.output("cat /proc/self/oom_score_adj") { $0["process.oomScoreAdj"] = 321 }
            try require(seen, is: "321", "oom_score_adj")
        },
        Requirement(
            .must, "process.oomScoreAdj.absent", "config.md, Linux Process", "When it is absent, the value is not changed."
        ) { lab in
            let own = Machine.read("/proc/self/oom_score_adj") ?? ""
            try require(try lab.output("cat /proc/self/oom_score_adj"), is: own, "oom_score_adj")
        },
        Requirement(
            .must, "process.oomScoreAdj.range", "config.md, Valid values", "A value the kernel does not have is an error."
        ) { lab in
            try lab.refuses("oomScoreAdj 5000") { $0["process.oomScoreAdj"] = 5000 }
        },
        Requirement(
            .must, "process.apparmor", "config.md, Linux Process", "apparmorProfile is the profile of the process.",
            needs: [.apparmor]
        ) { lab in
            let seen = try lab.output("cat /proc/self/attr/current") { $0["process.apparmorProfile"] = "unconfined" }
            try require(seen, is: "unconfined", "profile")
        },
        Requirement(
            .must, "process.apparmor.unknown", "config.md, Linux Process", "A profile that is not loaded is an error.",
            needs: [.apparmor]
        ) { lab in
            try lab.refuses("a profile that is not loaded") { $0["process.apparmorProfile"] = "hako-no-such-profile" }
        },
        Requirement(
            .must, "process.apparmor.unsupported", "runtime.md, Create", "Where there is no AppArmor, a profile is an error.",
            needs: [.noApparmor]
        ) { lab in
            try lab.refuses("a profile without AppArmor") { $0["process.apparmorProfile"] = "some-profile" }
        },
    ]
}
