import Foundation
import Testing

extension IntegrationTests {
    /// Beside other firewalls: what they drop by policy, hako's bridges pass; what they refuse by name stays refused.
    @Suite(.requires(Machine.exists("/usr/bin/python3"), "python3 is missing"))
    struct FirewallTests {
        /// Two that are connected by names, one of them published, and a server outside: all ways are tried.
        private func allWaysAreOpen(_ lab: NetworkLab, _ said: String) throws {
            let server = try lab.serverOutside(7000)
            defer { server.send(SIGKILL) }
            #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress, "\(said)")
            #expect(try lab.ask(from: .host, "127.0.0.1", 8080) == "10.89.0.1", "\(said)")
            #expect(
                eventually { (try? lab.ask(from: .container("two"), NetworkLab.outsideAddress, 7000)) == NetworkLab.hostAddress },
                "\(said)")
            let resolved = "import socket; print(socket.gethostbyname('one'))"
            let name = try lab.hako("exec", "two", "timeout", "5", "python3", "-c", resolved)
            #expect(name.text == "10.89.0.2", "\(said) \(name)")
            #expect(try lab.ask(from: .container("two"), "one", 80) == "10.89.0.3", "\(said)")
        }

        /// Port 81, which the rules of the test refuse; the server there is well.
        private func refusedByNameIsRefused(_ lab: NetworkLab) throws {
            try lab.hako("exec", "-d", "one", "python3", "-c", NetworkLab.echo, "81")
            #expect(eventually { (try? lab.ask(from: .container("one"), "127.0.0.1", 81)) == "127.0.0.1" })
            #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8081).hasPrefix("failed"))
        }

        private func start(_ lab: NetworkLab) throws {
            try lab.hako("network", "create", "web")
            try lab.serve("one", "--network", "web", "-p", "8080:80", "-p", "8081:81")
            try lab.serve("two", "--network", "web")
        }

        private func ours(_ lab: NetworkLab) throws -> [String] {
            try lab.onHost("iptables", "-S").lines.filter { $0.contains("hako") }
        }

        @Test func iptablesThatDrop() throws {
            try withLab { lab in
                // As docker leaves FORWARD, and as servers' images have INPUT.
                let rules = """
                    set -e; iptables -P FORWARD DROP; iptables -A FORWARD -p tcp --dport 81 -j DROP
                    iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; iptables -A INPUT -i lo -j ACCEPT
                    iptables -A INPUT -j REJECT
                    """
                #expect(try lab.onHost("sh", "-c", rules).status == 0)
                try start(lab)
                try allWaysAreOpen(lab, "policy")
                try refusedByNameIsRefused(lab)
                #expect(
                    try ours(lab) == [
                        "-A INPUT -i hako0 -p tcp -m tcp --dport 53 -m comment --comment \"hako hako0\" -j ACCEPT",
                        "-A INPUT -i hako0 -p udp -m udp --dport 53 -m comment --comment \"hako hako0\" -j ACCEPT",
                        "-A FORWARD -i hako0 -m comment --comment \"hako hako0\" -j ACCEPT",
                        "-A FORWARD -o hako0 -m comment --comment \"hako hako0\" -j ACCEPT",
                    ])
                // Other services of the host's stay closed to containers.
                let server = try Child(
                    lab.hako.prefix + ["python3", "-c", NetworkLab.echo, "6000"], environment: Machine.environment)
                defer { server.send(SIGKILL) }
                #expect(eventually { (try? lab.ask(from: .host, "127.0.0.1", 6000)) == "127.0.0.1" })
                #expect(try lab.ask(from: .container("two"), "10.89.0.1", 6000).hasPrefix("failed"))
                try lab.hako("rm", "-f", "one", "two")
                try lab.hako("network", "rm", "web")
                #expect(try ours(lab) == [])
                #expect(try lab.onHost("iptables", "-S", "FORWARD").lines.count == 2)
            }
        }

        @Test func rulesThatEndWithARefusal() throws {
            try withLab { lab in
                try start(lab)
                #expect(try ours(lab) == [])
                // It comes while containers run: the next start, or a reload, opens it.
                #expect(
                    try lab.onHost("iptables", "-A", "FORWARD", "-j", "REJECT", "--reject-with", "icmp-host-prohibited").status
                        == 0)
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080).hasPrefix("failed"))
                #expect(try lab.hako("network", "reload").status == 0)
                try allWaysAreOpen(lab, "reload")
                let rules = try lab.onHost("iptables", "-S", "FORWARD").lines
                #expect(rules.count == 4 && rules.last?.contains("REJECT") == true, "\(rules)")
                #expect(try lab.onHost("iptables", "-D", "FORWARD", "2").status == 0)
                try lab.serve("three", "--network", "web")
                #expect(try ours(lab).count == 2)
                try allWaysAreOpen(lab, "start")
            }
        }

        private static let privateUfw = """
            set -e; cp -a /etc/ufw "$0/ufw"; mount --bind "$0/ufw" /etc/ufw
            cp -a /etc/default/ufw "$0/default"; mount --bind "$0/default" /etc/default/ufw; ufw --force enable

            """

        @Test(
            .requires(Machine.exists("/usr/sbin/ufw"), "ufw is missing"),
            arguments: ["ufw route deny to any port 81", "ufw default reject routed; ufw route deny to any port 81"])
        func ufw(choice: String) throws {
            try withLab { lab in
                let enabled = try lab.onHost("sh", "-c", Self.privateUfw + choice, lab.hako.directory)
                #expect(enabled.status == 0, "\(enabled)")
                try start(lab)
                try allWaysAreOpen(lab, "ufw")
                try refusedByNameIsRefused(lab)
                #expect(try lab.onHost("ufw", "reload").status == 0)
                try allWaysAreOpen(lab, "ufw reload")
            }
        }

        @Test(.requires(Machine.hasPeers, "firewalld was not unpacked (scripts/peers/fetch.sh)")) func firewalld() throws {
            try withLab { lab in
                let firewalld = try Child(
                    lab.hako.prefix + ["\(Machine.project)/scripts/peers/firewalld.sh"], environment: Machine.environment)
                defer { firewalld.send(SIGKILL) }
                #expect(eventually(within: 30) { (try? zones(lab).contains { $0.contains("goto") }) == true })
                try start(lab)
                #expect(try zones(lab).contains { $0.contains("hako0") && $0.contains("trusted") })
                try allWaysAreOpen(lab, "firewalld")
                #expect(try lab.onHost("sh", "-c", Self.reload).status == 0)
                try allWaysAreOpen(lab, "firewalld's reload")
                // A zone that was lost comes back with the next start.
                #expect(try lab.onHost("sh", "-c", Self.forget).status == 0)
                let server = try lab.serverOutside(7001)
                defer { server.send(SIGKILL) }
                let asked = { try? lab.ask(from: $0, NetworkLab.outsideAddress, 7001) }
                #expect(eventually { asked(.host) == NetworkLab.hostAddress })
                #expect(asked(.container("two"))?.hasPrefix("failed") == true)
                try lab.serve("three", "--network", "web")
                try allWaysAreOpen(lab, "start")
                try lab.hako("rm", "-f", "one", "two", "three")
                try lab.hako("network", "rm", "web")
                #expect(try !zones(lab).contains { $0.contains("hako0") })
                // Nor in its files.
                #expect(try lab.onHost("sh", "-c", Self.reload).status == 0)
                #expect(try !zones(lab).contains { $0.contains("hako0") })
            }
        }

        @Test(.requires(Machine.hasPeers, "docker was not unpacked (scripts/peers/fetch.sh)")) func docker() throws {
            try withLab { lab in
                let docker = try Child(
                    lab.hako.prefix + ["\(Machine.project)/scripts/peers/docker-firewall.sh", lab.hako.directory],
                    environment: Machine.environment)
                defer { docker.send(SIGKILL) }
                let rules = { (try? lab.onHost("iptables", "-S", "FORWARD"))?.out ?? "" }
                #expect(eventually(within: 60) { rules().contains("-P FORWARD DROP") && rules().contains("DOCKER") })
                try start(lab)
                try allWaysAreOpen(lab, "docker")
                try lab.hako("rm", "-f", "one", "two")
                try lab.hako("network", "rm", "web")
                #expect(try ours(lab) == [])
            }
        }

        private static let call =
            "dbus-send --system --print-reply --dest=org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1 "
        private static let reload = call + "org.fedoraproject.FirewallD1.reload"
        private static let forget = call + "org.fedoraproject.FirewallD1.zone.removeInterface string:trusted string:hako0"

        private func zones(_ lab: NetworkLab) throws -> [String] {
            try lab.onHost("nft", "list", "chain", "inet", "firewalld", "filter_FORWARD_ZONES").lines
        }
    }
}
