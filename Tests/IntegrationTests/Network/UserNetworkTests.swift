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

        /// The programs that are a plain user's networks, of this host of the test's own: whatever their command lines say.
        private func programs(in lab: NetworkLab) throws -> [String] {
            try host("pgrep", "-u", "\(Identity.userID)", "-f", "-l", "slirp4netns|pasta|user-network|name-server").lines
        }

        /// `hako run -d … 2>&1 | cat` ends: what stays keeps nothing that the caller reads.
        @Test(arguments: ["pasta", "slirp4netns", "web"])
        func whatStaysKeepsNoOutputOfTheCommands(_ network: String) throws {
            try withLab(.user) { lab in
                try lab.hako("network", "create", "web")
                let words = ["run", "-d", "--name", "box", "--network", network, "--rootfs", lab.hako.rootfs, "sleep", "60"]
                let outcome = try lab.hako.spawn(["sh", "-c", "\"$@\" 2>&1 | cat", "sh"] + lab.hako.hakoWords(words)).finish(
                    within: 30)
                #expect(outcome.status == 0 && outcome.lines.count == 1, "\(outcome)")
                #expect(try lab.hako("rm", "-f", "-t", "0", "box").text == "box")
                #expect(try lab.hako("network", "rm", "web").text == "web")
                #expect(eventually { (try? programs(in: lab)) == [] })
            }
        }

        /// The program that makes the network may look into the container's first process only while that is the user's own.
        @Test(arguments: ["pasta", "slirp4netns", "web"], [["-u", "1000"], ["--userns", "keep-id", "-u", "1000"]])
        func theCommandsUserMayBeAnother(_ network: String, _ options: [String]) throws {
            try withLab(.user) { lab in
                try lab.hako("network", "create", "web")
                for _ in 0..<3 {
                    let words = ["run", "--rm", "--network", network] + options + ["--rootfs", lab.hako.rootfs, "id", "-u"]
                    let ran = try lab.hako.spawn(lab.hako.hakoWords(words)).finish(within: 30)
                    #expect(ran.text == "1000", "\(ran)")
                }
                #expect(try lab.hako("network", "rm", "web").text == "web")
                #expect(eventually { (try? programs(in: lab)) == [] })
            }
        }

        @Test(arguments: ["pasta", "slirp4netns"])
        func aStartThatFailsLeavesNoProgram(_ network: String) throws {
            try withLab(.user) { lab in
                let words = ["run", "--rm", "--network", network, "--rootfs", lab.hako.rootfs, "/no/such/command"]
                let outcome = try lab.hako.spawn(lab.hako.hakoWords(words)).finish(within: 60)
                #expect(outcome.status == 127 && outcome.oneErrorLine, "\(outcome)")
                #expect(eventually { (try? programs(in: lab)) == [] })
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
                // The one that could not publish its port has left none either.
                #expect(eventually { (try? programs(in: lab)) == [] })
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

        @Test func portsOfOthersAreTaken() throws {
            try withLab(.user) { lab in
                #expect(try serve(lab, "one", "--network", "pasta", "-p", "8080:80").status == 0)
                let second = try serve(lab, "two", "--network", "pasta", "-p", "8080:80")
                #expect(second.status == 125 && second.oneErrorLine, "\(second)")
                #expect(try lab.hako("ps", "-aq").lines.count == 1)
            }
        }

        /// Bridges in a namespace of the user's own.
        @Test(.debian) func aPlainUsersContainersFindEachOther() throws {
            try withLab(.user) { lab in
                let hako = lab.hako
                let server = try lab.serverOutside(4000)
                #expect(try hako("network", "create", "web").status == 0)
                let one = try serve(lab, "one", "--network", "web:alias=site", "-p", "8080:80")
                #expect(one.status == 0, "\(one)")
                // busybox cannot look names up: its library is not in it.
                let two = ["run", "-d", "--name", "two", "--network", "web", "--rootfs", hako.debian, "sleep", "1000"]
                #expect(try hako.spawn(hako.hakoWords(two)).finish(within: 60).status == 0)
                let address = try lab.address("one", "web")
                #expect(address.hasPrefix("10.89.0."))
                func get(_ from: String, _ name: String) throws -> String {
                    let ask =
                        "exec 3<>/dev/tcp/\(name)/80 && printf 'GET /etc/hostname HTTP/1.0\\r\\n\\r\\n' >&3 && grep -c 200 <&3"
                    return try hako("exec", from, "bash", "-c", ask).text
                }
                #expect(try get("two", "one") == "1" && get("two", "site.web") == "1")
                #expect(try get("two", address) == "1")
                // Out by pasta, in by a published port, which knows the client.
                let out = try hako("exec", "two", "bash", "-c", "cat </dev/tcp/\(NetworkLab.outsideAddress)/4000")
                #expect(out.text == NetworkLab.hostAddress, "\(out)")
                #expect(asks(lab, 8080))
                #expect(
                    eventually {
                        (try? hako("logs", "one")).map { ($0.out + $0.err).contains(NetworkLab.outsideAddress) } == true
                    })
                withExtendedLifetime(server) {}
                // Ids are what they are without a network.
                #expect(try hako("exec", "one", "sh", "-c", "id -u; tr -s ' ' </proc/self/uid_map").lines.first == "0")
                #expect(try hako("exec", "one", "touch", "/kept").status == 0)
                #expect(try host("stat", "-c", "%u", "\(hako.rootfs)/kept").text == "\(Identity.userID)")
                // Changes while they run.
                #expect(try hako("network", "create", "back").status == 0)
                #expect(try hako("network", "connect", "back", "one").status == 0)
                #expect(try hako("exec", "one", "ls", "/sys/class/net").lines.count == 3)
                #expect(try hako("network", "disconnect", "back", "one").status == 0)
                let sctp = try serve(lab, "three", "--network", "web", "-p", "8081:80/sctp")
                #expect(sctp.status == 125 && sctp.oneErrorLine && sctp.err.contains("not sctp"), "\(sctp)")
                let taken = try serve(lab, "three", "--network", "web", "-p", "8080:80")
                #expect(taken.status == 125 && taken.oneErrorLine, "\(taken)")
                // A monitor that is killed, and the end.
                let id = try hako("inspect", "-f", "{{.Id}}", "one").text
                kill(try #require(Int32(try host("pgrep", "-f", "monitor.*\(id)").lines.first ?? "")), SIGKILL)
                #expect(eventually { (try? hako("inspect", "-f", "{{.State.Running}}", "one"))?.text == "false" })
                let check = try hako("system", "check")
                #expect(check.status == 0, "\(check)")
                #expect(try hako("start", "one").status == 0)
                #expect(asks(lab, 8080))
                #expect(try get("two", "one") == "1")
                #expect(try hako("rm", "-f", "one", "two").status == 0)
                let removed = try hako("network", "rm", "web", "back")
                #expect(removed.status == 0, "\(removed)")
                #expect(
                    eventually { (try? programs(in: lab)) == [] })
            }
        }
    }
}
