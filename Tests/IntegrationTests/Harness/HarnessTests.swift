import Testing

extension IntegrationTests {
    /// The harness itself: what the other tests rest on.
    @Suite struct HarnessTests {
        @Test func outputsAndStatusAreCollected() throws {
            let result = try Child(
                ["sh", "-c", "cat; seq 20000; echo err >&2; exit 7"], environment: Machine.environment, stdin: "in\n"
            ).finish()
            #expect(result.status == 7 && result.lines.first == "in" && result.lines.count == 20001 && result.err == "err\n")
        }

        @Test func aCommandOutOfTimeIsKilled() throws {
            let result = try Child(["sleep", "30"], environment: Machine.environment).finish(within: 0.1)
            #expect(result.timedOut && result.status == 137)
        }

        @Test func terminalIsTheCommandsOwn() throws {
            let terminal = try Terminal(
                ["sh", "-c", "stty size; tty; read x; echo got-$x; exit 3"], environment: Machine.environment, directory: "/",
                columns: 99, rows: 33)
            #expect(terminal.expect("33 99") && terminal.expect("/dev/pts/"))
            terminal.type("word\n")
            #expect(terminal.expect("got-word"))
            #expect(try terminal.finish().status == 3)
        }

        @Test func plainUserHasSubordinateIds() throws {
            try withHako(.user) { hako in
                let result = try hako.spawn([
                    "\(Machine.scripts)/as-user.sh", hako.path("home"), "sh", "-c",
                    "id -u; unshare --map-auto --map-root-user id -u",
                ]).finish()
                #expect(result.lines == ["64321", "0"], "\(result)")
            }
        }

        @Test func binariesSayWhatTheyAre() throws {
            for path in [Machine.hako, Machine.runtime] {
                let result = try host(path, "--version")
                #expect(result.status == 0 && result.lines.count >= 1, "\(result)")
                let linked = try host("sh", "-c", "ldd \(path) 2>&1")
                #expect(linked.out.contains("not a dynamic executable") || linked.out.contains("statically linked"), "\(linked)")
            }
        }
    }
}
