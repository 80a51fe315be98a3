import Foundation
import Testing

extension IntegrationTests {
    /// Fields of config.json's process, and of linux, that change how the command runs.
    @Suite struct ProcessFieldTests {
        private func run(_ command: String, _ change: @escaping (inout [String: Any]) -> Void) throws -> Outcome {
            var result: Outcome?
            try withHako { hako in
                let bundle = try Bundle(hako, ["sh", "-c", command], change)
                result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(try hako.runtime("list", "-q").text == "" && hako.newGroups().isEmpty)
            }
            return try #require(result)
        }

        @Test func scheduler() throws {
            let result = try run("cut -d' ' -f19,41 /proc/self/stat") {
                $0.at("process", "scheduler", ["policy": "SCHED_BATCH", "nice": 7] as [String: Any])
            }
            // The nice value and the policy, SCHED_BATCH being 3. proc_pid_stat(5).
            #expect(result.text == "7 3", "\(result)")
        }

        @Test func ioPriority() throws {
            let result = try run("ionice -p $$") {
                $0.at("process", "ioPriority", ["class": "IOPRIO_CLASS_BE", "priority": 6] as [String: Any])
            }
            #expect(result.text == "best-effort: prio 6", "\(result)")
        }

        @Test func personality() throws {
            #expect(try run("uname -m") { $0.at("linux", "personality", ["domain": "LINUX32"]) }.text == "i686")
        }

        @Test func memoryPolicy() throws {
            let result = try run("head -n 1 /proc/self/numa_maps") {
                $0.at("linux", "memoryPolicy", ["mode": "MPOL_BIND", "nodes": "0"])
            }
            // A kernel without NUMA has no such system call, and says so.
            let isRefused = result.status == 1 && result.oneErrorLine && result.err.contains("memory policy")
            #expect(result.out.contains("bind:0") || isRefused, "\(result)")
        }

        @Test func processorsOfExec() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "30"])
                #expect(try hako.runtime("run", "--detach", "--bundle", bundle.path, "c1").status == 0)
                let process = """
                    {"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["grep", "Cpus_allowed_list", "/proc/self/status"],
                     "env": ["PATH=/bin"], "execCPUAffinity": {"initial": "0", "final": "0"}}
                    """
                let result = try hako.runtime("exec", "--process", try hako.write(process, to: "process.json"), "c1")
                #expect(result.text == "Cpus_allowed_list:\t0", "\(result)")
                #expect(try hako.runtime("delete", "--force", "c1").status == 0)
            }
        }

        @Test func aTmpfsShowsWhatItCovers() throws {
            try withHako { hako in
                try host(
                    "sh", "-c", "cd \(hako.rootfs)/home && echo x > file && ln -s file link && chmod 711 . && chown 5:6 file")
                let bundle = try Bundle(
                    hako, ["sh", "-c", "cd /home; cat link; stat -c '%a %u %g' . file; stat -f -c %T .; touch new"]
                ) {
                    var mounts = $0["mounts"] as? [[String: Any]] ?? []
                    mounts.append([
                        "destination": "/home", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "nosuid"],
                    ])
                    $0["mounts"] = mounts
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.lines == ["x", "711 0 0", "644 5 6", "tmpfs"] && result.status == 0, "\(result)")
                #expect(!Machine.exists("\(hako.rootfs)/home/new"))
            }
        }

        /// An agent on the listener's socket answers mkdir with EOPNOTSUPP.
        @Test(arguments: [true, false])
        func systemCallsArePassedToAListener(_ noNewPrivileges: Bool) throws {
            try withHako { hako in
                let socket = hako.path("agent.sock")
                let agent = try Child(
                    ["python3", "\(Machine.scripts)/seccomp-agent.py", socket], environment: Machine.environment)
                #expect(eventually { Machine.exists(socket) })
                let bundle = try Bundle(hako, ["mkdir", "/tmp/made"]) { config in
                    config.at("process", "noNewPrivileges", noNewPrivileges)
                    let rule = ["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"] as [String: Any]
                    config.at(
                        "linux", "seccomp",
                        [
                            "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": socket, "listenerMetadata": "meta",
                            "syscalls": [rule],
                        ] as [String: Any])
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.err.contains("not supported"), "\(result)")
                let heard = try agent.finish(within: 10)
                #expect(heard.status == 0 && heard.text == "seccompFd meta c1 creating", "\(heard)")
            }
        }

        @Test func withoutAnAgentNothingStarts() throws {
            let result = try run("true") {
                let rule = ["names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"] as [String: Any]
                $0.at(
                    "linux", "seccomp",
                    ["defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/no/such.sock", "syscalls": [rule]] as [String: Any])
            }
            #expect(result.status == 1 && result.oneErrorLine && result.err.contains("/no/such.sock"), "\(result)")
        }

        /// Where the kernel would ignore a label, it is an error.
        @Test(.requires(!Machine.exists("/sys/fs/selinux/enforce"), "this kernel runs SELinux"), arguments: [true, false])
        func labelsNeedSELinux(_ ofMounts: Bool) throws {
            try withHako { hako in
                let label = "system_u:system_r:container_t:s0"
                let bundle = try Bundle(hako, ["true"]) { config in
                    if ofMounts { config.at("linux", "mountLabel", label) } else { config.at("process", "selinuxLabel", label) }
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.oneErrorLine && result.err.contains("SELinux label \(label)"), "\(result)")
            }
        }

        /// `--no-pivot`, also where the user namespace may not unmount the host's /proc.
        @Test(arguments: Identity.allCases) func theRootCanBeMovedInstead(_ who: Identity) throws {
            try withHako(who) { hako in
                let bundle = try Bundle(hako, ["sh", "-c", "ls -d /etc/tester; ls /; grep -c . /proc/mounts; ls /.. "]) { _ in }
                try host("touch", "\(hako.rootfs)/etc/tester")
                let result = try hako.runtime("run", "--no-pivot", "--bundle", bundle.path, "c1")
                let usual = try hako.runtime("run", "--bundle", bundle.path, "c2")
                #expect(result.status == 0 && result.lines.first == "/etc/tester" && result.err == "", "\(result)")
                #expect(result.out == usual.out, "\(result) is not \(usual)")
            }
        }
    }
}
