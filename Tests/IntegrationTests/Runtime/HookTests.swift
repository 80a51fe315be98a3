import Foundation
import Testing

extension IntegrationTests {
    /// Hooks of a bundle (config.md, POSIX-platform Hooks; runtime.md, Lifecycle).
    @Suite struct HookTests {
        static let outside = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"]

        /// A hook that appends its kind, the state's status and its mount and pid namespaces to a log of the host.
        private func hook(_ kind: String, _ log: String) -> [String: Any] {
            let script = """
                s=$(cat); echo "\(kind) $(echo "$s" | sed 's/.*"status":"\\([a-z]*\\)".*/\\1/') $(echo "$s" | grep -c '"id":"c1"') \
                $(readlink /proc/self/ns/mnt) $FOO" >> \(log)
                """
            return ["path": "/bin/sh", "args": ["sh", "-c", script], "env": ["FOO=bar", "PATH=/usr/bin:/bin"]]
        }

        private func lines(_ log: String) -> [[String]] {
            ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").map {
                $0.split(separator: " ").map(String.init)
            }
        }

        @Test func runInTheirOrderWithTheStateAndTheirNamespaces() throws {
            try withHako { hako in
                let log = hako.path("hooks")
                let bundle = try Bundle(hako, ["sh", "-c", "cat /tmp/hook; sleep 0.2"]) { config in
                    for kind in Self.outside { config.at("hooks", kind, [hook(kind, log)]) }
                    let inside =
                        ["path": "/bin/sh", "args": ["sh", "-c", "grep -o '\"status\":\"[a-z]*\"' > /tmp/hook"]] as [String: Any]
                    config.at("hooks", "startContainer", [inside])
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 0 && result.text == "\"status\":\"created\"", "\(result)")
                let seen = lines(log)
                #expect(seen.map { $0[0] } == Self.outside, "\(seen)")
                #expect(seen.map { $0[1] } == ["creating", "creating", "creating", "running", "stopped"], "\(seen)")
                #expect(seen.allSatisfy { $0[2] == "1" && $0[4] == "bar" }, "\(seen)")
                let own = try host("readlink", "/proc/self/ns/mnt").text
                #expect(seen.map { $0[3] == own } == [true, true, false, true, true], "\(seen)")
            }
        }

        @Test func createAndStartAndDeleteRunTheirOwn() throws {
            try withHako { hako in
                let log = hako.path("hooks")
                let bundle = try Bundle(hako, ["sleep", "30"]) { config in
                    for kind in Self.outside { config.at("hooks", kind, [hook(kind, log)]) }
                }
                #expect(try hako.runtime("create", "--bundle", bundle.path, "c1").status == 0)
                #expect(lines(log).map { $0[0] } == ["prestart", "createRuntime", "createContainer"])
                #expect(try hako.runtime("start", "c1").status == 0)
                #expect(lines(log).last?[0] == "poststart")
                #expect(try hako.runtime("delete", "--force", "c1").status == 0)
                #expect(lines(log).last?[0] == "poststop" && lines(log).count == 5)
            }
        }

        @Test(arguments: ["prestart", "createRuntime", "createContainer", "startContainer", "poststart"])
        func oneThatFailsEndsTheContainer(_ kind: String) throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "30"]) { config in
                    let words = ["sh", "-c", "echo no luck >&2; exit 3"]
                    config.at("hooks", kind, [["path": "/bin/sh", "args": words]])
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.oneErrorLine, "\(result)")
                #expect(result.err.contains("\(kind)[0]") && result.err.contains("exit code 3: no luck"), "\(result)")
                #expect(try hako.runtime("list", "-q").text == "" && hako.newGroups().isEmpty)
            }
        }

        @Test func ofThoseAfterTheEndEachRuns() throws {
            try withHako { hako in
                let mark = hako.path("mark")
                let bundle = try Bundle(hako, ["true"]) { config in
                    config.at(
                        "hooks", "poststop", [["path": "/bin/false"], ["path": "/usr/bin/touch", "args": ["touch", mark]]])
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 0 && result.err.contains("warning") && Machine.exists(mark), "\(result)")
            }
        }

        @Test func oneThatTakesTooLongIsKilled() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["true"]) { config in
                    config.at(
                        "hooks", "createRuntime",
                        [["path": "/bin/sleep", "args": ["sleep", "64.5"], "timeout": 1] as [String: Any]])
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.err.contains("did not end in 1 s"), "\(result)")
                #expect(try host("pgrep", "-f", "-x", "sleep 64.5").status == 1)
            }
        }

        @Test func theNetworkNamespaceCanBeFurnished() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["cat", "/sys/class/net/hook0/mtu"]) { config in
                    let script = """
                        pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/'); nsenter -t $pid -n ip link add hook0 mtu 1234 type veth peer name hook1
                        """
                    config.at(
                        "hooks", "createRuntime",
                        [["path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]]])
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.text == "1234", "\(result)")
            }
        }

        @Test(arguments: [#"{"path":"true"}"#, #"{"path":"/bin/true","timeout":0}"#, #"{"args":["x"]}"#])
        func wrongOnesAreNamed(_ text: String) throws {
            try withHako { hako in
                let hook = try JSONSerialization.jsonObject(with: Data(text.utf8))
                let bundle = try Bundle(hako, ["true"]) { $0.at("hooks", "prestart", [hook]) }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.oneErrorLine && result.err.contains("hooks.prestart[0]"), "\(result)")
            }
        }
    }
}
