import Foundation
import Testing

extension IntegrationTests {
    /// `hako-runtime name-server`, in a network namespace of the test's own.
    @Suite struct NameServerTests {
        /// One network with a container called db.
        private func withServer(
            in parent: String = "/dev/shm", forward: Bool = false,
            _ body: (NameLab, _ server: Child, _ monitor: Child) throws -> Void
        ) throws {
            try withNames(in: parent) { lab in
                try lab.network(forward: forward)
                let monitor = try lab.monitor()
                try lab.member("aa", monitor: monitor, names: ["db", "aa"], addresses: ["10.89.0.5", "fd00::5"])
                try body(lab, try lab.server(), monitor)
            }
        }

        @Test func namesOverBothFamiliesAndTransports() throws {
            try withServer { lab, _, monitor in
                for words in [["db"], ["DB.web."], ["+tcp", "aa"], ["+noedns", "db.web"]] {
                    #expect(try lab.run(["dig", "+short", "@10.89.0.1"] + words).text == "10.89.0.5", "\(words)")
                    #expect(try lab.run(["dig", "+short", "@fd00::1"] + words + ["AAAA"]).text == "fd00::5", "\(words)")
                }
                #expect(try lab.answers("-x", "10.89.0.5") == ["db."])
                #expect(try lab.answers("-x", "fd00::5") == ["db."])
                let unknown = try lab.dig("-x", "10.89.0.9")
                #expect(unknown.out.contains("NXDOMAIN"), "\(unknown)")
                let other = try lab.dig("db", "MX")
                #expect(other.out.contains("NOERROR") && other.out.contains("ANSWER: 0"), "\(other)")
                #expect(try lab.dig("example.com").out.contains("NXDOMAIN"))
                for index in 0..<100 {
                    try lab.member("b\(index)", monitor: monitor, names: ["all"], addresses: ["10.89.1.\(index)"])
                }
                let long = try lab.dig("all", "+bufsize=512")
                #expect(long.out.contains("Truncated, retrying in TCP") && long.out.contains("ANSWER: 100"), "\(long)")
                #expect(try lab.answers("all").count == 100)
            }
        }

        /// Also where inodes' numbers come again.
        @Test(arguments: ["/dev/shm", "/tmp"]) func aMemberIsSeenAtOnce(_ parent: String) throws {
            try withServer(in: parent) { lab, _, monitor in
                let members = "\(lab.networks)/n1/members"
                let result = try lab.python(NameScripts.comeAndGo, members, "\(monitor.pid)", "1000")
                #expect(result.text == "seen 1000", "\(result)")
            }
        }

        @Test func whoseMonitorIsGoneIsNotThere() throws {
            try withServer { lab, server, monitor in
                let second = try lab.monitor()
                try lab.member("bb", monitor: second, names: ["www"], addresses: ["10.89.0.6"])
                #expect(try lab.answers("www") == ["10.89.0.6"])
                try lab.end(second)
                #expect(try eventually { try lab.answers("www").isEmpty } && lab.answers("db") == ["10.89.0.5"])
                // It starts again.
                let third = try lab.monitor()
                try lab.member("bb", monitor: third, names: ["www"], addresses: ["10.89.0.7"])
                #expect(try lab.answers("www") == ["10.89.0.7"])
                try lab.end(monitor)
                #expect(server.isRunning)
                try lab.end(third)
                #expect(try server.finish(within: 3).status == 0)
                #expect(FileManager.default.fileExists(atPath: lab.memberPath("aa")))
                // Nothing in it holds up the next.
                try lab.member("aa", monitor: try lab.monitor(), names: ["db"], addresses: ["10.89.0.5"])
                try lab.server()
                #expect(try lab.answers("db") == ["10.89.0.5"] && lab.answers("www").isEmpty)
            }
        }

        @Test(arguments: ["members/aa.json", "network.json"]) func itEndsWithWhatItServes(_ file: String) throws {
            try withServer { lab, server, _ in
                try FileManager.default.removeItem(atPath: "\(lab.networks)/n1/\(file)")
                #expect(try server.finish(within: 6).status == 0)
            }
        }

        @Test func thereIsOne() throws {
            try withServer { lab, server, _ in
                let second = try lab.spawnServer()
                #expect(try second.finish(within: 5).status == 0 && server.isRunning)
                #expect(FileManager.default.contents(atPath: lab.ready("n1")) == Data())
                let lock = try String(contentsOfFile: "\(lab.networks)/n1/server.lock", encoding: .utf8)
                #expect(lock == "\(server.pid)\n")
                // Another takes the place of one that is killed.
                server.send(SIGKILL)
                _ = try server.finish()
                try lab.server()
                #expect(try lab.answers("db") == ["10.89.0.5"])
            }
        }

        @Test func itHasNoRightsLeft() throws {
            try withServer { _, server, _ in
                let status = try String(contentsOfFile: "/proc/\(server.pid)/status", encoding: .utf8)
                let lines = status.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
                func field(_ name: String) -> [String] {
                    lines.first { $0.first == "\(name):" }.map { Array($0.dropFirst()) } ?? []
                }
                for name in ["Uid", "Gid"] { #expect(field(name) == Array(repeating: "65534", count: 4)) }
                for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] { #expect(field(name) == ["0000000000000000"]) }
                #expect(field("Groups").isEmpty && field("NoNewPrivs") == ["1"] && field("Threads") == ["1"])
                #expect((Int(field("RssAnon").first ?? "") ?? .max) < 8192, "\(field("RssAnon"))")
            }
        }

        @Test func anIdThatIsNotMappedStays() throws {
            try withNames { lab in
                try lab.network(forward: false)
                try lab.member("aa", monitor: try lab.monitor(), names: ["db"], addresses: ["10.89.0.5"])
                // The namespace's own network, with the same addresses.
                let script = """
                    ip link set lo up; ip address add 10.89.0.1/32 dev lo; ip address add fd00::1/128 dev lo nodad
                    \(Machine.runtime) name-server --networks \(lab.networks) --ready-fd 3 n1 3>\(lab.directory)/ready &
                    until [ -s \(lab.directory)/ready ]; do sleep 0.02; done; dig +short @10.89.0.1 db
                    grep -E 'Uid|Cap(Eff|Prm|Bnd)|NoNewPrivs' /proc/$!/status; kill $!
                    """
                let result = try host("unshare", "--user", "--map-root-user", "--net", "bash", "-c", script)
                #expect(result.lines.first == "10.89.0.5" && result.out.contains("Uid:\t0\t0\t0\t0"), "\(result)")
                #expect(result.out.contains("NoNewPrivs:\t1") && result.out.contains("CapPrm:\t0000000000000000"), "\(result)")
            }
        }

        @Test func whatIsWrongIsOneLine() throws {
            try withNames { lab in
                func line() throws -> String {
                    let outcome = try lab.spawnServer().finish(within: 10)
                    #expect(outcome.status == 1 && outcome.oneErrorLine, "\(outcome)")
                    return try String(contentsOfFile: lab.ready("n1"), encoding: .utf8)
                }
                #expect(try line() == "openat n1: No such file or directory\n")
                try lab.write("\(lab.networks)/n1/network.json", "{}")
                let monitor = try lab.monitor()
                try lab.member("aa", monitor: monitor, names: ["db"], addresses: ["10.89.0.5"])
                #expect(try line().contains("network.json of network n1: id is missing"))
                try lab.network(listen: "")
                #expect(try line() == "network n1 has no address to listen at\n")
                try lab.network(listen: #""10.89.0.1""#)
                let other = try lab.resolver("10.89.0.1", answers: "192.0.2.99")
                #expect(try line() == "bind 10.89.0.1:53: Address already in use\n")
                other.send(SIGKILL)
                _ = try other.finish()
                try lab.server()
                #expect(try lab.answers("db") == ["10.89.0.5"])
            }
        }

        @Test func networksOfTheSameContainer() throws {
            try withServer { lab, _, monitor in
                try lab.network("n2", name: "back", listen: #""10.90.0.1""#, subnets: #""10.90.0.0/24""#, forward: false)
                try lab.member("aa", of: "n2", monitor: monitor, names: ["db"], addresses: ["10.90.0.5"])
                let far = try lab.monitor()
                try lab.member("cc", of: "n2", monitor: far, names: ["far", "db"], addresses: ["10.90.0.7"])
                #expect(try lab.answers("far", from: "10.89.0.5") == ["10.90.0.7"])
                #expect(try lab.answers("far.back", from: "10.89.0.5") == ["10.90.0.7"])
                #expect(try lab.answers("db", from: "10.89.0.5") == ["10.89.0.5"])
                #expect(try lab.answers("db.back", from: "10.89.0.5") == ["10.90.0.5", "10.90.0.7"])
                #expect(try lab.answers("-x", "10.90.0.7", from: "10.89.0.5") == ["far."])
                // Nobody else is in both.
                #expect(try lab.answers("far", from: "10.89.0.6").isEmpty && lab.answers("far").isEmpty)
                try lab.end(far)
                #expect(try lab.answers("far", from: "10.89.0.5").isEmpty)
                try FileManager.default.removeItem(atPath: lab.memberPath("aa", "n2"))
                #expect(try lab.answers("db.back", from: "10.89.0.5").isEmpty)
                try FileManager.default.removeItem(atPath: "\(lab.networks)/n2")
                #expect(try lab.answers("far", from: "10.89.0.5").isEmpty && lab.answers("db") == ["10.89.0.5"])
            }
        }

        @Test func aFloodIsAnswered() throws {
            try withServer { lab, server, monitor in
                for index in 0..<1000 {
                    let address = "10.89.\(4 + index / 250).\(index % 250)"
                    try lab.member("d\(index)", monitor: monitor, names: ["n\(index)"], addresses: [address])
                }
                let result = try lab.python(NameScripts.flood, "1000", "16", "3")
                let numbers = result.lines.first?.split(separator: " ").compactMap { Int($0) } ?? []
                #expect(numbers.count == 3 && numbers[0] > (Machine.isSlow ? 100 : 2000), "\(result)")
                #expect(numbers.dropFirst() == [0, 0] && server.isRunning, "lost or wrong: \(result)")
            }
        }

        @Test func fewDescriptorsAreEnough() throws {
            try withNames { lab in
                try lab.network()
                try lab.write(lab.resolverConfiguration, "nameserver 192.0.2.1\n")
                try lab.resolver("192.0.2.1", answers: "198.51.100.1")
                let monitors = try (0..<200).map { _ in try lab.monitor() }
                for (index, monitor) in monitors.enumerated() {
                    try lab.member("d\(index)", monitor: monitor, names: ["n\(index)", "all"], addresses: ["10.89.4.\(index)"])
                }
                let server = try lab.server(under: ["prlimit", "--nofile=100:100"])
                for index in [0, 99, 199] { #expect(try lab.answers("+tcp", "n\(index)") == ["10.89.4.\(index)"]) }
                #expect(try lab.answers("all").count == 200 && lab.answers("example.com") == ["198.51.100.1"])
                for monitor in monitors[..<150] { try lab.end(monitor) }
                #expect(try eventually { try lab.answers("all").count == 50 })
                for monitor in monitors[150...] { try lab.end(monitor) }
                #expect(try server.finish(within: 6).status == 0)
            }
        }

        @Test func whatStrangersSendIsBounded() throws {
            try withServer { lab, server, _ in
                let result = try lab.python(NameScripts.hostile)
                #expect(result.text == "alive" && server.isRunning, "\(result)")
                let status = try String(contentsOfFile: "/proc/\(server.pid)/status", encoding: .utf8)
                let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon") } ?? ""
                let kilobytes = Int(line.split(whereSeparator: \.isWhitespace).dropFirst().first ?? "") ?? .max
                #expect(kilobytes < 16 << 10, "\(line)")
            }
        }
    }
}
