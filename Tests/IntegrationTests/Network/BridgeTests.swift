import Foundation
import Testing

extension IntegrationTests {
    @Suite(.requires(Machine.exists("/usr/bin/python3"), "python3 is missing"))
    struct BridgeTests {
        @Test func theUsualNetworkHasAWayOutAndAWayToOthers() throws {
            try withLab { lab in
                let server = try lab.serverOutside(4000)
                try lab.serve("one", "--network", "bridge")
                try lab.serve("two", "--network", "bridge")
                let (one, two) = (try lab.address("one"), try lab.address("two"))
                #expect(one.hasPrefix("10.88.0.") && two.hasPrefix("10.88.0.") && one != two)
                #expect(try lab.ask(from: .container("two"), one, 80) == two)
                #expect(try lab.ask(from: .host, one, 80) == "10.88.0.1")
                // To the world they come from the host.
                #expect(
                    eventually {
                        (try? lab.ask(from: .container("one"), NetworkLab.outsideAddress, 4000)) == NetworkLab.hostAddress
                    })
                // From the world nobody comes in, route or not, and nobody reaches the host's own loopback.
                #expect(try lab.ask(from: .outside, one, 80).hasPrefix("failed"))
                withExtendedLifetime(server) {}
                let hosts = try lab.hako("exec", "one", "cat", "/etc/hosts").text
                #expect(hosts.contains("\(one)\t") && hosts.contains("10.88.0.1\thost.containers.internal"))
                #expect(try lab.hako("exec", "one", "ip", "-o", "link", "show", "eth0").text.contains("mtu 1500"))
                // The link goes with the container, and the bridge stays.
                try lab.hako("rm", "-f", "one", "two")
                #expect(eventually { (try? lab.onHost("ip", "-br", "link"))?.out.contains("hk-") == false })
                #expect(try lab.onHost("ip", "-br", "link").out.contains("hako0"))
            }
        }

        @Test func publishedPortsAreReachedFromEverywhereAndKnowTheClient() throws {
            try withLab { lab in
                try lab.serve("web", "--network", "bridge", "-p", "8080:80", "-p", "8080:80/udp", "-p", "127.0.0.1:9000:80")
                try lab.serve("other", "--network", "bridge")
                let web = try lab.address("web")
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress)
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080, "udp") == NetworkLab.outsideAddress)
                for address in ["127.0.0.1", NetworkLab.hostAddress, "10.88.0.1"] {
                    let source = address == NetworkLab.hostAddress ? address : "10.88.0.1"
                    #expect(try lab.ask(from: .host, address, 8080) == source, "\(address)")
                    // Other containers, and itself, by the host's addresses.
                    guard address != "127.0.0.1" else { continue }
                    for name in ["other", "web"] {
                        #expect(try !lab.ask(from: .container(name), address, 8080).hasPrefix("failed"), "\(name) \(address)")
                    }
                }
                #expect(try lab.ask(from: .host, "127.0.0.1", 9000) == "10.88.0.1")
                for place in [NetworkLab.Place.outside, .host] {
                    #expect(try lab.ask(from: place, NetworkLab.hostAddress, 9000).hasPrefix("failed"))
                }
                #expect(
                    try lab.hako("port", "web").lines == [
                        "80/tcp -> 0.0.0.0:8080", "80/udp -> 0.0.0.0:8080", "80/tcp -> 127.0.0.1:9000",
                    ])
                #expect(try lab.hako("port", "web", "80/udp").text == "0.0.0.0:8080")
                #expect(try lab.hako("ps").out.contains("0.0.0.0:8080->80/tcp, 0.0.0.0:8080->80/udp, 127.0.0.1:9000->80/tcp"))
                #expect(try lab.hako("ps", "-q", "--filter", "publish=9000").lines.count == 1)
                #expect(try lab.elements().contains { $0.contains("\(web) . 80") })
                try lab.hako("stop", "-t", "0", "web")
                #expect(try lab.elements() == [])
                // The same again, after a start.
                try lab.hako("start", "web")
                #expect(try lab.address("web") == web)
                #expect(eventually { (try? lab.ask(from: .outside, NetworkLab.hostAddress, 8080)) == NetworkLab.outsideAddress })
            }
        }

        @Test func portsAreTakenOnceAndGivenBack() throws {
            try withLab { lab in
                try lab.serve("one", "--network", "bridge", "-p", "8080:80", "-p", "7000-7009:7000-7009")
                #expect(try lab.hako("ps").out.contains("0.0.0.0:7000-7009->7000-7009/tcp"))
                let second = try lab.hako("run", "-d", "--name", "two", "--network", "bridge", "-p", "8080:80", "host", "true")
                #expect(
                    second.status == 125 && second.oneErrorLine && second.err.contains("8080/tcp of the host is taken"),
                    "\(second)")
                #expect(try lab.hako("ps", "-aq").lines.count == 1)
                // What the host's own programs have is theirs as well, and the other way round.
                let server = try Child(
                    lab.hako.prefix + ["python3", "-c", NetworkLab.echo, "6000"], environment: Machine.environment)
                #expect(eventually { (try? lab.ask(from: .host, "127.0.0.1", 6000)) == "127.0.0.1" })
                #expect(try lab.hako("run", "-d", "--network", "bridge", "-p", "6000:80", "host", "true").status == 125)
                withExtendedLifetime(server) {}
                #expect(try lab.onHost("python3", "-c", "import socket; socket.socket().bind(('', 7005))").status != 0)
                // One that is free, and one of several.
                try lab.serve("free", "--network", "bridge", "-p", "80", "-p", "7005-7011:80/tcp")
                let places = try lab.hako("port", "free").lines
                #expect(places.count == 2 && places[1] == "80/tcp -> 0.0.0.0:7010", "\(places)")
                let port = Int(places[0].split(separator: ":").last ?? "") ?? 0
                #expect(try lab.ask(from: .host, "127.0.0.1", port) == "10.88.0.1")
                try lab.hako("rm", "-f", "one")
                try lab.serve("two", "--network", "bridge", "-p", "8080:80")
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress)
            }
        }

        @Test func portsComeAndGoWhileItRuns() throws {
            try withLab { lab in
                try lab.serve("web", "--network", "bridge")
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080).hasPrefix("failed"))
                let added = try lab.hako("update", "--publish-add", "8080:80", "web")
                #expect(added.status == 0 && added.text == "web", "\(added)")
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress)
                #expect(try lab.onHost("python3", "-c", "import socket; socket.socket().bind(('', 8080))").status != 0)
                let taken = try lab.hako("run", "--rm", "--network", "bridge", "-p", "8080:80", "host", "true")
                #expect(taken.status == 125)
                #expect(try lab.hako("update", "--publish-add", "8081:81", "--publish-rm", "8080:80", "web").status == 0)
                #expect(try lab.hako("port", "web").lines == ["81/tcp -> 0.0.0.0:8081"])
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080).hasPrefix("failed"))
                #expect(try lab.onHost("python3", "-c", "import socket; socket.socket().bind(('', 8080))").status == 0)
                let unknown = try lab.hako("update", "--publish-rm", "99", "web")
                #expect(unknown.status != 0 && unknown.oneErrorLine, "\(unknown)")
                try lab.hako("restart", "-t", "0", "web")
                #expect(try lab.hako("port", "web").lines == ["81/tcp -> 0.0.0.0:8081"])
            }
        }

        /// A client that goes on sending from one port of its own.
        @Test func datagramsFollowThePortToItsNextContainer() throws {
            try withLab { lab in
                try lab.serve("one", "--network", "bridge", "-p", "8080:80/udp")
                let script = """
                    import socket, sys, time
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("\(NetworkLab.hostAddress)", 8080)); s.settimeout(0.2)
                    answered = False
                    for _ in range(100):
                        try:
                            s.send(b"x"); s.recv(100)
                            if not answered: print("answered", flush=True)
                            answered = True
                        except OSError: answered = False
                        time.sleep(0.05)
                    """
                let client = try lab.clientOutside(script)
                usleep(500_000)
                try lab.hako("rm", "-f", "one")
                usleep(500_000)
                try lab.serve("two", "--network", "bridge", "-p", "8080:80/udp")
                // Twice: by the first container, and by the second.
                #expect(try client.finish(within: 60).lines == ["answered", "answered"])
            }
        }

        /// A client that comes again from the port that it came from before, where the first container ended the connection by RST: the
        /// kernel does not take its SYN for a new connection's, but leads it to where the one before went.
        @Test func clientsFollowThePortToItsNextContainer() throws {
            let server = """
                import socket, time
                s = socket.create_server(("", 80))
                while True: c = s.accept()[0]; time.sleep(0.2); c.sendall(b"answered"); c.close()
                """
            let client = """
                import socket, time
                for _ in range(100):
                    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("", 5000)); s.settimeout(2)
                    try: s.connect(("\(NetworkLab.hostAddress)", 8080)); s.send(b"x"); print(s.recv(100).decode()); break
                    except ConnectionRefusedError: time.sleep(0.05)
                    except OSError as e: print(e.__class__.__name__); break
                """
            try withLab { lab in
                var addresses: [String] = []
                for name in ["one", "two", "three"] {
                    let started = try lab.hako(
                        "run", "-d", "--name", name, "--network", "bridge", "-p", "8080:80", "host", "python3", "-c", server)
                    #expect(started.status == 0, "\(started)")
                    #expect(try lab.clientOutside(client).finish(within: 30).text == "answered", "\(name)")
                    addresses.append(try lab.address(name))
                    // What is remembered of it goes, with the container and with the port alone.
                    if name == "two" {
                        try lab.hako("update", "--publish-rm", "8080:80", name)
                    } else {
                        try lab.hako("rm", "-f", name)
                    }
                    #expect(try !lab.onHost("cat", "/proc/net/nf_conntrack").out.contains("dport=8080"), "\(name)")
                }
                // The second runs on.
                let reached = try lab.onHost("nft", "list", "set", "inet", "hako0", "reached4").out
                #expect(addresses.map { reached.contains($0) } == [false, true, false], "\(addresses) \(reached)")
            }
        }

        @Test func networksAreApartAndInternalOnesHaveNoWayOut() throws {
            try withLab { lab in
                let server = try lab.serverOutside(4000)
                try lab.hako("network", "create", "inside", "--internal")
                try lab.hako("network", "create", "open", "-o", "isolate=false")
                try lab.hako("network", "create", "shut")
                for name in ["inside", "open", "shut"] { try lab.serve("in-\(name)", "--network", name) }
                try lab.serve("in-bridge", "--network", "bridge", "-p", "8080:80")
                let place = try ["inside", "open", "shut", "bridge"].reduce(into: [:]) {
                    $0[$1] = try lab.address("in-\($1)", $1)
                }
                func reaches(_ from: String, _ to: String) throws -> Bool {
                    try !lab.ask(from: .container("in-\(from)"), place[to]!, 80).hasPrefix("failed")
                }
                for (from, to) in [
                    ("shut", "bridge"), ("bridge", "shut"), ("shut", "inside"), ("inside", "shut"), ("inside", "bridge"),
                    ("open", "shut"), ("open", "inside"),
                ] {
                    #expect(try !reaches(from, to), "\(from) \(to)")
                }
                #expect(
                    eventually {
                        (try? lab.ask(from: .container("in-open"), NetworkLab.outsideAddress, 4000)) == NetworkLab.hostAddress
                    })
                #expect(try lab.ask(from: .container("in-inside"), NetworkLab.outsideAddress, 4000).hasPrefix("failed"))
                // A published port is for everyone.
                #expect(try !lab.ask(from: .container("in-shut"), NetworkLab.hostAddress, 8080).hasPrefix("failed"))
                withExtendedLifetime(server) {}
            }
        }

        @Test func theHostsLoopbackIsNobodyElses() throws {
            try withLab { lab in
                let server = try Child(
                    lab.hako.prefix + ["python3", "-c", NetworkLab.echo, "6000"], environment: Machine.environment)
                try lab.serve("one", "--network", "bridge")
                #expect(eventually { (try? lab.ask(from: .host, "127.0.0.1", 6000)) == "127.0.0.1" })
                // A container that sends what is for 127.0.0.1 to the bridge, as one with the right to set its network may.
                let script = """
                    echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo
                    ip route add 127.0.0.1/32 via 10.88.0.1 src \(try lab.address("one")) && ip route get 127.0.0.1 | grep -o 'dev eth0'
                    """
                let pid = try lab.hako("inspect", "-f", "{{.State.Pid}}", "one").text
                let prepared = try host("nsenter", "-t", pid, "-n", "sh", "-c", script)
                #expect(prepared.text == "dev eth0", "\(prepared)")
                #expect(try lab.ask(from: .container("one"), "127.0.0.1", 6000).hasPrefix("failed"))
                withExtendedLifetime(server) {}
            }
        }

        @Test func ipv6() throws {
            try withLab { lab in
                #expect(try lab.hako("network", "create", "six", "--ipv6").text == "six")
                try lab.serve("web", "--network", "six", "-p", "8080:80", "-p", "[2001:db8::2]:9000:80")
                try lab.serve("other", "--network", "six")
                let address = try lab.address("web", "six", key: "GlobalIPv6Address")
                let other = try lab.address("other", "six", key: "GlobalIPv6Address")
                #expect(address.hasPrefix("fd"))
                #expect(try lab.ask(from: .container("other"), address, 80) == other)
                // Neighbours may still be looking for each other.
                #expect(eventually { (try? lab.ask(from: .outside, "2001:db8::2", 8080)) == "2001:db8::1" })
                #expect(try lab.ask(from: .outside, "2001:db8::2", 9000) == "2001:db8::1")
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 9000).hasPrefix("failed"))
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress)
                // IPv6's own loopback leads nowhere, and says so at once.
                #expect(try lab.ask(from: .host, "::1", 8080) == "failed: ConnectionRefusedError")
                #expect(try lab.hako("exec", "other", "getent", "ahostsv6", "web").text.hasPrefix(address))
                try lab.hako(
                    "network", "create", "fixed", "--subnet", "fd00:5::/64", "--subnet", "10.77.0.0/24", "--ip-range",
                    "10.77.0.64/26")
                try lab.serve("place", "--network", "fixed:ip6=fd00:5::99,mac=02:11:22:33:44:55")
                #expect(try lab.address("place", "fixed", key: "GlobalIPv6Address") == "fd00:5::99")
                #expect(try lab.address("place", "fixed") == "10.77.0.64")
                #expect(try lab.hako("exec", "place", "cat", "/sys/class/net/eth0/address").text == "02:11:22:33:44:55")
            }
        }
    }
}
