import Glibc
import Testing

extension IntegrationTests {
    /// `hako exec`.
    @Suite struct ExecTests {
        /// A container that runs, named `box`.
        private func withBox(_ who: Identity, _ options: String..., body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let words = hako.runWords(["-d", "--name", "box"] + options + ["--", "sleep", "100"])
                let started = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
                #expect(started.status == 0, "\(started)")
                try body(hako)
            }
        }

        @Test(arguments: Identity.allCases)
        func runsBesideTheCommand(_ who: Identity) throws {
            try withBox(who, "-e", "COLOUR=red", "-w", "/tmp") { hako in
                let seen = try hako("exec", "box", "sh", "-c", "pwd; echo $COLOUR; cat /proc/1/comm")
                #expect(seen.lines == ["/tmp", "red", "sleep"], "\(seen)")
                #expect(try hako("exec", "box", "sh", "-c", "exit 7").status == 7)
                #expect(try hako("exec", "box", "sh", "-c", "kill -9 $$").status == 137)
                let changed = try hako("exec", "-e", "COLOUR=blue", "-w", "/", "box", "sh", "-c", "pwd; echo $COLOUR")
                #expect(changed.lines == ["/", "blue"], "\(changed)")
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func inputGoesInOnlyWhenAsked(_ who: Identity) throws {
            try withBox(who) { hako in
                #expect(try hako("exec", "-i", "box", "cat", stdin: "in").text == "in")
                #expect(try hako("exec", "box", "cat", stdin: "in").text == "")
                let both = try hako("exec", "box", "sh", "-c", "echo out; echo err >&2")
                #expect(both.text == "out" && both.err.contains("err"), "\(both)")
            }
        }

        @Test func usersAreLookedUpInside() throws {
            try withBox(.root) { hako in
                let added = "echo 'ann:x:1234:77::/home/ann:/bin/sh' >>/etc/passwd; echo 'pets:x:88:ann' >>/etc/group"
                #expect(try hako("exec", "box", "sh", "-c", added).status == 0)
                #expect(
                    try hako("exec", "-u", "ann", "box", "sh", "-c", "id -u; id -G; echo $HOME").lines == [
                        "1234", "77 88", "/home/ann",
                    ])
                #expect(try hako("exec", "-u", "5:6", "box", "sh", "-c", "id -u; id -g").lines == ["5", "6"])
                let powers = try hako("exec", "-u", "5", "box", "grep", "CapEff", "/proc/self/status")
                #expect(powers.text.hasSuffix("0000000000000000"), "\(powers)")
                let nobody = try hako("exec", "-u", "bob", "box", "id")
                #expect(nobody.status == 125 && nobody.err.contains("no such user"), "\(nobody)")
            }
        }

        @Test(.fastMachine) func privilegedHasAllCapabilitiesAndNoFilter() throws {
            try withBox(.root) { hako in
                let seen = try hako("exec", "--privileged", "box", "grep", "-E", "CapEff|Seccomp:", "/proc/self/status")
                #expect(seen.text.contains("ffffffffff") && seen.text.contains("Seccomp:\t0"), "\(seen)")
                let usual = try hako("exec", "box", "grep", "-E", "Seccomp:", "/proc/self/status")
                #expect(usual.text.contains("Seccomp:\t2"), "\(usual)")
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func aTerminalIsGiven(_ who: Identity) throws {
            try withBox(who) { hako in
                let terminal = try hako.terminal(["exec", "-it", "box", "sh"], columns: 91, rows: 31)
                #expect(terminal.expect("# "), "\(terminal.text)")
                terminal.type("stty size; tty\n")
                #expect(terminal.expect("31 91") && terminal.expect("/dev/pts"), "\(terminal.text)")
                terminal.type("exit 3\n")
                #expect(try terminal.finish().status == 3)
                // Without a terminal here, one is given all the same.
                #expect(try hako("exec", "-t", "box", "tty").text.contains("/dev/pts"))
            }
        }

        @Test(.fastMachine) func aDetachedCommandGoesOn() throws {
            try withBox(.root) { hako in
                let started = try hako("exec", "-d", "box", "sh", "-c", "sleep 0.3; echo done >/tmp/it")
                #expect(started.status == 0 && started.text.isEmpty, "\(started)")
                let wrote = try eventually { try hako("exec", "box", "cat", "/tmp/it").text == "done" }
                #expect(wrote)
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func itsRuntimeHasANameToBeFoundBy(_ who: Identity) throws {
            try withBox(who) { hako in
                let child = try hako.spawn(hako.hakoWords(["exec", "box", "sleep", "30"]))
                let found = try eventually {
                    try host("pgrep", "-P", "\(child.pid)", "-x", "hako-runtime").status == 0
                        && hako("exec", "box", "pidof", "sleep").text.split(separator: " ").count == 2
                }
                #expect(found)
                child.send(SIGTERM)
                #expect(try child.finish().status == 143)
            }
        }

        @Test(.fastMachine) func everyStepIsSaid() throws {
            try withBox(.root) { hako in
                let said = try hako("exec", "--explain", "box", "true")
                #expect(said.status == 0 && said.err.contains("setns") && said.err.contains("execve("), "\(said)")
            }
        }

        @Test(.fastMachine) func wrongThingsAreSaidInOneLine() throws {
            try withBox(.root) { hako in
                func fails(_ words: String..., code: Int32, _ text: String) throws {
                    let outcome = try hako.spawn(hako.hakoWords(["exec"] + words)).finish(within: 10)
                    #expect(outcome.status == code && outcome.err.contains(text), "\(words): \(outcome)")
                    #expect(outcome.err.split(separator: "\n").count == 1, "\(outcome)")
                }
                try fails("box", "nothing-here", code: 127, "executable file not found")
                try fails("box", "/etc", code: 126, "permission denied")
                try fails("box", "", code: 125, "empty string")
                try fails("-w", "tmp", "box", "true", code: 125, "absolute path")
                try fails("none", "true", code: 125, "no such container")
                #expect(try hako("pause", "box").status == 0)
                try fails("box", "true", code: 125, "is paused")
                #expect(try hako("unpause", "box").status == 0)
                #expect(try hako("stop", "-t", "0", "box").status == 0)
                try fails("box", "true", code: 125, "is not running")
            }
        }
    }
}
