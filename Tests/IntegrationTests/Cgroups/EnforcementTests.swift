import Foundation
import Testing

extension IntegrationTests {
    @Suite struct EnforcementTests {
        @Test func containerKilledForMemoryExits137AndSaysSo() throws {
            try withHako { hako in
                let result = try hako.run("--memory", "32m", "--memory-swap", "32m", "--", "tail", "/dev/zero", within: 60)
                #expect(result.status == 137, "\(result)")
                #expect(result.oneErrorLine && result.err.lowercased().contains("memory"), "\(result)")
            }
        }

        @Test func aChildKilledForMemoryDoesNotEndTheContainer() throws {
            try withHako { hako in
                let result = try hako.run(
                    "--memory", "32m", "--memory-swap", "32m", "--", "sh", "-c", "tail /dev/zero; echo status $?", within: 60)
                #expect(result.text == "status 137", "\(result)")
            }
        }

        @Test func noMoreProcessesThanTheLimit() throws {
            try withHako { hako in
                let result = try hako.run(
                    "--pids-limit", "10", "--", "sh", "-c", "for i in $(seq 20); do sleep 5 & done; echo all")
                #expect(!result.out.contains("all") || result.err.contains("fork"), "\(result)")
            }
        }

        @Test func processorTimeIsThrottled() throws {
            try withHako { hako in
                let stat = Machine.cgroupIsV2 ? "/sys/fs/cgroup/cpu.stat" : "/sys/fs/cgroup/cpu/cpu.stat"
                let result = try hako.run(
                    "--cpus", "0.1", "--", "sh", "-c", "timeout 1 sh -c 'while :; do :; done'; grep nr_throttled \(stat)")
                let count = result.text.split(separator: " ").last.flatMap { Int($0) } ?? 0
                #expect(count >= 2, "\(result)")
            }
        }

        @Test func theGroupIsGoneAfterwards() throws {
            try withHako { hako throws in
                #expect(try hako.run("--memory", "64m", "--", "true").status == 0)
                #expect(try hako.run("--memory", "64m", "--", "false").status == 1)
                #expect(try hako.newGroups().isEmpty)
            }
        }

        @Test func theGroupIsMadeBelowTheParentNamed() throws {
            let parent = "hako-test-parent"
            let memory = "\(Machine.cgroupTree("memory"))/\(parent)"
            try withHako { hako in
                let child = try hako.spawn(
                    hako.hakoWords(
                        hako.runWords([
                            "--cgroup-parent", "/\(parent)", "--", "sh", "-c",
                            "trap exit TERM; echo > /tmp/up; while :; do sleep 0.1; done",
                        ])))
                #expect(eventually { Machine.exists("\(hako.rootfs)/tmp/up") })
                let found = try host("find", memory, "-mindepth", "1", "-name", "cgroup.procs", "-size", "-1").lines
                #expect(!found.isEmpty, "no group below \(memory)")
                child.send(SIGTERM)
                _ = try child.finish()
            }
            try host("sh", "-c", "find /sys/fs/cgroup -depth -type d -path '*/\(parent)*' -exec rmdir {} ';'")
        }

        /// /dev/fuse (10:229) can be opened by whoever may; no default allows it.
        @Test(.requires(Machine.exists("/dev/fuse"), "no /dev/fuse"))
        func aDeviceNotAllowedCannotBeOpened() throws {
            try withHako { hako in
                let make = ["--userns=host", "--cap-add", "MKNOD"]
                let script = "rm -f /tmp/fuse; mknod /tmp/fuse c 10 229 && : < /tmp/fuse"
                let refused = try hako.spawn(hako.hakoWords(hako.runWords(make + ["--", "sh", "-c", script]))).finish()
                #expect(refused.status != 0 && refused.err.contains("not permitted"), "\(refused)")
                let rule = make + ["--device-cgroup-rule", "c 10:229 rwm", "--", "sh", "-c", script]
                let allowed = try hako.spawn(hako.hakoWords(hako.runWords(rule))).finish()
                #expect(allowed.status == 0, "\(allowed)")
            }
        }

        @Test(.requires(Machine.exists("/dev/fuse"), "no /dev/fuse"))
        func aDeviceGivenIsAllowedAsAsked() throws {
            try withHako { hako in
                let given = try hako.run(
                    "--userns=host", "--device", "/dev/fuse:/dev/given:r", "--", "sh", "-c", ": < /dev/given")
                #expect(given.status == 0, "\(given)")
                let write = try hako.run(
                    "--userns=host", "--device", "/dev/fuse:/dev/given:r", "--", "sh", "-c", ": > /dev/given")
                #expect(write.status != 0, "\(write)")
            }
        }
    }
}
