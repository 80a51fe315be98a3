import Foundation
import Testing

extension IntegrationTests {
    /// The walk-through as the README has it, by a person at a terminal.
    @Suite struct WalkThroughTests {
        @Test(arguments: Identity.allCases)
        func aShellInAnUnpackedRootfs(_ who: Identity) throws {
            try withHako(who) { hako in
                let terminal = try hako.terminal(["run", "-it", "--network", "none", "--rootfs", hako.rootfs, "sh"])
                #expect(terminal.expect("# "), "no prompt: \(terminal.text)")
                terminal.type("pwd; whoami; ps -o pid,comm\n")
                #expect(terminal.expect("\r\n/\r\nroot\r\n"), "\(terminal.text)")
                #expect(terminal.expect("1 sh"), "\(terminal.text)")
                terminal.type("touch /tmp/sample; exit\n")
                let ended = try terminal.finish()
                #expect(ended.status == 0, "\(ended)")
                #expect(Machine.exists("\(hako.rootfs)/tmp/sample"))
            }
        }

        @Test func withoutATerminalScriptsComeFromStandardInput() throws {
            try withHako { hako in
                let result = try hako.run("-i", "--", "sh", stdin: "pwd\nwhoami\n")
                #expect(result.lines == ["/", "root"], "\(result)")
            }
        }

        @Test(.debian, .fastMachine, arguments: Identity.allCases)
        func debian(_ who: Identity) throws {
            try withHako(who) { hako in
                let tar = "\(Machine.rootfs)/debian.tar.gz"
                let script = """
                    . /etc/os-release; echo $ID; su tester -s /bin/sh -c 'id -u; whoami'; dpkg -s bash | grep ^Status; \
                    useradd -m fresh && stat -c %U /home/fresh; ps -e --no-headers | wc -l
                    """
                let result = try hako.run("--rm", "--rootfs", tar, "--", "bash", "-c", script, within: 90)
                let lines = result.lines
                #expect(
                    Array(lines.prefix(5)) == ["debian", "1000", "tester", "Status: install ok installed", "fresh"], "\(result)")
            }
        }

        @Test(.debian, .fastMachine) func debianDirectory() throws {
            try withHako { hako in
                let result = try hako.run(
                    "--rootfs", hako.debian, "--", "bash", "-c", "perl -e 'print 6*7'; ls -ld /root | cut -c1-10")
                #expect(result.text == "42drwx------", "\(result)")
            }
        }

        @Test func hostImageIsACopyOnWriteViewOfThisMachine() throws {
            try withHako { hako in
                let marker = "/var/hako-marker-\(getpid())"
                // An overlay, such as the guest's own root, cannot be id-mapped; hako says so and names the flag.
                let users = try host("stat", "-f", "-c", "%T", "/").text == "overlayfs" ? "host" : "auto"
                if users == "host" {
                    let refused = try hako("run", "--rm", "--network", "none", "host", "true")
                    #expect(refused.status == 125 && refused.oneErrorLine && refused.err.contains("--userns=host"), "\(refused)")
                }
                let view = try hako(
                    "run", "--rm", "--network", "none", "--userns", users, "host", "sh", "-c",
                    "cat /etc/debian_version; touch \(marker) && ls \(marker)")
                #expect(view.lines == [try host("cat", "/etc/debian_version").text, marker], "\(view)")
                #expect(!Machine.exists(marker))
                let processes = try hako(
                    "run", "--rm", "--network", "none", "--userns", users, "host", "ps", "-e", "-o", "pid,comm")
                #expect(processes.lines.count == 2 && processes.text.hasSuffix("1 ps"), "\(processes)")
            }
        }
    }
}
