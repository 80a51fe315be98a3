import Foundation
import Testing

extension IntegrationTests {
    /// Known ways out of a container, each carried out: what the attack reaches is the test's own.
    @Suite struct EscapeTests {
        /// A copy of the runtime of this test's own, to be written by whoever can.
        private func copyOfTheRuntime(_ hako: Hako) throws -> String {
            let path = hako.path("hako-runtime")
            try host("cp", Machine.runtime, path)
            return path
        }

        private func checksum(_ path: String) throws -> String { try host("sha256sum", path).text }

        /// CVE-2019-5736, from exec: the container's own program hands the kernel the runtime as its interpreter.
        @Test(.fastMachine, arguments: [["sh", "-c", ":"], ["/bin/lure"]])
        func theRuntimeIsNotOverwrittenFromExec(_ command: [String]) throws {
            try withHako { hako in
                let runtime = try copyOfTheRuntime(hako)
                let before = try checksum(runtime)
                _ = hako.rootfs
                try attack("overwrite", to: "\(hako.rootfs)/bin/attack")
                try "#!/proc/self/exe\n".write(toFile: "\(hako.rootfs)/bin/lure", atomically: false, encoding: .utf8)
                chmod("\(hako.rootfs)/bin/lure", 0o755)
                // All capabilities, no user namespace: what the runtime itself has to withstand.
                let bundle = try Bundle(hako, ["/bin/attack", "2"]) { config in
                    let all = ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"]
                    config.at("process", "capabilities", ["bounding": all, "effective": all, "permitted": all])
                }
                let words = [runtime, "--root", hako.path("runtime")]
                // Detached: a runtime that stays executes its program, which nobody can write for so long.
                let start = "exec \"$@\" > \(hako.path("log")) 2>&1"
                let started = try hako.spawn(
                    ["sh", "-c", start, "sh"] + words + ["run", "--detach", "--bundle", bundle.path, "c1"]
                ).finish()
                #expect(started.status == 0, "\(started)")
                for _ in 0..<20 { _ = try hako.spawn(words + ["exec", "c1"] + command).finish(within: 10) }
                let log = try eventually { () -> String? in
                    let text = try host("cat", hako.path("log")).text
                    return text.contains("wrote none") || text.contains("pwned") ? text : nil
                }
                #expect(log?.contains("wrote none") == true && log?.contains("saw 0,") == false, "\(log ?? "")")
                #expect(try checksum(runtime) == before)
                _ = try hako.spawn(words + ["delete", "--force", "c1"]).finish()
            }
        }

        /// The same from run: the container's command is the runtime's own program.
        @Test func theRuntimeIsNotOverwrittenFromRun() throws {
            try withHako { hako in
                let runtime = try copyOfTheRuntime(hako)
                let before = try checksum(runtime)
                let bundle = try Bundle(hako, ["/proc/self/exe", "--version"])
                let result = try hako.spawn([runtime, "--root", hako.path("runtime"), "run", "--bundle", bundle.path, "c1"])
                    .finish()
                #expect(!result.timedOut)
                #expect(try checksum(runtime) == before)
            }
        }

        /// CVE-2024-21626: a working directory that a leaked descriptor leads out to.
        @Test(.fastMachine, arguments: 0..<20)
        func noDescriptorLeadsOut(_ number: Int) throws {
            try withHako { hako in
                for command in [["pwd"], ["ls", "-a", ".."]] {
                    let bundle = try Bundle(hako, command) { $0.at("process", "cwd", "/proc/self/fd/\(number)") }
                    let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                    #expect(result.status != 0 || (result.text.hasPrefix("/") && !result.text.contains("hako-test")), "\(result)")
                }
            }
        }

        @Test func theCommandGetsNoDescriptorOfTheRuntimes() throws {
            try withHako { hako in
                // No pipe: the shell has its ends open for a moment.
                let bundle = try Bundle(hako, ["sh", "-c", "ls /proc/$$/fd; true"])
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(
                    Set(result.text.split(whereSeparator: \.isWhitespace)).subtracting(["0", "1", "2", "10"]).isEmpty, "\(result)"
                )
            }
        }

        /// CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: /proc or /sys of the image is a link.
        @Test(arguments: ["proc", "sys"], ["/tmp", "../../../tmp", "tmp/inner"])
        func aLinkInPlaceOfProcOrSysIsRefused(_ name: String, _ target: String) throws {
            try withHako { hako in
                try host("sh", "-c", "cd \(hako.rootfs) && rmdir \(name) && mkdir -p tmp/inner && ln -s \(target) \(name)")
                let result = try hako.run("true")
                #expect(result.status == 125 && result.oneErrorLine && result.err.contains("/\(name)"), "\(result)")
            }
        }

        /// An image whose /dev is a link: what is made in there stays in the root.
        @Test(arguments: Identity.allCases, ["/tmp/out", "../../../../tmp/out"])
        func aLinkInPlaceOfDevStaysInside(_ who: Identity, _ target: String) throws {
            try withHako(who) { hako in
                let outside = hako.path("out")
                try host("sh", "-c", "mkdir \(outside); cd \(hako.rootfs) && rm -rf dev && ln -s \(target) dev")
                let result = try hako.run("sh", "-c", "echo x > /dev/null && ls /dev/zero")
                #expect(result.status == 0 || (result.status == 125 && result.oneErrorLine), "\(result)")
                let made = try host("ls", outside).text
                #expect(!Machine.exists("/tmp/out") && made == "")
            }
        }

        /// CVE-2021-30465, CVE-2024-45310: the target of a mount is swapped for a link while it is mounted. A thousand starts.
        @Test(.fastMachine) func aTargetSwappedForALinkLeadsNowhere() throws {
            try withHako { hako in
                let outside = hako.path("outside")
                try host(
                    "sh", "-c",
                    "mkdir \(outside) && cd \(hako.rootfs) && mkdir -p m/dir && ln -s ../../../../../..\(outside) m/link")
                let swap = hako.path("swap")
                try attack("swap", to: swap)
                let swapper = try Child(
                    [swap, "\(hako.rootfs)/m/dir", "\(hako.rootfs)/m/link"], environment: Machine.environment)
                defer { swapper.send(SIGKILL) }
                let bundle = try Bundle(hako, ["true"]) { config in
                    var mounts = config["mounts"] as? [[String: Any]] ?? []
                    mounts.append(["destination": "/m/dir/deep/er", "type": "tmpfs", "source": "tmpfs"])
                    mounts.append(["destination": "/m/link/file", "type": "bind", "source": "/etc/hostname", "options": ["bind"]])
                    config["mounts"] = mounts
                }
                let words = hako.runtimeWords(["run", "--bundle", bundle.path, "c1"])
                let script = "i=0; while [ $i -lt 1000 ]; do \"$@\" >/dev/null 2>&1; i=$((i+1)); done"
                let loop = try Child(["sh", "-c", script, "sh"] + words, environment: Machine.environment).finish(within: 120)
                #expect(loop.status == 0 && !loop.timedOut, "\(loop)")
                #expect(try host("find", outside, "-mindepth", "1").text == "", "something was made outside")
            }
        }

        /// CVE-2019-16884, CVE-2025-52881: something else than procfs lies where a sysctl is written.
        @Test func aFakeProcIsNotWrittenTo() throws {
            try withHako { hako in
                try host("mkdir", "-p", hako.path("fake/sys/net/ipv4"))
                try host("touch", hako.path("fake/sys/net/ipv4/ip_forward"))
                let bundle = try Bundle(hako, ["true"]) { config in
                    var linux = config["linux"] as? [String: Any] ?? [:]
                    linux["sysctl"] = ["net.ipv4.ip_forward": "1"]
                    config["linux"] = linux
                    var mounts = config["mounts"] as? [[String: Any]] ?? []
                    mounts.append(["destination": "/proc", "type": "bind", "source": hako.path("fake"), "options": ["bind"]])
                    config["mounts"] = mounts
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.oneErrorLine && result.err.contains("procfs"), "\(result)")
                #expect(try host("cat", hako.path("fake/sys/net/ipv4/ip_forward")).text == "")
            }
        }

        /// CVE-2022-29162: capabilities are not inheritable unless asked.
        @Test func nothingIsInheritable() throws {
            try withHako { hako throws in
                #expect(try hako.run("sed", "-n", "s/CapInh:.//p", "/proc/self/status").text == "0000000000000000")
            }
        }

        /// A number is a user's id, whatever the image's /etc/passwd calls it.
        @Test func aNumberIsNotAName() throws {
            try withHako { hako in
                try host("sh", "-c", "echo '1000:x:0:0::/:/bin/sh' >> \(hako.rootfs)/etc/passwd")
                #expect(try hako.run("--user", "1000", "--", "id", "-u").text == "1000")
            }
        }

        /// CVE-2026-47262: what comes from the image is bounded.
        @Test(.fastMachine) func anEndlessPasswdIsRefused() throws {
            try withHako { hako in
                try host("sh", "-c", "truncate -s 2G \(hako.rootfs)/etc/passwd")
                let result = try hako.run("--user", "tester", "--", "true", within: 20)
                #expect(result.status == 125 && result.oneErrorLine, "\(result)")
            }
        }

        @Test(arguments: ["../x", "a/b", "..", ".", "", "a b", "/etc"])
        func idsAreNoPaths(_ id: String) throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["true"])
                let result = try hako.runtime("run", "--bundle", bundle.path, id)
                #expect(result.status == 1 && result.oneErrorLine, "\(result)")
            }
        }

        @Test(arguments: ["/hako/../../x", "../x", "/"])
        func controlGroupsStayInTheirTree(_ path: String) throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["true"]) { config in
                    var linux = config["linux"] as? [String: Any] ?? [:]
                    linux["cgroupsPath"] = path
                    config["linux"] = linux
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.oneErrorLine, "\(result)")
            }
        }
    }
}
