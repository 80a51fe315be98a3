import Foundation
import Testing

extension IntegrationTests {
    /// `update`, `events`, and commands for several containers.
    @Suite struct UpdateTests {
        /// Runs a container that sleeps, in a group of its own.
        private func withSleeping(_ names: [String] = ["c1"], _ body: (Hako) throws -> Void) throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "60"])
                for name in names {
                    let started = try hako.runtime("run", "--detach", "--bundle", bundle.path, name)
                    #expect(started.status == 0, "\(started)")
                }
                defer { for name in names { _ = try? hako.runtime("delete", "--force", name) } }
                try body(hako)
            }
        }

        /// A file of the container's group on the host: with v1 it may be in a hierarchy that the container did not see before.
        private func value(_ v1: String, _ v2: String) throws -> String {
            let parts = v1.split(separator: "/")
            let group = "\(Machine.cgroupTree(String(parts[0])))/hako/c1"
            #expect(try host("cat", "\(group)/cgroup.procs").text != "", "nobody is in \(group)")
            return try host("cat", "\(group)/\(Machine.cgroupIsV2 ? v2 : String(parts[1]))").text
        }

        static let changes: [(flags: [String], v1: (String, String), v2: (String, String))] = [
            (["--memory", "67108864"], ("memory/memory.limit_in_bytes", "67108864"), ("memory.max", "67108864")),
            (["--pids-limit", "17"], ("pids/pids.max", "17"), ("pids.max", "17")),
            (["--cpu-quota", "20000", "--cpu-period", "50000"], ("cpu/cpu.cfs_quota_us", "20000"), ("cpu.max", "20000 50000")),
            (["--cpu-share", "512"], ("cpu/cpu.shares", "512"), ("cpu.weight", "59")),
        ]

        @Test(arguments: changes.indices)
        func limitsChangeWhileItRuns(_ index: Int) throws {
            let (flags, v1, v2) = Self.changes[index]
            try withSleeping { hako in
                let words = hako.runtimeWords(["update"] + flags + ["c1"])
                let result = try hako.spawn(words).finish()
                #expect(result.status == 0 && result.err == "", "\(result)")
                #expect(try value(v1.0, v2.0) == (Machine.cgroupIsV2 ? v2.1 : v1.1))
            }
        }

        @Test func resourcesComeFromStandardInputAndMayRepeatTheDevices() throws {
            try withSleeping { hako in
                let text = #"{"pids":{"limit":21},"devices":[{"allow":false,"access":"rwm"}]}"#
                let result = try hako.runtime("update", "--resources=-", "c1", stdin: text)
                #expect(result.status == 0, "\(result)")
                #expect(try value("pids/pids.max", "pids.max") == "21")
                let other = try hako.runtime(
                    "update", "--resources=-", "c1", stdin: #"{"devices":[{"allow":true,"access":"r"}]}"#)
                #expect(other.status == 1 && other.oneErrorLine, "\(other)")
            }
        }

        @Test(arguments: [["--memory", "x"], ["--kernel-memory", "1"], ["--resources", "/no/such"], ["--pids-limit"]])
        func wrongOnesAreRefused(_ flags: [String]) throws {
            try withSleeping { hako in
                let result = try hako.spawn(hako.runtimeWords(["update"] + flags + ["c1"])).finish()
                #expect(result.status == 1 && result.oneErrorLine, "\(result)")
            }
        }

        @Test func statisticsAreLinesOfJSON() throws {
            try withSleeping { hako in
                let result = try hako.runtime("events", "--stats", "c1")
                let event = try JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? [String: Any]
                let data = event?["data"] as? [String: Any]
                #expect(event?["type"] as? String == "stats" && event?["id"] as? String == "c1", "\(result)")
                let memory = (data?["memory"] as? [String: Any])?["usage"] as? [String: Any]
                #expect((memory?["usage"] as? Int ?? 0) > 0, "\(result)")
                #expect(try hako.runtime("delete", "--force", "c1").status == 0)
                #expect(try hako.runtime("events", "--stats", "c1").err.contains("does not exist"))
            }
        }

        @Test func eventsGoOnUntilTheEnd() throws {
            try withSleeping { hako in
                let child = try hako.spawn(hako.runtimeWords(["events", "--interval", "100ms", "c1"]))
                usleepScaled(500_000)
                #expect(try hako.runtime("kill", "c1", "KILL").status == 0)
                let result = try child.finish(within: 10)
                #expect(result.lines.count >= 2 && result.status == 0 && !result.timedOut, "\(result)")
            }
        }

        @Test func severalAreNamedByAPattern() throws {
            try withSleeping(["web-1", "web-2", "db"]) { hako in
                #expect(try hako.runtime("kill", "--regex", "^web", "KILL").status == 0)
                let stopped = try eventually {
                    try hako.runtime("list").lines.filter { $0.contains("web-") && $0.contains("stopped") }.count == 2
                }
                #expect(stopped)
                #expect(try hako.runtime("delete", "--regex", "^web-[12]$").status == 0)
                #expect(try hako.runtime("list", "-q").text == "db")
                #expect(try hako.runtime("kill", "--regex", "(", "KILL").status == 1)
            }
        }
    }
}
