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
            try withHako { hako in
                let before = try hakoGroups()
                #expect(try hako.run("--memory", "64m", "--", "true").status == 0)
                #expect(try hako.run("--memory", "64m", "--", "false").status == 1)
                #expect(try hakoGroups() == before)
            }
        }

        @Test func theGroupIsMadeBelowTheParentNamed() throws {
            let parent = "hako-test-parent"
            let memory = "\(Machine.cgroupTree("memory"))/\(parent)"
            try withHako { hako in
                let child = try hako.spawn(
                    hako.hakoWords(
                        hako.runWords(["--cgroup-parent", "/\(parent)", "--", "sh", "-c", "echo > /tmp/up; sleep 60"])))
                #expect(eventually { Machine.exists("\(hako.rootfs)/tmp/up") })
                let found = try host("find", memory, "-mindepth", "1", "-name", "cgroup.procs", "-size", "-1").lines
                #expect(!found.isEmpty, "no group below \(memory)")
                child.send(SIGTERM)
                _ = try child.finish()
            }
            try host("sh", "-c", "find /sys/fs/cgroup -depth -type d -path '*/\(parent)*' -exec rmdir {} ';'")
        }

        @Test func aDeviceNotAllowedCannotBeOpened() throws {
            guard let device = blockDevice else { return print("skipped here: no block device") }
            let numbers = device.number.split(separator: ":").joined(separator: " ")
            let script = "mknod /tmp/disk b \(numbers) && head -c 1 /tmp/disk > /dev/null"
            try withHako { hako in
                let options = ["--userns=host", "--cap-add", "MKNOD"]
                let refused = try hako.spawn(hako.hakoWords(hako.runWords(options + ["--", "sh", "-c", script]))).finish()
                #expect(refused.status != 0 && refused.err.contains("ermi"), "\(refused)")
                let node = try hako.run(
                    "--userns=host", "--device", "\(device.node):/dev/disk:r", "--", "head", "-c", "1", "/dev/disk")
                #expect(node.status == 0, "\(node)")
                let write = try hako.run(
                    "--userns=host", "--device", "\(device.node):/dev/disk:r", "--", "sh", "-c", ": >> /dev/disk")
                #expect(write.status != 0, "\(write)")
            }
        }

        @Test func deviceRulesAreAdded() throws {
            try withHako { hako in
                // The memory devices: 1:11 is /dev/kmsg, which no default allows.
                let script = "mknod /tmp/kmsg c 1 11 && : < /tmp/kmsg"
                #expect(try hako.run("--userns=host", "--cap-add", "MKNOD", "--", "sh", "-c", script).status != 0)
                let allowed = try hako.run(
                    "--userns=host", "--cap-add", "MKNOD", "--device-cgroup-rule", "c 1:11 rwm", "--", "sh", "-c",
                    "rm -f /tmp/kmsg; \(script)")
                #expect(allowed.status == 0, "\(allowed)")
            }
        }
    }
}
