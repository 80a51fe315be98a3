import Foundation
import Testing

/// Sleeps longer where the machine is slow.
func usleepScaled(_ microseconds: Double) { usleep(UInt32(microseconds * Swift.min(Machine.slowness, 5))) }

extension IntegrationTests {
    @Suite struct SignalTests {
        /// A container whose command says it is up in a file, then runs `script`.
        private func start(_ hako: Hako, options: [String] = [], _ script: String) throws -> Child {
            let child = try hako.spawn(
                hako.hakoWords(
                    hako.runWords(
                        options + ["--", "sh", "-c", "\(script.replacingOccurrences(of: "READY", with: "echo > /tmp/up"))"])))
            #expect(eventually(within: 10) { Machine.exists("\(hako.rootfs)/tmp/up") })
            usleepScaled(50_000)
            return child
        }

        @Test(arguments: [
            ("HUP", SIGHUP), ("INT", SIGINT), ("QUIT", SIGQUIT), ("USR1", SIGUSR1), ("USR2", SIGUSR2), ("TERM", SIGTERM),
            ("ALRM", SIGALRM), ("CONT", SIGCONT), ("WINCH", SIGWINCH),
        ])
        func everySignalIsForwarded(_ name: String, _ number: CInt) throws {
            try withHako { hako in
                let child = try start(hako, "trap 'echo got-\(name); exit 33' \(name); READY; while :; do sleep 0.05; done")
                child.send(number)
                let ended = try child.finish(within: 10)
                #expect(ended.text == "got-\(name)" && ended.status == 33, "\(ended)")
            }
        }

        @Test func plainUsersContainerGetsThemToo() throws {
            try withHako(.user) { hako in
                let child = try start(hako, "trap 'echo got; exit 33' TERM; READY; while :; do sleep 0.05; done")
                child.send(SIGTERM)
                let ended = try child.finish(within: 10)
                #expect(ended.text == "got" && ended.status == 33, "\(ended)")
            }
        }

        @Test func aSignalThatEndsTheCommandIs128AndItsNumber() throws {
            try withHako { hako in
                let child = try start(hako, options: ["--init"], "READY; exec sleep 60")
                child.send(SIGTERM)
                let ended = try child.finish(within: 15)
                #expect(ended.status == 143, "\(ended)")
            }
        }

        @Test func signalsAreNotForwardedWhenAskedNotTo() throws {
            try withHako { hako in
                let child = try start(
                    hako, options: ["--name", "kept", "--sig-proxy=false"],
                    "trap 'exit 33' TERM; READY; while :; do sleep 0.05; done")
                child.send(SIGTERM)
                let ended = try child.finish(within: 10)
                #expect(ended.status != 33, "\(ended)")
                let list = try hako("ps")
                #expect(list.out.contains("kept"), "\(list)")
            }
        }

        static let codes: [(options: [String], command: [String], status: Int)] = [
            ([], ["true"], 0), ([], ["false"], 1), ([], ["sh", "-c", "exit 42"], 42), ([], ["sh", "-c", "exit 255"], 255),
            (["--pid=host"], ["sh", "-c", "kill -9 $$"], 137), (["--pid=host"], ["sh", "-c", "kill -TERM $$"], 143),
            (["--pid=host"], ["sh", "-c", "kill -SEGV $$"], 139), (["--init"], ["sh", "-c", "kill -INT $$"], 130),
            ([], ["/etc/passwd"], 126), ([], ["/etc"], 126), ([], ["no-such-command"], 127), ([], ["/no/such/command"], 127),
            (["--no-such-flag"], ["true"], 125), (["--memory", "lots"], ["true"], 125),
        ]

        @Test(arguments: Identity.allCases, codes.indices.sampled)
        func exitStatus(_ who: Identity, _ index: Int) throws {
            let one = Self.codes[index]
            try withHako(who) { hako in
                let result = try hako.spawn(hako.hakoWords(hako.runWords(one.options + ["--"] + one.command))).finish()
                #expect(result.status == one.status, "\(one): \(result)")
                if (125...127).contains(one.status) { #expect(result.oneErrorLine && result.err.hasPrefix("hako"), "\(result)") }
            }
        }

        @Test func stopSignalIsWhatStopSends() throws {
            try withHako { hako in
                let child = try start(
                    hako, options: ["--name", "s", "--stop-signal", "USR1"],
                    "trap 'exit 21' USR1; READY; while :; do sleep 0.05; done")
                #expect(try hako("stop", "s").status == 0)
                let ended = try child.finish(within: 15)
                #expect(ended.status == 21, "\(ended)")
            }
        }
    }
}
