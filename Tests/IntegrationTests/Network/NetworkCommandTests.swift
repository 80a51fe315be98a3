import Foundation
import Testing

extension IntegrationTests {
    @Suite(.requires(Machine.exists("/usr/bin/python3"), "python3 is missing"))
    struct NetworkCommandTests {
        @Test func networksAreMadeListedAndRemoved() throws {
            try withLab { lab in
                let hako = lab.hako
                #expect(try hako("network", "create", "--label", "team=a", "web").text == "web")
                #expect(
                    try hako("network", "create", "--subnet", "10.50.0.0/24", "--gateway", "10.50.0.254", "own").text == "own")
                #expect(try hako("network", "create").text == "network1")
                #expect(try hako("network", "ls", "-q").lines == ["network1", "own", "web"])
                #expect(try hako("network", "ls", "-q", "-f", "label=team=a").lines == ["web"])
                let table = try hako("network", "ls").lines
                #expect(
                    table[0].split(separator: " ").map(String.init) == ["NETWORK", "ID", "NAME", "DRIVER", "SCOPE", "SUBNETS"])
                let form = "{{.Driver}} {{(index .IPAM.Config 0).Subnet}} {{(index .IPAM.Config 0).Gateway}}"
                #expect(try hako("network", "inspect", "-f", form, "own").text == "bridge 10.50.0.0/24 10.50.0.254")
                #expect(try hako("network", "exists", "own").status == 0)
                #expect(try hako("network", "exists", "none-such").status == 1)
                // Nothing of the host's changed so far.
                #expect(try !lab.onHost("ip", "-br", "link").out.contains("hako"))
                try lab.serve("one", "--network", "own")
                #expect(try lab.address("one", "own") == "10.50.0.1")
                let refused = try hako("network", "rm", "own")
                #expect(refused.status == 1 && refused.oneErrorLine && refused.err.contains("in use by one"), "\(refused)")
                #expect(try hako("network", "prune", "-f").lines == ["Deleted Networks:", "network1", "web"])
                #expect(try hako("network", "rm", "-f", "own").text == "own")
                #expect(try hako("ps", "-aq").text == "")
                #expect(try !lab.onHost("ip", "-br", "link").out.contains("hako"))
                #expect(try lab.onHost("nft", "list", "tables").text == "")
            }
        }

        @Test func subnetsThatAreInUseAreLeftAlone() throws {
            try withLab { lab in
                let setUp =
                    "ip link add b0 type bridge && ip addr add 10.88.7.1/24 dev b0 && ip addr add 10.89.1.1/24 dev b0 && ip link set b0 up"
                #expect(try lab.onHost("sh", "-c", setUp).status == 0)
                let form = "{{(index .IPAM.Config 0).Subnet}}"
                for (name, subnet) in [("a", "10.89.0.0/24"), ("b", "10.89.2.0/24")] {
                    try lab.hako("network", "create", name)
                    #expect(try lab.hako("network", "inspect", "-f", form, name).text == subnet)
                }
                try lab.serve("one", "--network", "bridge")
                #expect(try lab.address("one").hasPrefix("10.89.3."))
                let overlapping = try lab.hako("network", "create", "--subnet", "10.89.0.128/25", "c")
                #expect(
                    overlapping.status == 125 && overlapping.oneErrorLine && overlapping.err.contains("overlaps"),
                    "\(overlapping)")
            }
        }

        @Test func badInputsAreRefusedInOneLine() throws {
            try withLab { lab in
                try lab.hako("network", "create", "--subnet", "10.60.0.0/29", "small")
                let cases: [([String], String)] = [
                    (["network", "create", "host"], "means something else"),
                    (["network", "create", "-d", "overlay", "x"], "bridge, macvlan"),
                    (["network", "create", "--subnet", "10.1.1.0", "x"], "not a subnet"),
                    (["network", "create", "--subnet", "10.1.1.0/31", "x"], "no room"),
                    (["network", "create", "--subnet", "10.1.1.0/24", "--gateway", "10.1.2.1", "x"], "in none of the subnets"),
                    (["network", "create", "-o", "speed=9", "x"], "mtu and isolate"),
                    (["network", "create", "-o", "mtu=10", "x"], "mtu"),
                    (["network", "create", "-d", "macvlan", "x"], "parent=DEVICE"),
                    (["network", "create", "-d", "macvlan", "-o", "parent=nolink", "x"], "no such link"),
                    (["network", "create", "small"], "there already"), (["network", "rm", "nothing"], "no such network"),
                    (["network", "connect", "small", "nothing"], "no such container"),
                    (["run", "--network", "nothing", "host", "true"], "no such network"),
                    (["run", "--network", "small:ip=10.60.0.99", "host", "true"], "in no subnet"),
                    (["run", "--network", "small:ip=10.60.0.1", "host", "true"], "cannot be a container's"),
                    (["run", "--network", "small:speed=1", "host", "true"], "interface_name="),
                    (["run", "--network", "small", "--network", "none", "host", "true"], "stands for itself"),
                    (["run", "--network", "small", "--network", "small", "host", "true"], "twice"),
                    (["run", "--network", "none", "-p", "80", "host", "true"], "the container has none"),
                    (["run", "--network", "small", "-p", "0:70000", "host", "true"], "no port from 1 to 65535"),
                    (["run", "--network", "small", "-p", "80-90:80-85", "host", "true"], "as many ports each"),
                    (["run", "--network", "small", "-p", "1.2.3:80:80", "host", "true"], "not an address"),
                    (["run", "--network", "small", "-p", "198.51.100.7:80:80", "host", "true"], "no address of this host"),
                    (["run", "--network", "small", "-p", "80:80/icmp", "host", "true"], "tcp, udp or sctp"),
                    (["run", "--network", "small", "-p", "80:80", "-p", "80:81", "host", "true"], "published twice"),
                    (["run", "--network", "small", "--mac-address", "01:00:00:00:00:01", "host", "true"], "one device"),
                    (["run", "--network", "small", "--ip", "fd00::1", "host", "true"], "IPv4"),
                    (["run", "--network", "small", "--dns", "nowhere", "host", "true"], "not an address"),
                    (["run", "--network", "small", "--add-host", "db", "host", "true"], "NAME:ADDRESS"),
                    (["run", "--network", "host", "--ip", "10.60.0.3", "host", "true"], "needs a network"),
                ]
                for (words, part) in cases {
                    let outcome = try lab.hako.spawn(lab.hako.hakoWords(words)).finish(within: 30)
                    #expect(outcome.status != 0 && outcome.oneErrorLine && outcome.err.contains(part), "\(words) \(outcome)")
                }
                #expect(try lab.hako("ps", "-aq").text == "")
                // A network whose addresses are all taken; one of a container that does not run is taken over.
                for number in 0..<5 {
                    try lab.hako("create", "--name", "c\(number)", "--network", "small", "host", "sleep", "60")
                }
                try lab.hako("start", "c0", "c1", "c2", "c3")
                #expect(try lab.hako("run", "--rm", "--network", "small", "host", "true").status == 0)
                try lab.hako("start", "c4")
                let full = try lab.hako("run", "--rm", "--network", "small", "host", "true")
                #expect(full.status == 125 && full.oneErrorLine && full.err.contains("no address left"), "\(full)")
            }
        }

        @Test func namesFollowWhatIsConnected() throws {
            try withLab { lab in
                let hako = lab.hako
                for name in ["front", "back"] { try hako("network", "create", name) }
                try lab.serve("web", "--network", "front", "--network", "back:alias=cache")
                try lab.serve("db", "--network", "back", "--network-alias", "data", "--network-alias", "cache")
                try lab.serve("user", "--network", "front")
                func look(_ from: String, _ name: String) throws -> [String] {
                    let text = try hako("exec", from, "getent", "ahostsv4", name).out
                    return Array(Set(text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }))
                        .sorted()
                }
                let (front, back, db) = (
                    try lab.address("web", "front"), try lab.address("web", "back"), try lab.address("db", "back")
                )
                #expect(try hako("exec", "web", "ip", "-br", "addr").lines.count == 3)
                #expect(try look("web", "db") == [db])
                #expect(try look("web", "data.back") == [db])
                #expect(try look("web", "DATA") == [db])
                #expect(try look("db", "cache") == [back, db].sorted())
                #expect(try look("user", "web") == [front])
                #expect(try look("user", "db") == [])
                #expect(try look("db", "user") == [])
                let id = try hako("inspect", "-f", "{{.Id}}", "db").text
                #expect(try look("web", String(id.prefix(12))) == [db])
                #expect(try hako("exec", "web", "getent", "hosts", db).text.hasSuffix(" db"))
                try hako("network", "connect", "--alias", "guest", "back", "user")
                #expect(try look("db", "guest") == [lab.address("user", "back")])
                #expect(try look("user", "db") == [db])
                #expect(try lab.ask(from: .container("user"), "data", 80) == lab.address("user", "back"))
                try hako("rename", "db", "store")
                #expect(try look("user", "store") == [db] && look("user", "db") == [])
                try hako("network", "disconnect", "back", "user")
                #expect(try look("db".isEmpty ? "" : "store", "guest") == [])
                #expect(try look("user", "store") == [])
                try hako("rm", "-f", "store")
                #expect(try look("web", "store") == [])
                // One process a network, that has no rights, and ends with the last container.
                let servers = try host("pgrep", "-f", "name-server.*\(hako.stateRoot)").lines
                #expect(servers.count == 2, "\(servers)")
                try hako("rm", "-f", "--all")
                #expect(eventually { (try? host("pgrep", "-f", "name-server.*\(hako.stateRoot)"))?.text == "" })
            }
        }

        @Test func manyAtOnceHaveAddressesOfTheirOwn() throws {
            try withLab { lab in
                let count = Machine.isSlow ? 8 : 40
                let children = try (0..<count).map { number in
                    try lab.hako.spawn(
                        lab.hako.hakoWords([
                            "run", "-d", "--name", "c\(number)", "--network", "bridge", "-p", "\(7000 + number):80",
                            "--rootfs", lab.hako.rootfs + ":O", "sleep", "100",
                        ]))
                }
                for child in children {
                    let outcome = try child.finish(within: 120)
                    #expect(outcome.status == 0, "\(outcome)")
                }
                let form = "{{.NetworkSettings.IPAddress}}"
                let names = (0..<count).map { "c\($0)" }
                let addresses = try lab.hako.spawn(lab.hako.hakoWords(["inspect", "-f", form] + names)).finish(within: 60).lines
                #expect(Set(addresses).count == count && !addresses.contains(""))
                #expect(try lab.onHost("sh", "-c", "ip -br link show master hako0 | wc -l").text == "\(count)")
                // An address is given out again late.
                try lab.hako("rm", "-f", "c0")
                try lab.serve("next", "--network", "bridge")
                #expect(try !addresses.contains(lab.address("next")))
            }
        }
    }
}
