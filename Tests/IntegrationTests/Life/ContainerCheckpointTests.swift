import Foundation
import Testing

extension IntegrationTests {
    /// `hako checkpoint` and `hako restore`, where CRIU can.
    @Suite(.requires(criuCanDump, "CRIU cannot write a process of this kernel; that of the guest it can"))
    struct ContainerCheckpointTests {
        /// What a checkpoint needs where the processor is emulated.
        private static let patience = 60.0
        private static let counting = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done"

        private func start(_ hako: Hako, _ options: String..., script: String = counting) throws {
            let words = hako.runWords(
                ["-d", "--name", "box", "--userns=host"] + options + ["--rootfs", "\(hako.rootfs):O", "--", "sh", "-c", script])
            let started = try hako.spawn(hako.hakoWords(words)).finish(within: 30 * Machine.slowness)
            #expect(started.status == 0, "\(started)")
            #expect(try eventually { try count(hako) > 2 })
        }

        private func count(_ hako: Hako, _ name: String = "box") throws -> Int {
            Int(try hako("logs", "--tail", "1", name).text) ?? 0
        }

        private func field(_ hako: Hako, _ template: String, _ name: String = "box") throws -> String {
            try hako("inspect", "--format", template, name).text
        }

        /// Its policy would start it again, its health is watched: both know a checkpoint from an end.
        @Test func aContainerGoesOnWhereItWas() throws {
            try withHako { hako in
                try start(hako, "--restart", "always", "--health-cmd", "true", "--health-interval", "1s")
                let saved = try hako("checkpoint", "box", within: Self.patience)
                #expect(saved.status == 0 && saved.text == "box" && saved.err == "", "\(saved)")
                let before = try count(hako)
                #expect(
                    try field(hako, "{{.State.Status}} {{.State.ExitCode}} {{.State.Checkpointed}} {{.RestartCount}}")
                        == "exited 0 true 0")
                #expect(try field(hako, "{{.State.CheckpointedAt}}").hasPrefix("20"))
                #expect(try hako("start", "--all-restart").text.isEmpty, "it waits for its restore")
                let restored = try hako("restore", "box", within: Self.patience)
                #expect(restored.status == 0 && restored.text == "box" && restored.err == "", "\(restored)")
                #expect(try eventually { try count(hako) > before + 3 }, "it does not go on from \(before)")
                let lines = try hako("logs", "box").lines.compactMap { Int($0) }
                #expect(lines == Array(1...max(lines.count, 1)), "it began anew, or lost something: \(lines)")
                #expect(
                    try field(hako, "{{.State.Status}} {{.State.Checkpointed}} {{.State.Restored}} {{.State.CheckpointPath}}")
                        == "running false true")
                #expect(try eventually(within: 20) { try field(hako, "{{.State.Health.Status}}") == "healthy" })
                #expect(try hako("exec", "box", "echo", "in").text == "in")
                // Who may ping is a parameter that CRIU leaves out.
                #expect(try hako("exec", "box", "cat", "/proc/sys/net/ipv4/ping_group_range").text.hasPrefix("0\t2"))
                let events = try hako("events", "--stream=false", "--format", "{{.Status}}").lines
                #expect(events.contains("checkpoint") && events.contains("restore") && !events.contains("die"), "\(events)")
                // Its policy is in force again.
                #expect(try hako("exec", "box", "sh", "-c", "kill -9 -1").status != 125)
                kill(try #require(Int32(try field(hako, "{{.State.Pid}}"))), SIGKILL)
                #expect(try eventually { try field(hako, "{{.RestartCount}}") == "1" })
                #expect(try hako("rm", "-f", "box").status == 0)
            }
        }

        /// What it reads, in which files it was, and its limits are its own again.
        @Test func inputFilesAndLimitsComeBack() throws {
            try withHako { hako in
                let volume = hako.path("volume")
                try host("mkdir", volume)
                try start(
                    hako, "-i", "-v", "\(volume):/volume", "--pids-limit", "40", "--user", "1000",
                    script: "exec 3>/tmp/open; echo 1; echo 2; echo 3; while read line; do echo $line >&3; cat /tmp/open; done")
                #expect(try hako("checkpoint", "--keep", "box", within: Self.patience).status == 0)
                #expect(try host("sh", "-c", "ls \(hako.dataRoot)/containers/*/checkpoint").text.contains("dump.log"))
                #expect(try hako("restore", "--keep", "box", within: Self.patience).status == 0)
                _ = try hako.spawn(hako.hakoWords(["attach", "box"]), stdin: "7\n").finish(within: 20)
                #expect(try eventually { try hako("logs", "box").lines.last == "7" })
                #expect(try field(hako, "{{.HostConfig.PidsLimit}} {{.State.Status}}").hasPrefix("40"))
                #expect(try host("sh", "-c", "ls \(hako.dataRoot)/containers/*/checkpoint").text.contains("inventory.img"))
            }
        }

        @Test func itGoesOnWhenAskedAndStartsAnew() throws {
            try withHako { hako in
                try start(hako)
                let saved = try hako("container", "checkpoint", "-R", "--all", within: Self.patience)
                #expect(saved.status == 0 && saved.text == "box", "\(saved)")
                let before = try count(hako)
                #expect(try eventually { try count(hako) > before + 3 })
                #expect(try field(hako, "{{.State.Status}} {{.State.Checkpointed}}") == "running false")
                let live = try hako("restore", "box")
                #expect(live.status == 125 && live.err.contains("is running") && live.oneErrorLine, "\(live)")
                #expect(try hako("checkpoint", "box", within: Self.patience).status == 0)
                #expect(try hako("start", "box").status == 0)
                #expect(try eventually { try hako("logs", "box").lines.filter { $0 == "1" }.count == 2 }, "it did not begin anew")
                #expect(try field(hako, "{{.State.Checkpointed}} {{.State.Restored}}") == "false false")
            }
        }

        /// With what it wrote, what it took away, and its volume; under another name, beside the first.
        @Test func anArchiveMakesItAnywhere() throws {
            try withHako { hako in
                try start(
                    hako, "--rm", "-v", "data:/data",
                    script: "echo kept > /root/new; rm /etc/hosts.none /etc/group; echo v > /data/file; \(Self.counting)")
                let file = hako.path("box.tar")
                let refused = try hako("checkpoint", "box", within: Self.patience)
                #expect(refused.status == 125 && refused.err.contains("--export"), "\(refused)")
                let saved = try hako("checkpoint", "--export", file, "box", within: Self.patience)
                #expect(saved.status == 0, "\(saved)")
                #expect(try hako("ps", "-aq").text.isEmpty, "it was to go when it ended")
                #expect(try hako("volume", "rm", "data").status == 0)
                let first = try hako("restore", "--import", file, within: Self.patience)
                #expect(first.status == 0 && first.text.count == 64, "\(first)")
                let second = try hako("restore", "--import", file, "--name", "other", within: Self.patience)
                #expect(second.status == 0 && second.text != first.text, "\(second)")
                for name in ["box", "other"] {
                    #expect(try eventually { try count(hako, name) > 3 })
                    let seen = try hako("exec", name, "sh", "-c", "cat /root/new /data/file; ls /etc/group")
                    #expect(seen.lines == ["kept", "v"] && seen.err.contains("No such file"), "\(seen)")
                }
                let again = try hako("restore", "--import", file, within: Self.patience)
                #expect(again.status == 125 && again.oneErrorLine && again.err.contains("is there already"), "\(again)")
                #expect(try hako("rm", "-f", "--all").status == 0)
            }
        }

        /// At any moment there is a process or a checkpoint.
        @Test func killedWhileWritingItLosesNothing() throws {
            try withHako { hako in
                for milliseconds in [200, 1500, 4000, 8000] {
                    try start(hako)
                    let before = try count(hako)
                    let writing = try hako.spawn(hako.hakoWords(["checkpoint", "box"]))
                    usleep(UInt32(milliseconds * 1000))
                    kill(-writing.pid, SIGKILL)
                    for line in try host("pgrep", "-x", "criu").lines { kill(Int32(line) ?? 0, SIGKILL) }
                    _ = try writing.finish()
                    usleepScaled(200_000)
                    if try field(hako, "{{.State.Status}}") != "running" {
                        let restored = try hako("restore", "box", within: Self.patience)
                        #expect(restored.status == 0, "after \(milliseconds) ms: \(restored)")
                    }
                    #expect(try eventually(within: 20) { try count(hako) > before + 2 }, "after \(milliseconds) ms")
                    #expect(try hako("rm", "-f", "box").status == 0)
                }
            }
        }
    }

    /// What is refused is so before CRIU is asked.
    @Suite struct CheckpointRefusalTests {
        @Test(
            .fastMachine,
            arguments: [
                (["--userns=host", "-t"], "terminal"), ([], "user namespace"), (["--userns=host", "--init"], "--init"),
                (["--userns=host", "--rm"], "--export"),
            ])
        func whatCannotBeWrittenSaysSo(_ options: [String], _ part: String) throws {
            try withHako { hako in
                let words = hako.runWords(["-d", "--name", "box"] + options + ["--", "sleep", "100"])
                #expect(try hako.spawn(hako.hakoWords(words)).finish(within: 20).status == 0)
                let refused = try hako("checkpoint", "box")
                #expect(refused.status == 125 && refused.oneErrorLine && refused.err.contains(part), "\(refused)")
                #expect(try hako("inspect", "-f", "{{.State.Status}}", "box").text == "running")
            }
        }

        @Test(
            .fastMachine,
            arguments: [
                (["checkpoint"], "--all"), (["checkpoint", "nobody"], "no such container"),
                (["checkpoint", "box"], "is not running"),
                (["restore", "box"], "no checkpoint"), (["restore", "--name", "x", "box"], "--import"),
                (["restore", "--import", "/etc/passwd"], "/etc/passwd"), (["checkpoint", "-c", "zstd", "box"], "none"),
            ])
        func wrongWordsAreRefused(_ words: [String], _ part: String) throws {
            try withHako { hako in
                #expect(try hako("create", "--name", "box", "--rootfs", hako.rootfs, "true").status == 0)
                let refused = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
                #expect(refused.status == 125 && refused.oneErrorLine && refused.err.contains(part), "\(words): \(refused)")
            }
        }
    }
}
