import Foundation
import Testing

/// Compiles one of scripts/attacks, statically.
func attack(_ name: String, to path: String) throws {
    let source = "\(Machine.scripts)/attacks/\(name).c"
    let built = try host("gcc", "-O2", "-static", "-Wall", "-Werror", source, "-o", path, within: 60)
    #expect(built.status == 0, "\(built)")
}

extension IntegrationTests {
    /// Attacks on the process that enters a running container.
    @Suite struct ExecEscapeTests {
        private func withRunning(
            _ command: [String], capabilities: [String] = [], mapped: Bool = false, _ body: (Hako, Bundle) throws -> Void
        ) throws {
            try withHako { hako in
                let bundle = try Bundle(hako, command) { config in
                    let own = ["CAP_KILL", "CAP_DAC_OVERRIDE"] + capabilities
                    config.at("process", "capabilities", ["bounding": own, "effective": own, "permitted": own])
                    if mapped { config.addUserNamespace() }
                }
                let start = "exec \"$@\" > \(hako.path("log")) 2>&1"
                let words = hako.runtimeWords(["run", "--detach", "--bundle", bundle.path, "c1"])
                let started = try hako.spawn(["sh", "-c", start, "sh"] + words).finish()
                #expect(started.status == 0, "\(started)")
                defer { _ = try? hako.runtime("delete", "--force", "c1") }
                try body(hako, bundle)
            }
        }

        private func process(_ hako: Hako, _ arguments: [String], _ change: (inout [String: Any]) -> Void) throws -> String {
            var process: [String: Any] = [
                "args": arguments, "cwd": "/", "env": ["PATH=/bin:/usr/bin"], "user": ["uid": 0, "gid": 0],
            ]
            change(&process)
            let data = try JSONSerialization.data(withJSONObject: process)
            return try hako.write(String(decoding: data, as: UTF8.self), to: "process.json")
        }

        /// CVE-2016-9962: what enters is looked into by a process of the same user, before it executes its command.
        @Test(.fastMachine) func nobodyLooksIntoTheProcessThatEnters() throws {
            try withHako { hako in
                try attack("peek", to: "\(hako.rootfs)/bin/peek")
                let bundle = try Bundle(hako, ["/bin/peek", "6"])
                let start = "exec \"$@\" > \(hako.path("log")) 2>&1"
                let words = hako.runtimeWords(["run", "--detach", "--bundle", bundle.path, "c1"])
                #expect(try hako.spawn(["sh", "-c", start, "sh"] + words).finish().status == 0)
                for _ in 0..<100 { _ = try hako.runtime("exec", "c1", "true") }
                let log = try eventually(within: 10) { () -> String? in
                    let text = try host("cat", hako.path("log")).text
                    return text.contains("looked") ? text : nil
                }
                #expect(log?.contains("reached") == false && log?.contains("looked 0 times") == false, "\(log ?? "no log")")
                _ = try hako.runtime("delete", "--force", "c1")
            }
        }

        /// CVE-2025-52881: /proc inside is something else by the time `exec` writes to it. What it writes goes to the real one.
        @Test func aFakeProcDoesNotGetWhatExecWrites() throws {
            let script = """
                mount -t tmpfs none /proc && mkdir -p /proc/self /proc/1 && touch /proc/self/oom_score_adj && touch /ready && sleep 60
                """
            try withRunning(["sh", "-c", script], capabilities: ["CAP_SYS_ADMIN"]) { hako, _ in
                #expect(eventually { Machine.exists("\(hako.rootfs)/ready") })
                let file = try process(hako, ["sh", "-c", "cat /proc/self/oom_score_adj; exec sleep 30"]) {
                    $0["oomScoreAdj"] = 345
                }
                let pidFile = hako.path("pid")
                let result = try hako.spawn(
                    ["sh", "-c", "exec \"$@\" > \(hako.path("out")) 2>&1", "sh"]
                        + hako.runtimeWords(["exec", "--detach", "--pid-file", pidFile, "--process", file, "c1"])
                ).finish()
                #expect(result.status == 0, "\(result)")
                let pid = try host("cat", pidFile).text
                #expect(try host("cat", "/proc/\(pid)/oom_score_adj").text == "345")
                #expect(try host("cat", hako.path("out")).text == "", "the fake one was written to")
            }
        }

        @Test func theScoreIsSetInAUserNamespaceToo() throws {
            try withRunning(["sleep", "60"], mapped: true) { hako, _ in
                let file = try process(hako, ["cat", "/proc/self/oom_score_adj"]) { $0["oomScoreAdj"] = 345 }
                let result = try hako.runtime("exec", "--process", file, "c1")
                #expect(result.status == 0 && result.text == "345", "\(result)")
            }
        }
    }
}
