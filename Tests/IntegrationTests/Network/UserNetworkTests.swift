import Foundation
import Testing

extension IntegrationTests {
    @Suite(
        .requires(Machine.exists("/usr/bin/pasta") && Machine.exists("/usr/bin/slirp4netns"), "passt or slirp4netns is missing"))
    struct UserNetworkTests {
        /// busybox's httpd, which logs who asked.
        private func serve(_ lab: NetworkLab, _ name: String, _ options: String...) throws -> Outcome {
            let words =
                ["run", "-d", "--name", name] + options + [
                    "--rootfs", lab.hako.rootfs, "httpd", "-f", "-v", "-p", "80", "-h", "/",
                ]
            return try lab.hako.spawn(lab.hako.hakoWords(words)).finish(within: 60)
        }

        private func get(_ address: String) -> [String] {
            ["curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", address]
        }

        private func asks(_ lab: NetworkLab, _ port: Int) -> Bool {
            eventually {
                (try? lab.onOutside(
                    "curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}",
                    "http://\(NetworkLab.hostAddress):\(port)/bin/busybox"))?.text == "200"
            }
        }

        @Test func pastaIsTheUsualNetworkAndKeepsTheClientsAddress() throws {
            try withLab(.user) { lab in
                let server = try lab.serverOutside(4000)
                #expect(try serve(lab, "web", "--network", "pasta", "-p", "8080:80").status == 0)
                #expect(asks(lab, 8080))
                #expect(
                    eventually {
                        (try? lab.hako("logs", "web"))?.err.contains("[::ffff:\(NetworkLab.outsideAddress)]") == true
                            || (try? lab.hako("logs", "web"))?.out.contains("[::ffff:\(NetworkLab.outsideAddress)]") == true
                    })
                let out = try lab.hako("exec", "web", "sh", "-c", "timeout 5 nc \(NetworkLab.outsideAddress) 4000 </dev/null")
                #expect(out.text == NetworkLab.hostAddress, "\(out)")
                #expect(try lab.hako("port", "web").text == "80/tcp -> 0.0.0.0:8080")
                #expect(
                    try lab.hako("exec", "web", "ip", "-o", "-4", "addr", "show", "eth0").text.contains(NetworkLab.hostAddress))
                withExtendedLifetime(server) {}
                let program = try host("pgrep", "-f", "pasta.*\(lab.hako.stateRoot)").lines
                #expect(program.count == 1)
                try lab.hako("stop", "-t", "0", "web")
                #expect(eventually { (try? host("pgrep", "-f", "pasta.*\(lab.hako.stateRoot)"))?.text == "" })
                // What says nothing has it as well.
                let usual = try lab.hako.spawn(
                    lab.hako.hakoWords(["run", "--rm", "--rootfs", lab.hako.rootfs, "ls", "/sys/class/net"]),
                    with: ["HAKO_NETWORK": ""]
                ).finish(within: 60)
                #expect(usual.lines.sorted() == ["eth0", "lo"], "\(usual)")
            }
        }

        @Test func slirpIsTheOther() throws {
            try withLab(.user) { lab in
                let server = try lab.serverOutside(4000)
                #expect(try serve(lab, "web", "--network", "slirp4netns", "-p", "8080:80").status == 0)
                #expect(asks(lab, 8080))
                let out = try lab.hako("exec", "web", "sh", "-c", "timeout 5 nc \(NetworkLab.outsideAddress) 4000 </dev/null")
                #expect(out.text == NetworkLab.hostAddress, "\(out)")
                withExtendedLifetime(server) {}
                let second = try serve(lab, "two", "--network", "slirp4netns", "-p", "8080:80")
                #expect(second.status == 125 && second.oneErrorLine && second.err.contains("8080/tcp"), "\(second)")
                try lab.hako("rm", "-f", "web")
                #expect(eventually { (try? host("pgrep", "-f", "slirp4netns.*\(lab.hako.stateRoot)"))?.text == "" })
            }
        }

        @Test func aKilledMonitorsProgramGoesWithTheNextCommand() throws {
            try withLab(.user) { lab in
                #expect(try serve(lab, "web", "--network", "pasta", "-p", "8080:80").status == 0)
                let id = try lab.hako("inspect", "-f", "{{.Id}}", "web").text
                let monitor = try #require(Int32(try host("pgrep", "-f", "monitor.*\(id)").lines.first ?? ""))
                kill(monitor, SIGKILL)
                #expect(eventually { (try? lab.hako("inspect", "-f", "{{.State.Running}}", "web"))?.text == "false" })
                #expect(try lab.hako("start", "web").status == 0)
                #expect(try host("pgrep", "-f", "pasta.*\(lab.hako.stateRoot)").lines.count == 1)
                #expect(asks(lab, 8080))
                try lab.hako("rm", "-f", "web")
                #expect(eventually { (try? host("pgrep", "-f", "pasta.*\(lab.hako.stateRoot)"))?.text == "" })
            }
        }

        @Test func bridgesTakeRootAndPortsOfOthersAreTaken() throws {
            try withLab(.user) { lab in
                #expect(try lab.hako("network", "create", "web").status == 0)
                let bridge = try serve(lab, "one", "--network", "web")
                #expect(bridge.status == 125 && bridge.oneErrorLine && bridge.err.contains("pasta"), "\(bridge)")
                #expect(try serve(lab, "one", "--network", "pasta", "-p", "8080:80").status == 0)
                let second = try serve(lab, "two", "--network", "pasta", "-p", "8080:80")
                #expect(second.status == 125 && second.oneErrorLine, "\(second)")
                #expect(try lab.hako("ps", "-aq").lines.count == 1)
            }
        }
    }
}
