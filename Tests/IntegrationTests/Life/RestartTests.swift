import Foundation
import Testing

extension IntegrationTests {
    /// Restart policies, health checks, and what changes a container that is there.
    @Suite struct RestartTests {
        private func start(_ hako: Hako, _ options: String..., script: String) throws {
            let words = hako.runWords(["-d", "--name", "box"] + options + ["--", "sh", "-c", script])
            let started = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
            #expect(started.status == 0, "\(started)")
        }

        private func field(_ hako: Hako, _ template: String) throws -> String {
            try hako("inspect", "--format", template, "box").text
        }

        @Test(arguments: Identity.allCases)
        func onFailureEndsAfterItsTries(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(hako, "--restart", "on-failure:2", script: "echo try; exit 3")
                let ended = try eventually {
                    try field(hako, "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}") == "exited 2 3"
                }
                let state = try field(hako, "{{json .State}}")
                #expect(ended, "\(state)")
                #expect(try hako("logs", "box").lines == ["try", "try", "try"])
                #expect(try hako("wait", "box").text == "3")
            }
        }

        @Test(.fastMachine) func successIsNoFailure() throws {
            try withHako { hako in
                try start(hako, "--restart", "on-failure", script: "echo once")
                #expect(try eventually { try field(hako, "{{.State.Status}}") == "exited" })
                usleepScaled(300_000)
                #expect(try hako("logs", "box").lines == ["once"])
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func alwaysGoesOnUntilItIsStopped(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(hako, "--restart", "always", script: "sleep 0.05")
                #expect(try eventually { Int(try field(hako, "{{.RestartCount}}")) ?? 0 >= 2 })
                #expect(try eventually { try hako("ps", "--format", "{{.Status}}").text.hasPrefix("Restarting (0)") })
                let stopped = try hako("stop", "box")
                #expect(stopped.status == 0, "\(stopped)")
                #expect(try field(hako, "{{.State.Status}}") == "exited")
                let count = try field(hako, "{{.RestartCount}}")
                usleepScaled(500_000)
                #expect(try field(hako, "{{.State.Status}} {{.RestartCount}}") == "exited \(count)")
                // Started by hand, it counts anew.
                #expect(try hako("start", "box").status == 0)
                #expect(try eventually { Int(try field(hako, "{{.RestartCount}}")) ?? 0 >= 1 })
                #expect(try hako("rm", "-f", "box").status == 0)
            }
        }

        /// Between an end and the next start, and while it starts: stop is stop.
        @Test(.fastMachine) func stoppedAtAnyMomentItStaysSo() throws {
            try withHako { hako in
                for _ in 0..<12 {
                    try start(hako, "--restart", "always", script: "true")
                    usleepScaled(Double.random(in: 50_000...400_000))
                    #expect(try hako("stop", "box").status == 0)
                    let first = try field(hako, "{{.State.Status}} {{.RestartCount}}")
                    usleepScaled(250_000)
                    let then = try field(hako, "{{.State.Status}} {{.RestartCount}}")
                    #expect(first.hasPrefix("exited ") && first == then, "\(first), then \(then)")
                    #expect(try hako("rm", "box").status == 0)
                }
            }
        }

        @Test(.fastMachine) func killEndsItForGoodAndUpdateChangesThePolicy() throws {
            try withHako { hako in
                try start(hako, "--restart", "always", script: "exec sleep 100")
                #expect(try hako("kill", "box").status == 0)
                #expect(try field(hako, "{{.State.Status}}") == "exited")
                #expect(try hako("start", "box").status == 0)
                #expect(try hako("update", "--restart", "no", "box").status == 0)
                #expect(try field(hako, "{{.HostConfig.RestartPolicy.Name}}") == "no")
                kill(try #require(Int32(try field(hako, "{{.State.Pid}}"))), SIGKILL)
                #expect(try eventually { try field(hako, "{{.State.Status}} {{.RestartCount}}") == "exited 0" })
            }
        }

        /// What a machine's start does: the state directory is gone, and so are all processes.
        @Test(.fastMachine) func allRestartStartsWhatRan() throws {
            try withHako { hako in
                for (name, policy) in [("a", "always"), ("b", "unless-stopped"), ("c", "unless-stopped"), ("d", "no")] {
                    let words = hako.runWords(["-d", "--name", name, "--restart", policy, "--", "sleep", "100"])
                    #expect(try hako.spawn(hako.hakoWords(words)).finish(within: 20).status == 0)
                }
                #expect(try hako("stop", "-t", "0", "c").status == 0)
                for name in ["a", "b", "d"] {
                    let pid = try #require(Int32(try hako("inspect", "-f", "{{.State.Pid}}", name).text))
                    let monitor = try #require(parent(of: pid))
                    kill(monitor, SIGKILL)
                    kill(pid, SIGKILL)
                }
                #expect(try eventually { try hako("ps", "-q").text.isEmpty })
                #expect(try hako("system", "check").status == 0)
                let started = try hako("start", "--all-restart")
                #expect(started.lines.sorted() == ["a", "b"], "\(started)")
                #expect(try hako("ps", "--format", "{{.Names}}").lines.sorted() == ["a", "b"])
            }
        }

        private func parent(of pid: Int32) -> Int32? {
            let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").first { $0.hasPrefix("PPid:") }.flatMap { Int32($0.split(separator: "\t")[1]) }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func healthIsWatched(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(
                    hako, "--health-cmd", "echo looked; test -e /tmp/ok", "--health-interval", "100ms", "--health-retries", "2",
                    script: "exec sleep 100")
                #expect(try eventually { try field(hako, "{{.State.Health.Status}}") == "unhealthy" })
                #expect(try field(hako, "{{json .State.Health.Log}}").contains("looked"))
                #expect(try hako("ps", "-f", "health=unhealthy", "--format", "{{.Status}}").text.contains("(unhealthy)"))
                #expect(try hako("exec", "box", "touch", "/tmp/ok").status == 0)
                #expect(try eventually { try field(hako, "{{.State.Health.Status}}") == "healthy" })
                #expect(try hako("events", "--stream=false", "-f", "event=health_status").text.contains("health=healthy"))
            }
        }

        @Test(.fastMachine) func aCheckThatHangsIsCutOff() throws {
            try withHako { hako in
                try start(
                    hako, "--health-cmd", "sleep 50", "--health-interval", "50ms", "--health-timeout", "100ms",
                    "--health-retries", "1", script: "exec sleep 100")
                #expect(try eventually { try field(hako, "{{.State.Health.Status}}") == "unhealthy" })
                #expect(try field(hako, "{{json .State.Health.Log}}").contains("\"ExitCode\":-1"))
                let left = try hako("exec", "box", "sh", "-c", "ps | grep -c '[s]leep 50' || true")
                #expect((Int(left.text) ?? 9) <= 1, "\(left)")
            }
        }

        @Test(.fastMachine, arguments: ["kill", "restart", "stop"])
        func whatIsNotWellIsDealtWith(_ action: String) throws {
            try withHako { hako in
                try start(
                    hako, "--restart", action == "kill" ? "on-failure:1" : "no", "--health-cmd", "false", "--health-interval",
                    "100ms", "--health-retries", "2", "--health-on-failure", action, "--stop-timeout", "0",
                    script: "echo up; exec sleep 100")
                if action == "stop" {
                    #expect(try eventually { try field(hako, "{{.State.Status}}") == "exited" })
                    #expect(try hako("logs", "box").lines == ["up"])
                } else {
                    #expect(try eventually { try hako("logs", "box").lines.count >= 2 })
                }
            }
        }

        /// A plain user has groups to limit on version 2 only.
        @Test(arguments: Machine.cgroupIsV2 ? Identity.allCases : [.root])
        func limitsChangeWhileItRuns(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(hako, "--pids-limit", "50", script: "exec sleep 100")
                let changed = try hako("update", "--pids-limit", "33", "box")
                #expect(changed.status == 0, "\(changed)")
                #expect(try field(hako, "{{.HostConfig.PidsLimit}}") == "33")
                #expect(try hako("restart", "-t", "0", "box").status == 0)
                let pid = try field(hako, "{{.State.Pid}}")
                let groups = try String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)
                let line = groups.split(separator: "\n").first { Machine.cgroupIsV2 || $0.contains(":pids:") } ?? ""
                let group = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
                let most = try String(contentsOfFile: "\(Machine.cgroupTree("pids"))\(group)/pids.max", encoding: .utf8)
                #expect(most == "33\n")
            }
        }

        @Test(.fastMachine) func namesChange() throws {
            try withHako { hako in
                try start(hako, script: "exec sleep 100")
                #expect(try hako("rename", "box", "case").status == 0)
                #expect(try hako("ps", "--format", "{{.Names}}").text == "case")
                #expect(try hako("run", "-d", "--name", "other", "--rootfs", hako.rootfs, "sleep", "9").status == 0)
                let taken = try hako("rename", "other", "case")
                #expect(taken.status == 125 && taken.err.contains("taken"), "\(taken)")
                #expect(try hako("run", "--replace", "--name", "case", "-d", "--rootfs", hako.rootfs, "sleep", "9").status == 0)
                #expect(try hako("ps", "--format", "{{.Names}}").lines.sorted() == ["case", "other"])
            }
        }

        @Test(.fastMachine) func whatIsRequiredIsStartedFirst() throws {
            try withHako { hako in
                #expect(try hako("create", "--name", "db", "--rootfs", hako.rootfs, "sleep", "100").status == 0)
                try start(hako, "--requires", "db", script: "exec sleep 100")
                #expect(try hako("ps", "--format", "{{.Names}}").lines.sorted() == ["box", "db"])
                let none = try hako.run("--name", "x", "--requires", "nobody", "--", "true")
                #expect(none.status == 125 && none.err.contains("no such container"), "\(none)")
            }
        }

        @Test(
            .fastMachine,
            arguments: [
                (["--restart", "often"], "on-failure"), (["--restart", "always:3"], "only on-failure"),
                (["--rm", "--restart", "always"], "contradict"),
                (["--health-interval", "1s"], "--health-cmd"),
                (["--health-cmd", "x", "--health-interval", "soon"], "not a duration"),
                (["--health-cmd", "x", "--health-on-failure", "cry"], "none, kill, restart or stop"),
                (["--log-driver", "paper"], "k8s-file"),
                (["--log-driver", "none", "--log-opt", "max-size=1m"], "no such option"),
                (["--log-opt", "max-size=1"], "the least"), (["--replace"], "--name"), (["-p", "80:80"], "needs a network"),
            ])
        func wrongFlagsAreRefused(_ flags: [String], _ text: String) throws {
            try withHako { hako in
                let words = ["run"] + flags + ["--rootfs", hako.rootfs, "true"]
                let outcome = try hako.spawn(hako.hakoWords(words)).finish(within: 10)
                #expect(outcome.status == 125 && outcome.err.contains(text), "\(flags): \(outcome)")
                #expect(outcome.err.split(separator: "\n").count == 1, "\(outcome)")
            }
        }
    }
}
