import Glibc
import Testing

extension IntegrationTests {
    @Suite struct TerminalTests {
        /// An interactive shell in a container, at its first prompt.
        private func shell(_ hako: Hako, _ options: String...) throws -> Terminal {
            let words = hako.runWords(["-it"] + options + ["--", "sh"])
            let terminal = try hako.terminal(words)
            #expect(terminal.expect("# "), "no prompt: \(terminal.text)")
            return terminal
        }

        @Test(arguments: Identity.allCases)
        func jobControlWorksInTheShell(_ who: Identity) throws {
            try withHako(who) { hako in
                let terminal = try shell(hako)
                #expect(!terminal.text.contains("job control"), "\(terminal.text)")
                terminal.type("tty; sleep 100\n")
                #expect(terminal.expect("/dev/pts/0") || terminal.text.contains("/dev/console"), "\(terminal.text)")
                usleepScaled(300_000)
                terminal.type("\u{1a}")
                #expect(terminal.expect("Stopped"), "\(terminal.text)")
                terminal.type("bg\n")
                // Asked until answered: busybox's sh loses what it writes at the moment of a child's SIGCHLD (once in 80, anywhere).
                let runs = (0..<10).contains { _ in
                    terminal.type("jobs\n")
                    return terminal.expect("Running", within: 1)
                }
                #expect(runs, "\(terminal.text)")
                terminal.type("kill %1; sleep 100; echo code-$?\n")
                usleepScaled(500_000)
                terminal.type("\u{3}")
                usleepScaled(200_000)
                terminal.type("echo still-$((20+3))\n")
                #expect(terminal.expect("still-23"), "\(terminal.text)")
                terminal.type("exit 5\n")
                #expect(try terminal.finish().status == 5)
            }
        }

        @Test(arguments: Identity.allCases)
        func windowSizeIsFollowed(_ who: Identity) throws {
            try withHako(who) { hako in
                let words = hako.runWords(["-it", "--", "sh"])
                let terminal = try hako.terminal(words, columns: 101, rows: 37)
                #expect(terminal.expect("# "), "\(terminal.text)")
                terminal.type("stty size\n")
                #expect(terminal.expect("37 101"), "\(terminal.text)")
                terminal.resize(columns: 77, rows: 22)
                terminal.child.send(SIGWINCH)
                usleepScaled(300_000)
                terminal.type("stty size\n")
                #expect(terminal.expect("22 77"), "\(terminal.text)")
                terminal.type("exit\n")
                #expect(try terminal.finish().status == 0)
            }
        }

        @Test(arguments: Identity.allCases)
        func terminalIsRawDuringAndRestoredAfter(_ who: Identity) throws {
            try withHako(who) { hako in
                let terminal = try hako.terminal(hako.runWords(["-it", "--", "sh", "-c", "echo up; read line; exit 4"]))
                #expect(terminal.expect("up"))
                #expect(terminal.isRaw)
                terminal.type("\n")
                #expect(try terminal.finish().status == 4)
                #expect(!terminal.isRaw)
            }
        }

        /// With a terminal, too, signals go to the command, unless asked not to: then hako itself ends.
        @Test(arguments: [SIGTERM, SIGHUP], [true, false])
        func terminalIsRestoredWhenHakoIsEnded(_ signal: CInt, _ proxies: Bool) throws {
            try withHako { hako in
                let script = "trap 'exit 9' TERM HUP; echo up; while :; do sleep 0.1; done"
                let terminal = try hako.terminal(
                    hako.runWords(["-it", "--sig-proxy=\(proxies)", "--name", "box", "--", "sh", "-c", script]))
                #expect(terminal.expect("up"))
                terminal.child.send(signal)
                let ended = try terminal.finish()
                #expect(!terminal.isRaw)
                #expect(ended.status == (proxies ? 9 : 128 + Int(signal)), "\(ended)")
                #expect(try hako("ps", "-q").text.isEmpty == proxies)
            }
        }

        @Test func terminalIsRestoredWhenTheContainerIsRemoved() throws {
            try withHako { hako in
                let terminal = try hako.terminal(hako.runWords(["-it", "--name", "gone", "--", "sh", "-c", "echo up; sleep 60"]))
                #expect(terminal.expect("up"))
                #expect(try hako("rm", "-f", "gone").status == 0)
                let ended = try terminal.finish()
                #expect(ended.status == 137 && !terminal.isRaw, "\(ended)")
            }
        }

        @Test func terminalIsRestoredWhenTheCommandCannotStart() throws {
            try withHako { hako in
                let terminal = try hako.terminal(hako.runWords(["-it", "--", "no-such-command"]))
                let ended = try terminal.finish()
                #expect(ended.status == 127 && !terminal.isRaw, "\(ended)")
            }
        }

        @Test(arguments: [([], "\u{10}\u{11}"), (["--detach-keys", "ctrl-a,d"], "\u{1}d")])
        func detachKeysLeaveTheContainerRunning(_ options: [String], _ keys: String) throws {
            try withHako { hako in
                let terminal = try hako.terminal(
                    hako.runWords(["-it", "--name", "left"] + options + ["--", "sh", "-c", "echo up; exec sleep 60"]))
                #expect(terminal.expect("up"))
                terminal.type(keys)
                let ended = try terminal.finish()
                #expect(ended.status == 0 && !terminal.isRaw, "\(ended)")
                let list = try hako("ps")
                #expect(list.out.contains("left"), "\(list)")
                #expect(try hako("rm", "-f", "left").status == 0)
            }
        }

        @Test func terminalIsMadeWithItsTypeInTheEnvironment() throws {
            try withHako { hako in
                let terminal = try hako.terminal(
                    hako.runWords(["-it", "--", "sh", "-c", "echo term-$TERM; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo is-tty"]))
                #expect(terminal.expect("term-xterm") && terminal.expect("is-tty"), "\(terminal.text)")
                _ = try terminal.finish()
            }
        }

        @Test func muchOutputComesThroughWhole() throws {
            try withHako { hako in
                let terminal = try hako.terminal(hako.runWords(["-it", "--", "sh", "-c", "seq 20000; echo last"]))
                let ended = try terminal.finish(within: 40)
                #expect(ended.out.contains("\r\n19999\r\n20000\r\nlast\r\n"), "\(ended.out.suffix(80))")
                #expect(ended.out.split(whereSeparator: \.isNewline).count == 20001)
            }
        }
    }
}
