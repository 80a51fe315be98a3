import Testing

extension IntegrationTests {
    /// Commands for containers that are not named: all, the latest, a file's, those that filters let through.
    @Suite struct ChoiceTests {
        private func states(_ hako: Hako) throws -> [String] {
            try hako("ps", "-a", "--format", "{{.Names}} {{.State}}").lines.sorted()
        }

        private func pause(_ hako: Hako) throws {
            #expect(try hako("pause", "--latest").status == 0)
            #expect(try states(hako) == ["c1 running", "c2 running", "c3 paused"])
            // A paused one is not paused again, nor one that runs unpaused.
            #expect(try hako("pause", "--all").lines.count == 2)
            #expect(try hako("unpause", "--filter", "label=number=1", "--filter", "status=paused").lines.count == 1)
            #expect(try hako("unpause", "-a").lines.count == 2)
        }

        @Test(arguments: Identity.allCases)
        func containersAreChosen(_ who: Identity) throws {
            try withHako(who) { hako in
                for name in ["c1", "c2"] {
                    let label = "number=\(name.last!)"
                    #expect(try hako.run("-d", "--init", "--name", name, "--label", label, "--", "sleep", "1000").status == 0)
                }
                let last = try hako.run(
                    "-d", "--init", "--name", "c3", "--cidfile", hako.path("id"), "--", "sleep", "1000")
                #expect(last.status == 0, "\(last)")
                // Of those made in one second too it is known which was the last.
                #expect(try hako("ps", "--format", "{{.Names}}").lines == ["c3", "c2", "c1"])
                // A plain user has no control groups on a host of version 1.
                if who == .root || Machine.cgroupIsV2 { try pause(hako) }
                #expect(try hako("kill", "--cidfile", hako.path("id")).status == 0)
                #expect(try hako("wait", "-l").text == "137")
                #expect(try hako("stop", "--filter", "label=number").lines.count == 2)
                #expect(try states(hako) == ["c1 exited", "c2 exited", "c3 exited"])
                #expect(try hako("stop", "-a").out.isEmpty)
                #expect(try hako("start", "--all").lines.count == 3)
                #expect(try hako("stop", "c1").status == 0)
                #expect(try hako("restart", "--all", "--running", "-t", "0").lines.count == 2)
                #expect(try states(hako) == ["c1 exited", "c2 running", "c3 running"])
                #expect(try hako("stop", "--ignore", "nobody", "c2", "--cidfile", hako.path("none")).text == "c2")
                #expect(try hako("rm", "--filter", "status=exited").lines.count == 2)
                #expect(try hako("rm", "-f", "-t", "1", "--ignore", "nobody", "c3").lines == ["c3"])
                #expect(try states(hako).isEmpty)
            }
        }

        @Test func whatIsSharedStartsFirst() throws {
            try withHako { hako in
                let first = try hako.run("-d", "--init", "--name", "c1", "--", "sleep", "1000")
                #expect(first.status == 0, "\(first)")
                #expect(try hako.run("-d", "--init", "--name", "c2", "--ipc", "container:c1", "--", "sleep", "1000").status == 0)
                #expect(try hako("stop", "--all").lines.count == 2)
                let started = try hako("start", "--all")
                #expect(started.status == 0 && started.lines.count == 2, "\(started)")
            }
        }

        @Test func wrongChoices() throws {
            try withHako { hako in
                #expect(try hako.run("--name", "c1", "--", "true").status == 0)
                for (words, why) in [
                    (["stop"], "name a container"), (["stop", "-a", "c1"], "not both"), (["kill", "-l", "c1"], "not both"),
                    (["pause", "--filter", "nothing=1"], "nothing"), (["rm", "--cidfile", "/none"], "/none"),
                    (["rm", "--cidfile", "/dev/null"], "no id"), (["rm", "-t", "1", "c1"], "--force"),
                    (["rm", "-i", "nobody", "-t", "x", "-f"], "--time"), (["stop", "nobody"], "no such container"),
                    (["start", "--all", "--all-restart", "c1"], "--all-restart"), (["wait"], "name a container"),
                    (["pause", "c1"], "not running"), (["unpause", "c1"], "not paused"),
                ] {
                    let result = try hako.spawn(hako.hakoWords(words)).finish()
                    #expect(result.status == 125 && result.oneErrorLine && result.err.contains(why), "\(words): \(result)")
                }
                #expect(try hako("ps", "-aq").lines.count == 1)
            }
        }
    }
}
