import Foundation
import Testing

extension IntegrationTests {
    @Suite struct RuntimeTests {
        @Test(arguments: Identity.allCases)
        func run(_ who: Identity) throws {
            try withHako(who) { hako in
                let bundle = try Bundle(hako, ["sh", "-c", "echo $$ $(whoami); exit 3"])
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.text == "1 root" && result.status == 3, "\(result)")
                #expect(try hako.runtime("state", "c1").status != 0)
            }
        }

        @Test(arguments: Identity.allCases)
        func lifecycle(_ who: Identity) throws {
            try withHako(who) { hako in
                let bundle = try Bundle(hako, ["sh", "-c", "echo started > /tmp/started; exec sleep 60"])
                let pidFile = hako.path("pid")
                let created = try hako.runtime("create", "--bundle", bundle.path, "--pid-file", pidFile, "c1")
                #expect(created.status == 0, "\(created)")
                let state = try bundle.state("c1")
                #expect(state["status"] as? String == "created" && state["id"] as? String == "c1", "\(state)")
                #expect(state["bundle"] as? String == bundle.path && state["ociVersion"] is String)
                let pid = try String(contentsOfFile: pidFile, encoding: .utf8).trimmed
                #expect((state["pid"] as? Int).map(String.init) == pid && Machine.exists("/proc/\(pid)"))
                #expect(!Machine.exists("\(hako.rootfs)/tmp/started"), "the command ran before start")

                #expect(try hako.runtime("start", "c1").status == 0)
                let ran = eventually { Machine.exists("\(hako.rootfs)/tmp/started") }
                #expect(ran)
                #expect(try bundle.state("c1")["status"] as? String == "running")
                #expect(try hako.runtime("start", "c1").status != 0, "started twice")
                #expect(try hako.runtime("delete", "c1").status != 0, "a running container was deleted")

                #expect(try hako.runtime("kill", "c1", "KILL").status == 0)
                let stopped = try eventually { try bundle.state("c1")["status"] as? String == "stopped" }
                #expect(stopped)
                #expect(try hako.runtime("kill", "c1", "KILL").status != 0)
                #expect(try hako.runtime("delete", "c1").status == 0)
                #expect(try hako.runtime("state", "c1").status != 0)
                #expect(try hako.newGroups().isEmpty)
            }
        }

        @Test func deleteByForceEndsARunningOne() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "60"])
                #expect(try hako.runtime("create", "--bundle", bundle.path, "c1").status == 0)
                #expect(try hako.runtime("delete", "--force", "c1").status == 0)
                #expect(try hako.runtime("create", "--bundle", bundle.path, "c1").status == 0)
                #expect(try hako.runtime("start", "c1").status == 0)
                #expect(try hako.runtime("delete", "-f", "c1").status == 0)
                #expect(try hako.runtime("delete", "-f", "c1").status == 0, "deleting by force what is not there is no error")
            }
        }

        @Test(arguments: Identity.allCases)
        func exec(_ who: Identity) throws {
            try withHako(who) { hako in
                let bundle = try Bundle(hako, ["sleep", "60"])
                #expect(try hako.runtime("create", "--bundle", bundle.path, "c1").status == 0)
                #expect(try hako.runtime("start", "c1").status == 0)
                let result = try hako.runtime(
                    "exec", "--env", "A=b", "--cwd", "/tmp", "c1", "sh", "-c", "pwd; echo $A; ps -o comm | grep -c sleep; exit 9")
                #expect(result.lines == ["/tmp", "b", "1"] && result.status == 9, "\(result)")
                let missing = try hako.runtime("exec", "c1", "no-such")
                #expect(missing.status != 0 && missing.oneErrorLine && missing.err.contains("no-such"), "\(missing)")
                // The rootless configuration that `spec` writes maps one id only.
                if who == .root { #expect(try hako.runtime("exec", "--user", "1000", "c1", "id", "-u").text == "1000") }
                #expect(try hako.runtime("delete", "-f", "c1").status == 0)
            }
        }

        @Test func listAndProcesses() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "60"])
                #expect(try hako.runtime("create", "--bundle", bundle.path, "c1").status == 0)
                #expect(try hako.runtime("start", "c1").status == 0)
                let table = try hako.runtime("list")
                #expect(table.lines.contains { $0.hasPrefix("c1") && $0.contains("running") }, "\(table)")
                #expect(try hako.runtime("list", "--quiet").text == "c1")
                let json = try hako.runtime("list", "--format", "json")
                let values = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [[String: Any]]
                #expect(values?.first?["id"] as? String == "c1", "\(json)")
                let processes = try hako.runtime("ps", "c1")
                #expect(processes.out.contains("sleep"), "\(processes)")
                let pids = try hako.runtime("ps", "--format", "json", "c1")
                #expect((try JSONSerialization.jsonObject(with: Data(pids.out.utf8)) as? [Int])?.count == 1, "\(pids)")
                #expect(try hako.runtime("delete", "-f", "c1").status == 0)
                #expect(try hako.runtime("list", "-q").text == "")
            }
        }

        @Test func pauseAndResume() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sh", "-c", "while :; do echo x >> /tmp/beat; sleep 0.05; done"])
                #expect(try hako.runtime("create", "--bundle", bundle.path, "c1").status == 0)
                #expect(try hako.runtime("start", "c1").status == 0)
                let beat = { (try? FileManager.default.attributesOfItem(atPath: "\(hako.rootfs)/tmp/beat")[.size] as? Int) ?? 0 }
                let moving = eventually { beat() > 4 }
                #expect(moving)
                #expect(try hako.runtime("pause", "c1").status == 0)
                #expect(try bundle.state("c1")["status"] as? String == "paused")
                usleepScaled(100_000)
                let at = beat()
                usleepScaled(300_000)
                #expect(beat() == at)
                #expect(try hako.runtime("resume", "c1").status == 0)
                let again = eventually { beat() > at }
                #expect(again)
                #expect(try bundle.state("c1")["status"] as? String == "running")
                #expect(try hako.runtime("delete", "-f", "c1").status == 0)
            }
        }

        @Test func aPausedContainerCanBeDeletedByForce() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "60"])
                #expect(try hako.runtime("create", "--bundle", bundle.path, "c1").status == 0)
                #expect(try hako.runtime("start", "c1").status == 0)
                #expect(try hako.runtime("pause", "c1").status == 0)
                let gone = try hako.runtime("delete", "-f", "c1", within: 10)
                #expect(gone.status == 0 && !gone.timedOut, "\(gone)")
            }
        }

        @Test func specWritesAConfigurationItself() throws {
            try withHako { hako in
                try FileManager.default.createDirectory(atPath: hako.path("b"), withIntermediateDirectories: true)
                #expect(try hako.runtime("spec", "--bundle", hako.path("b")).status == 0)
                let config = try Bundle.read("\(hako.path("b"))/config.json")
                #expect(config["ociVersion"] is String && config["process"] is [String: Any] && config["linux"] is [String: Any])
                #expect(try hako.runtime("spec", "--bundle", hako.path("b")).status != 0, "a configuration was overwritten")
            }
        }

        @Test func features() throws {
            try withHako { hako in
                let result = try hako.runtime("features")
                let value = try JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? [String: Any]
                #expect(value?["ociVersionMin"] is String && value?["ociVersionMax"] is String, "\(result)")
                let linux = value?["linux"] as? [String: Any]
                #expect((linux?["namespaces"] as? [String])?.contains("user") == true, "\(result)")
                #expect((linux?["capabilities"] as? [String])?.contains("CAP_CHOWN") == true, "\(result)")
            }
        }

        @Test func oneIdentifierOneContainer() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "60"])
                #expect(try hako.runtime("create", "--bundle", bundle.path, "c1").status == 0)
                let second = try hako.runtime("create", "--bundle", bundle.path, "c1")
                #expect(second.status != 0 && second.oneErrorLine && second.err.contains("c1"), "\(second)")
                #expect(try hako.runtime("delete", "-f", "c1").status == 0)
            }
        }

        @Test(arguments: [
            ["state", "nobody"], ["start", "nobody"], ["kill", "nobody"], ["delete", "nobody"], ["exec", "nobody", "true"],
            ["create", "--bundle", "/no/such/bundle", "x"], ["create", "--bundle", "/tmp", "../x"],
            ["run", "--bundle", "/tmp", ""], ["bogus"],
        ])
        func badInputIsOneLine(_ words: [String]) throws {
            try withHako { hako in
                let result = try hako.spawn(hako.runtimeWords(words)).finish()
                #expect(result.status != 0 && result.oneErrorLine && result.err.hasPrefix("hako-runtime: "), "\(result)")
            }
        }

        @Test(arguments: [
            "{", "[]", "{}", #"{"ociVersion": "1.0.2"}"#,
            #"{"ociVersion": "9.0.0", "root": {"path": "/"}, "process": {"args": ["true"], "cwd": "/"}}"#,
        ])
        func badConfiguration(_ text: String) throws {
            try withHako { hako in
                try host("mkdir", hako.path("bad"))
                _ = try hako.write(text, to: "bad/config.json")
                let result = try hako.runtime("run", "--bundle", hako.path("bad"), "c1")
                #expect(result.status != 0 && result.oneErrorLine, "\(result)")
                #expect(try hako.runtime("list", "-q").text == "")
                #expect(try hako.newGroups().isEmpty)
            }
        }

        /// Without a cgroup namespace, as docker has it on v1: the container's own groups are all it sees.
        @Test(.cgroupV1) func theHostsGroupsDoNotShowWithoutANamespace() throws {
            try withHako { hako in
                let bundle = try Bundle(
                    hako, ["sh", "-c", "cd /sys/fs/cgroup; cat pids/pids.max; cat */cgroup.procs | sort -u | wc -l"]
                ) { config in
                    var linux = config["linux"] as? [String: Any] ?? [:]
                    linux["namespaces"] = (linux["namespaces"] as? [[String: Any]] ?? []).filter {
                        $0["type"] as? String != "cgroup"
                    }
                    linux["resources"] =
                        ["pids": ["limit": 33], "devices": [["allow": false, "access": "rwm"] as [String: Any]]] as [String: Any]
                    config["linux"] = linux
                    config["mounts"] =
                        (config["mounts"] as? [[String: Any]] ?? []).filter { $0["destination"] as? String != "/sys/fs/cgroup" }
                        + [["destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]]]
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                // The shell and its pipe; the host's root groups would have all of the machine's.
                #expect(
                    result.lines.first == "33" && Int(result.lines.last ?? "").map { (1...8).contains($0) } == true, "\(result)")
            }
        }

        @Test func limitsAndDevicesOfTheBundleAreApplied() throws {
            try withHako { hako in
                let place = Machine.cgroupIsV2 ? "/sys/fs/cgroup/pids.max" : "/sys/fs/cgroup/pids/pids.max"
                let bundle = try Bundle(hako, ["cat", place]) { config in
                    var linux = config["linux"] as? [String: Any] ?? [:]
                    var resources = linux["resources"] as? [String: Any] ?? [:]
                    resources["pids"] = ["limit": 33]
                    linux["resources"] = resources
                    linux["cgroupsPath"] = "/hako-bundle-test"
                    config["linux"] = linux
                }
                #expect(try hako.runtime("run", "--bundle", bundle.path, "c1").text == "33")
                #expect(try hako.newGroups().isEmpty)
            }
        }
    }
}
