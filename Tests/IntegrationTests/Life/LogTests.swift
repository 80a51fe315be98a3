import Foundation
import Testing

extension IntegrationTests {
    /// What containers say, and what happens to them: `logs` and `events`; and who they are: `ps` and `inspect`.
    @Suite struct LogTests {
        private func run(_ hako: Hako, _ name: String, _ options: String..., script: String) throws {
            let words = hako.runWords(["-d", "--name", name] + options + ["--", "sh", "-c", script])
            let started = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
            #expect(started.status == 0, "\(started)")
        }

        @Test(.fastMachine, arguments: ["k8s-file", "json-file"], Identity.allCases)
        func logsAreKept(_ driver: String, _ who: Identity) throws {
            try withHako(who) { hako in
                try run(hako, "box", "--log-driver", driver, script: "echo one; echo two >&2; sleep 0.1; printf '\"three\\t'")
                #expect(try hako("wait", "box").text == "0")
                let all = try hako("logs", "box")
                #expect(all.out == "one\n\"three\t" && all.err.contains("two"), "\(all)")
                #expect(try hako("logs", "--tail", "1", "box").out == "\"three\t")
                #expect(try hako("logs", "-t", "box").lines.first?.contains("Z one") == true)
                #expect(try hako("logs", "--names", "box").lines.first == "box one")
            }
        }

        @Test(.fastMachine) func logsEndWithTheContainerAndBeginWhenAsked() throws {
            try withHako { hako in
                try run(hako, "box", script: "echo old; sleep 1; for i in 1 2 3; do echo new $i; sleep 0.1; done")
                let followed = try hako("logs", "-f", "box", within: 20)
                #expect(followed.lines == ["old", "new 1", "new 2", "new 3"], "\(followed)")
                let stamped = try hako("logs", "-t", "box").lines
                let cut = String(try #require(stamped.dropFirst().first).prefix { $0 != " " })
                #expect(try hako("logs", "--since", cut, "box").lines == ["new 1", "new 2", "new 3"])
                #expect(try hako("logs", "--until", cut, "box").lines == ["old", "new 1"])
                #expect(try hako("logs", "--since", "1h", "box").lines.count == 4)
                let wrong = try hako("logs", "--since", "noon", "box")
                #expect(wrong.status == 125 && wrong.err.contains("not a time"), "\(wrong)")
            }
        }

        @Test(.fastMachine) func logsAreCapped() throws {
            try withHako { hako in
                try run(hako, "box", "--log-opt", "max-size=64k", "--log-opt", "max-file=2", script: "seq 1 20000")
                #expect(try hako("wait", "box").text == "0")
                let lines = try hako("logs", "box").lines
                #expect(lines.last == "20000" && lines.count < 20000 && lines.count > 1000, "\(lines.count)")
                let bundle = try hako("inspect", "-f", "{{.LogPath}}", "box").text
                let sizes = try ["", ".1"].map {
                    try FileManager.default.attributesOfItem(atPath: bundle + $0)[.size] as? Int ?? 0
                }
                #expect(sizes.allSatisfy { $0 <= 64 << 10 }, "\(sizes)")
                #expect(!Machine.exists(bundle + ".2"))
            }
        }

        @Test(.fastMachine) func driversThatKeepNothing() throws {
            try withHako { hako in
                #expect(try hako.run("--log-driver", "passthrough", "--", "sh", "-c", "echo straight; exit 4").text == "straight")
                #expect(try hako.run("--name", "box", "--log-driver", "none", "--", "echo", "seen").text == "seen")
                let none = try hako("logs", "box")
                #expect(none.status == 125 && none.err.contains("--log-driver none"), "\(none)")
            }
        }

        @Test(.systemd) func theJournalGetsLines() throws {
            try withHako { hako in
                #expect(try hako.run("--name", "jbox", "--log-driver", "journald", "--", "echo", "into the journal").status == 0)
                let found = try eventually {
                    try host("journalctl", "-o", "cat", "CONTAINER_NAME=jbox").text.contains("into the journal")
                }
                #expect(found)
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func eventsTellWhatHappened(_ who: Identity) throws {
            try withHako(who) { hako in
                try run(hako, "box", "--label", "team=a", script: "exit 5")
                #expect(try hako("wait", "box").text == "5")
                #expect(try hako("rename", "box", "case").status == 0)
                #expect(try hako("rm", "case").status == 0)
                let all = try hako("events", "--stream=false", "--format", "{{.Action}} {{.Name}}")
                #expect(all.lines == ["create box", "start box", "die box", "rename case", "destroy case"], "\(all)")
                #expect(try hako("system", "events", "--stream=false", "--format", "{{.Action}} {{.Name}}").out == all.out)
                let made = try hako("volume", "create", "chest")
                let gone = try hako("volume", "rm", "chest")
                #expect(made.status == 0 && gone.status == 0)
                let volumes = try hako("events", "--stream=false", "-f", "type=volume", "--format", "{{.Action}} {{.ID}}")
                #expect(volumes.lines == ["create chest", "destroy chest"], "\(volumes)")
                let died = try hako("events", "--stream=false", "-f", "event=die", "-f", "label=team=a", "-f", "container=box")
                #expect(died.lines.count == 1 && died.text.contains("exitCode=5"), "\(died)")
                let end = Date(timeIntervalSinceNow: 3 * Machine.slowness).ISO8601Format()
                let child = try hako.spawn(hako.hakoWords(["events", "-f", "event=start", "--until", end]))
                usleepScaled(300_000)
                #expect(try hako.run("true").status == 0)
                let heard = try child.finish(within: 20)
                #expect(heard.status == 0 && heard.lines.count == 1 && heard.text.contains("start"), "\(heard)")
            }
        }

        @Test(.fastMachine) func listsAreFilteredAndFormed() throws {
            try withHako { hako in
                try run(hako, "one", "--label", "a=b", script: "exec sleep 100")
                // Their order is told by whole seconds.
                usleep(1_100_000)
                try run(hako, "two", script: "exit 3")
                #expect(try hako("wait", "two").text == "3")
                func names(_ words: String...) throws -> [String] {
                    let outcome = try hako.spawn(hako.hakoWords(["ps", "--format", "{{.Names}}"] + words)).finish(within: 10)
                    #expect(outcome.status == 0, "\(outcome)")
                    return outcome.lines
                }
                #expect(try names() == ["one"])
                #expect(try names("-a", "-f", "exited=3") == ["two"])
                #expect(try names("-a", "-f", "since=one") == ["two"])
                #expect(try names("-a", "-f", "before=two") == ["one"])
                #expect(try names("-l") == ["two"])
                #expect(try names("-f", "label=a=b") == ["one"])
                #expect(try names("-a", "-f", "name=^t") == ["two"])
                #expect(try names("-a", "-f", "ancestor=\(hako.rootfs)").sorted() == ["one", "two"])
                let sizes = try hako("ps", "-as").lines
                #expect(sizes.count == 3 && sizes.first?.hasSuffix("SIZE") == true)
                #expect(sizes.dropFirst().allSatisfy { $0.contains("(virtual ") }, "\(sizes)")
                let wrong = try hako("ps", "-f", "colour=red")
                #expect(wrong.status == 125 && wrong.err.contains("KEY=VALUE"), "\(wrong)")
            }
        }

        @Test(.fastMachine) func picturesAreDrawn() throws {
            try withHako { hako in
                try run(hako, "box", "--memory", "64m", "--label", "x=</svg>", script: "exec sleep 100 # <b>&\u{1b}[2J")
                let drawn = try hako("inspect", "--picture=text", "box")
                #expect(drawn.text.hasPrefix("┌") && !drawn.text.contains("\u{1b}"), "\(drawn)")
                for part in ["Namespaces", "Control groups", "of 64 MiB", "Layers", "/dev/shm", "Network"] {
                    #expect(drawn.text.contains(part), "\(part) is missing: \(drawn)")
                }
                #expect(Set(drawn.lines.map(\.count)).count == 1, "\(drawn)")
                let svg = try hako("inspect", "--picture", "box")
                let file = try hako.write(svg.out, to: "box.svg")
                let parsed = try host("python3", "-c", "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])", file)
                #expect(parsed.status == 0, "\(parsed)")
                #expect(svg.text.contains("&lt;b&gt;&amp;"))
            }
        }

        @Test(.fastMachine) func stopSaysItsSteps() throws {
            try withHako { hako in
                try run(hako, "box", script: "exec sleep 100")
                let said = try hako("stop", "-t", "0", "--explain", "box")
                #expect(said.status == 0 && said.err.contains("pidfd_send_signal"), "\(said)")
            }
        }

        @Test(.fastMachine) func inspectHasDockersShape() throws {
            try withHako { hako in
                try run(hako, "box", "-e", "A=1", "-v", "\(hako.directory):/mnt:ro", "--memory", "64m", script: "exec sleep 100")
                let template =
                    "{{.State.Running}} {{.HostConfig.Memory}} {{.HostConfig.NetworkMode}} {{.Config.Hostname}} {{.Path}} {{len .Mounts}}"
                let seen = try hako("inspect", "--format", template, "box").text.split(separator: " ")
                #expect(seen.count == 6 && seen[0] == "true" && seen[1] == "67108864" && seen[2] == "none" && seen[4] == "sh")
                #expect(seen.last == "1")
                let whole = try hako("inspect", "box")
                let list = try #require(try JSONSerialization.jsonObject(with: Data(whole.out.utf8)) as? [[String: Any]])
                for key in [
                    "Id", "Created", "State", "Image", "Name", "RestartCount", "HostConfig", "Mounts", "Config",
                    "NetworkSettings",
                ] {
                    #expect(list.first?[key] != nil, "\(key) is missing")
                }
            }
        }
    }
}
