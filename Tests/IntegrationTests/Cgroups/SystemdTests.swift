import Foundation
import Testing

extension IntegrationTests {
    /// systemd makes the control groups: `--systemd-cgroup`, as the kubelet and podman use it by default.
    @Suite struct SystemdTests {
        private static let unit = "hako-test-c1.scope"

        private func withContainer(_ more: [String: Any] = [:], _ body: (Hako) throws -> Void) throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sh", "-c", "cat /proc/self/cgroup; exec sleep 60"]) { config in
                    config.at("linux", "cgroupsPath", "hako.slice:hako-test:c1")
                    config.at("linux", "resources", ["memory": ["limit": 64 << 20], "pids": ["limit": 50]].merging(more) { $1 })
                    config["annotations"] = ["org.systemd.property.TimeoutStopSec": "uint32 7"]
                }
                let started = try hako.runtime("--systemd-cgroup", "run", "--detach", "--bundle", bundle.path, "c1")
                #expect(started.status == 0, "\(started)")
                defer {
                    _ = try? hako.runtime("delete", "--force", "c1")
                    _ = try? host("systemctl", "stop", "hako.slice")
                }
                try body(hako)
            }
        }

        private func property(_ name: String) throws -> String {
            try host("systemctl", "show", Self.unit, "-p", name, "--value").text
        }

        private func file(_ name: String) throws -> String {
            try host("cat", "/sys/fs/cgroup/hako.slice/\(Self.unit)/\(name)").text
        }

        @Test(.systemd, .cgroupV2) func aScopeWithItsLimits() throws {
            try withContainer(["cpu": ["quota": 25500, "period": 100_000]]) { hako in
                let group = try property("ControlGroup")
                #expect(group == "/hako.slice/\(Self.unit)")
                #expect(try property("MemoryMax") == "67108864")
                #expect(try property("CPUQuotaPerSecUSec") == "260ms")
                #expect(try property("TasksMax") == "50")
                #expect(try property("Delegate") == "yes")
                #expect(try property("TimeoutStopUSec") == "7s")
                #expect(try file("cpu.max") == "25500 100000")
                #expect(try file("cgroup.procs").split(separator: "\n").count == 1, "the first process of ours is still there")
                // Inside it is the top of the tree.
                #expect(try hako.runtime("exec", "c1", "cat", "/proc/self/cgroup").text == "0::/")
            }
            #expect(try property("LoadState") == "not-found", "the scope is still known")
        }

        @Test(.systemd, .cgroupV2) func systemdKeepsUpdatedLimitsWhenItReloads() throws {
            try withContainer { hako in
                let updated = try hako.runtime("update", "--memory", "33554432", "--pids-limit", "20", "c1")
                #expect(updated.status == 0, "\(updated)")
                try host("systemctl", "daemon-reload")
                #expect(try file("memory.max") == "33554432")
                #expect(try file("pids.max") == "20")
                #expect(try property("TasksMax") == "20")
            }
        }

        @Test(.systemd, .cgroupV2) func aUnitThatIsThereIsRefusedAndGoesOn() throws {
            try withContainer { hako in
                let second = try hako.runtime("--systemd-cgroup", "run", "--bundle", hako.path("bundle"), "c2")
                #expect(second.status == 1 && second.oneErrorLine && second.err.contains(Self.unit), "\(second)")
                #expect(try hako.runtime("state", "c1").out.contains("running"))
                #expect(try hako.runtime("state", "c2").err.contains("does not exist"))
            }
        }

        @Test(.systemd, .cgroupV2) func aKilledContainerLeavesNoFailedUnit() throws {
            try withContainer { hako in
                try hako.runtime("kill", "c1", "KILL")
                #expect(try eventually { try hako.runtime("delete", "c1").status == 0 })
                #expect(try property("LoadState") == "not-found")
            }
        }

        /// A session's own systemd, which has the right to move processes only by asking the machine's.
        @Test(.systemd, .cgroupV2, .requires(getpwuid(1000) != nil, "no user 1000, who could have a session"))
        func aPlainUsersScope() throws {
            try withHako(.user) { hako in
                try host("systemctl", "start", "user@1000")
                defer { _ = try? host("systemctl", "stop", "user@1000") }
                let bundle = try Bundle(hako, ["sleep", "60"]) { config in
                    config.at("linux", "cgroupsPath", "user.slice:hako-test:c1")
                    config.at("linux", "resources", ["pids": ["limit": 50]])
                    for kind in ["uidMappings", "gidMappings"] {
                        config.at("linux", kind, [["containerID": 0, "hostID": 1000, "size": 1]])
                    }
                }
                try host("chown", "-R", "1000:1000", hako.directory)
                func runtime(_ words: String...) throws -> Outcome {
                    let user = [
                        "setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "env", "XDG_RUNTIME_DIR=/run/user/1000",
                    ]
                    return try hako.spawn(user + [Machine.runtime, "--root", hako.path("runtime")] + words).finish(within: 60)
                }
                let started = try runtime("--systemd-cgroup", "run", "--detach", "--bundle", bundle.path, "c1")
                #expect(started.status == 0, "\(started)")
                let group = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/\(Self.unit)"
                #expect(try host("cat", "\(group)/pids.max").text == "50")
                let executed = try runtime("exec", "c1", "cat", "/proc/self/cgroup")
                #expect(executed.text == "0::/", "\(executed)")
                let deleted = try runtime("delete", "--force", "c1")
                #expect(deleted.status == 0 && !Machine.exists(group), "\(deleted)")
            }
        }

        @Test(.requires(!Machine.hasSystemd, "systemd runs here")) func withoutSystemdItSaysSo() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["true"])
                let result = try hako.runtime("--systemd-cgroup", "run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.oneErrorLine && result.err.contains("systemd"), "\(result)")
                #expect(try hako.runtime("state", "c1").err.contains("does not exist"))
            }
        }

        @Test func disabledNothingIsMadeAndALimitIsAnError() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["cat", "/proc/self/cgroup"]) { config in
                    config.at("linux", "resources", ["devices": [["allow": false, "access": "rwm"]]])
                    var linux = config["linux"] as? [String: Any] ?? [:]
                    linux["namespaces"] = [["type": "mount"], ["type": "pid"]]
                    config["linux"] = linux
                    config["hostname"] = nil
                }
                let result = try hako.runtime("--cgroup-manager", "disabled", "run", "--bundle", bundle.path, "hako-none")
                #expect(result.status == 0 && !result.out.contains("hako-none"), "\(result)")
                _ = try Bundle(hako, ["true"]) { $0.at("linux", "resources", ["pids": ["limit": 5]]) }
                let limited = try hako.runtime("--cgroup-manager", "disabled", "run", "--bundle", bundle.path, "c1")
                #expect(limited.status == 1 && limited.oneErrorLine && limited.err.contains("processes"), "\(limited)")
            }
        }
    }
}
