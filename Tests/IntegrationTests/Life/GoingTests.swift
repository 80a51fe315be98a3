import Foundation
import Testing

extension IntegrationTests {
    /// Containers that go when they end (`--rm`).
    @Suite struct GoingTests {
        private func words(_ hako: Hako, _ options: String..., command: String...) -> [String] {
            hako.runWords(options + ["--rootfs", "\(hako.rootfs):O", "--"] + command)
        }

        private func start(_ hako: Hako) throws {
            let words = words(hako, "-d", "--rm", "--name", "box", command: "sh", "-c", "echo start >> /starts; exec sleep 60")
            let started = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
            #expect(started.status == 0, "\(started)")
        }

        private func starts(_ hako: Hako) throws -> Bool {
            try eventually { try hako("inspect", "--format", "{{.State.Status}}", "box").text == "running" }
        }

        private func isGone(_ hako: Hako) throws -> Bool {
            try eventually {
                let left = try FileManager.default.contentsOfDirectory(atPath: "\(hako.dataRoot)/containers")
                return try hako("ps", "-aq").text.isEmpty && left.isEmpty
            }
        }

        @Test(arguments: Identity.allCases)
        func theirFilesNeedNotReachTheDisk(_ who: Identity) throws {
            try withHako(who) { hako in
                for (options, isVolatile) in [(["--rm"], true), ([], false)] {
                    let words = ["run"] + options + ["--network", "none", "--rootfs", "\(hako.rootfs):O", "cat", "/proc/mounts"]
                    let mounts = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
                    let root = mounts.lines.filter { $0.contains(" / overlay ") }
                    #expect(root.count == 1 && root[0].contains("volatile") == isVolatile, "\(mounts)")
                }
            }
        }

        @Test(arguments: Identity.allCases)
        func aRestartKeepsThem(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(hako)
                for count in 2...3 {
                    let again = try hako("restart", "-t", "0", "box")
                    #expect(again.status == 0 && again.text == "box", "\(again)")
                    #expect(try eventually { try hako("exec", "box", "cat", "/starts").lines.count == count }, "\(count)")
                }
                #expect(try hako("stop", "-t", "0", "box").status == 0)
                #expect(try isGone(hako))
            }
        }

        @Test func aRestartKeepsOneThatSomebodyIsAttachedTo() throws {
            try withHako { hako in
                let attached = try hako.spawn(hako.hakoWords(words(hako, "--rm", "--name", "box", command: "sleep", "60")))
                #expect(try starts(hako))
                // It hears of the end when the container runs again.
                attached.send(SIGSTOP)
                #expect(try hako("restart", "-t", "0", "box").status == 0)
                attached.send(SIGCONT)
                #expect(try attached.finish(within: 20).status == 137)
                #expect(try starts(hako))
                #expect(try hako("kill", "box").status == 0)
                #expect(try isGone(hako))
            }
        }

        /// The monitor stays until the one who takes the container away is gone, but not for ever.
        @Test func itsMonitorDoesNotWaitForEver() throws {
            try withHako { hako in
                let attached = try hako.spawn(hako.hakoWords(words(hako, "--rm", "--name", "box", command: "sleep", "60")))
                #expect(try starts(hako))
                let id = try hako("inspect", "-f", "{{.Id}}", "box").text
                let monitor = try #require(Int32(try host("pgrep", "-f", "monitor.*\(id)").lines.first ?? ""))
                attached.send(SIGSTOP)
                #expect(try hako("kill", "box").status == 0)
                // Its parent, which is stopped, does not reap it: what has ended has no command line.
                #expect(eventually { (try? String(contentsOfFile: "/proc/\(monitor)/cmdline", encoding: .utf8)) == "" })
                attached.send(SIGCONT)
                #expect(try attached.finish(within: 20).status == 137)
                #expect(try isGone(hako))
            }
        }

        @Test func whatCannotStartAgainGoes() throws {
            try withHako { hako in
                try start(hako)
                #expect(try hako("exec", "box", "rm", "/bin/sh").status == 0)
                let again = try hako("restart", "-t", "0", "box")
                #expect(again.status != 0 && again.oneErrorLine, "\(again)")
                #expect(try isGone(hako))
            }
        }

        /// overlayfs refuses what was mounted so and not taken back by whoever did.
        @Test func whatAKilledMonitorLeftStartsAgain() throws {
            try withHako { hako in
                try start(hako)
                let id = try hako("inspect", "-f", "{{.Id}}", "box").text
                let monitor = try #require(Int32(try host("pgrep", "-f", "monitor.*\(id)").lines.first ?? ""))
                kill(monitor, SIGKILL)
                #expect(try eventually { try hako("inspect", "-f", "{{.State.Running}}", "box").text == "false" })
                let file = hako.path("word")
                try "word\n".write(toFile: file, atomically: true, encoding: .utf8)
                #expect(try hako("cp", file, "box:/word").status == 0)
                #expect(try hako("start", "box").status == 0)
                #expect(try hako("exec", "box", "cat", "/word").text == "word")
                #expect(try hako("rm", "-f", "-t", "0", "box").status == 0)
            }
        }
    }
}
