import Foundation
import Testing

extension IntegrationTests {
    @Suite(.requires(Machine.exists("/usr/bin/python3"), "python3 is missing"))
    struct NetworkFaultTests {
        private func killMonitor(of name: String, _ lab: NetworkLab) throws {
            let id = try lab.hako("inspect", "-f", "{{.Id}}", name).text
            let pid = try #require(Int32(try host("pgrep", "-f", "monitor.*\(id)").lines.first ?? ""))
            kill(pid, SIGKILL)
            #expect(eventually { (try? lab.hako("inspect", "-f", "{{.State.Running}}", name))?.text == "false" })
        }

        @Test func whatAKilledMonitorLeftTheNextCommandRemoves() throws {
            try withLab { lab in
                for (number, command) in [
                    ["network", "ls"], ["ps"], ["rm", "-f", "one"], ["start", "one"], ["system", "check"],
                ].enumerated() {
                    try lab.serve("one", "--network", "bridge", "-p", "8080:80")
                    let before = try lab.elements()
                    #expect(before.count == 1, "\(before)")
                    try killMonitor(of: "one", lab)
                    #expect(try lab.elements() == before, "\(number)")
                    let outcome = try lab.hako.spawn(lab.hako.hakoWords(command)).finish(within: 30)
                    #expect(outcome.status == 0, "\(command) \(outcome)")
                    #expect(try lab.elements().count == (command[0] == "start" ? 1 : 0), "\(command)")
                    // The port is free for another.
                    try lab.hako("rm", "-f", "one")
                    try lab.serve("one", "--network", "bridge", "-p", "8080:80")
                    #expect(try lab.ask(from: .host, "127.0.0.1", 8080) == "10.88.0.1")
                    try lab.hako("rm", "-f", "one")
                }
            }
        }

        @Test func aPortThatADeadContainerHasIsTaken() throws {
            try withLab { lab in
                try lab.serve("one", "--network", "bridge", "-p", "8080:80")
                try killMonitor(of: "one", lab)
                try lab.serve("two", "--network", "bridge", "-p", "8080:80")
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress)
                #expect(try lab.elements().count == 1)
                // What the dead one had is not taken from the other.
                try lab.hako("rm", "-f", "one")
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress)
            }
        }

        @Test func killedAtAnyMomentOfAStartNothingStays() throws {
            try withLab { lab in
                try lab.hako("network", "create", "web")
                try lab.hako("run", "--rm", "--network", "web", "--rootfs", lab.hako.rootfs + ":O", "true")
                for round in 0..<(Machine.isSlow ? 5 : 40) {
                    let child = try lab.hako.spawn(
                        lab.hako.hakoWords([
                            "run", "-d", "--name", "one", "--network", "web", "-p", "8080:80", "--rootfs",
                            lab.hako.rootfs + ":O", "sleep", "60",
                        ]))
                    usleep(UInt32(round * 700))
                    for line in try host("pgrep", "-f", "hako-runtime.*\(lab.hako.stateRoot).*monitor").lines {
                        if let pid = Int32(line) { kill(pid, SIGKILL) }
                    }
                    _ = try child.finish(within: 30)
                    let next = try lab.hako("system", "check")
                    #expect(next.status == 0, "\(next)")
                    try lab.hako("rm", "-f", "--all")
                    #expect(try lab.elements() == [], "round \(round)")
                    let members = (try? FileManager.default.subpathsOfDirectory(atPath: "\(lab.hako.stateRoot)/networks")) ?? []
                    #expect(!members.contains { $0.hasSuffix(".json") && $0.contains("members/") }, "\(members)")
                    try lab.serve("two", "--network", "web", "-p", "8080:80")
                    let answer = try lab.ask(from: .host, "127.0.0.1", 8080)
                    let elements = try lab.elements()
                    #expect(!answer.hasPrefix("failed"), "round \(round): \(answer), \(elements)")
                    try lab.hako("rm", "-f", "two")
                }
                #expect(eventually { (try? lab.onHost("ip", "-br", "link"))?.out.contains("hk-") == false })
            }
        }

        @Test func whatWasTakenAwayByHandIsMadeAgain() throws {
            try withLab { lab in
                try lab.hako("network", "create", "web")
                try lab.serve("one", "--network", "web", "-p", "8080:80")
                try lab.serve("two", "--network", "web")
                let one = try lab.address("one", "web")
                for damage in [
                    "nft flush ruleset", "ip link del hako0", "ip link del hako0; nft flush ruleset", "ip link set hako0 down",
                    "ip addr flush dev hako0; nft flush ruleset",
                ] {
                    #expect(try lab.onHost("sh", "-c", damage).status == 0)
                    let reload = try lab.hako("network", "reload")
                    #expect(reload.status == 0 && reload.text == "web", "\(reload)")
                    #expect(
                        eventually { (try? lab.ask(from: .outside, NetworkLab.hostAddress, 8080)) == NetworkLab.outsideAddress },
                        "\(damage)")
                    #expect(try !lab.ask(from: .container("two"), one, 80).hasPrefix("failed"), "\(damage)")
                    #expect(try lab.hako("exec", "two", "getent", "hosts", "one").text.hasPrefix(one), "\(damage)")
                }
                // A container that starts makes it again as well, for all.
                #expect(try lab.onHost("sh", "-c", "ip link del hako0; nft flush ruleset").status == 0)
                try lab.serve("three", "--network", "web")
                #expect(eventually { (try? lab.ask(from: .outside, NetworkLab.hostAddress, 8080)) == NetworkLab.outsideAddress })
                // Its name server is made again too.
                let server = try #require(Int32(try host("pgrep", "-f", "name-server.*\(lab.hako.stateRoot)").lines.first ?? ""))
                kill(server, SIGKILL)
                try lab.hako("network", "reload")
                #expect(try lab.hako("exec", "two", "getent", "hosts", "one").text.hasPrefix(one))
            }
        }

        @Test func aNameServerThatWasKilledIsStartedAgain() throws {
            try withLab { lab in
                try lab.hako("network", "create", "web")
                try lab.serve("one", "--network", "web")
                try lab.serve("two", "--network", "web")
                func servers() throws -> [String] { try host("pgrep", "-f", "name-server.*\(lab.hako.stateRoot)").lines }
                let asked = "import socket; print(socket.gethostbyname('one'))"
                // The server's own starter is among those who watch it, and may be gone.
                for _ in 0..<2 {
                    Thread.sleep(forTimeInterval: 1.1)
                    let server = try #require(Int32(try servers().first ?? ""))
                    kill(server, SIGKILL)
                    #expect(eventually { (try? servers())?.first.map { $0 != "\(server)" } == true })
                    let answer = try lab.hako("exec", "two", "timeout", "5", "python3", "-c", asked)
                    #expect(answer.text == "10.89.0.2", "\(answer)")
                }
                #expect(try servers().count == 1)
                try lab.hako("rm", "-f", "one", "two")
                #expect(eventually { (try? servers()) == [] })
            }
        }

        @Test func aLinkOfAnothersIsNotTouched() throws {
            try withLab { lab in
                try lab.hako("network", "create", "web")
                #expect(try lab.onHost("sh", "-c", "ip link add hako0 type bridge && ip link set hako0 alias mine").status == 0)
                let outcome = try lab.hako("run", "--rm", "--network", "web", "--rootfs", lab.hako.rootfs + ":O", "true")
                #expect(outcome.status == 125 && outcome.oneErrorLine && outcome.err.contains("not this network's"), "\(outcome)")
                #expect(try lab.onHost("ip", "link", "show", "hako0").out.contains("alias mine"))
                try lab.hako("network", "rm", "web")
                #expect(try lab.onHost("ip", "link", "show", "hako0").status == 0)
            }
        }

        @Test func aLostDatabaseKeepsAddressesApart() throws {
            try withLab { lab in
                try lab.serve("one", "--network", "bridge")
                let one = try lab.address("one")
                for file in ["hako.db", "hako.db-wal", "hako.db-shm"] {
                    try? FileManager.default.removeItem(atPath: "\(lab.hako.dataRoot)/\(file)")
                }
                try lab.serve("two", "--network", "bridge")
                let two = try lab.address("two")
                #expect(try lab.address("one") == one && two != one && two != "")
                let taken = try lab.hako("run", "--rm", "--network", "bridge:ip=\(one)", "host", "true")
                #expect(taken.status == 125 && taken.err.contains("container"), "\(taken)")
            }
        }
    }
}
