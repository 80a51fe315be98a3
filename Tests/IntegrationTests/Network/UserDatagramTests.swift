import Foundation
import Testing

extension IntegrationTests {
    /// Ports of UDP that lead to containers on a plain user's bridges.
    @Suite(.debian, .requires(Machine.exists("/usr/bin/pasta"), "passt is missing"))
    struct UserDatagramTests {
        /// Answers a datagram with its length and the address that it came from.
        private static let echo = """
            $s = IO::Socket::IP->new(LocalHost => $ARGV[0], LocalPort => 80, Proto => "udp") or die $@;
            while (defined $s->recv($m, 65536)) { $s->send(length($m) . " " . $s->peerhost) }
            """

        private func serve(
            _ lab: NetworkLab, _ name: String, _ options: String..., at address: String = "0.0.0.0"
        ) throws -> Outcome {
            let words =
                ["run", "-d", "--init", "--name", name] + options + [
                    "--rootfs", lab.hako.debian, "perl", "-MIO::Socket::IP", "-e", Self.echo, address,
                ]
            return try lab.hako.spawn(lab.hako.hakoWords(words)).finish(within: 60)
        }

        /// One socket sends to several ports of the host's; prints from which port each answer came, and what it says.
        private static let client = """
            import socket, sys
            host, size, ports = sys.argv[1], int(sys.argv[2]), [int(p) for p in sys.argv[3:]]
            s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2)
            for port in ports:
                try:
                    s.sendto(b"x" * size, (host, port)); m, a = s.recvfrom(100)
                    print(a[0], a[1], m.decode())
                except OSError as e: print(e.__class__.__name__)
            """

        /// As many clients as it says, each with one question.
        private static let crowd = """
            import socket, sys
            for number in range(int(sys.argv[3])):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b"x", (sys.argv[1], int(sys.argv[2]))); s.close()
            """

        private func ask(
            _ lab: NetworkLab, _ ports: Int..., at host: String = NetworkLab.hostAddress, size: Int = 1
        ) throws -> [String] {
            let words = ["python3", "-c", Self.client, host, "\(size)"] + ports.map(String.init)
            return try lab.onOutside(words, within: 30).lines
        }

        private func relay(_ hako: Hako) throws -> Int32? {
            try host("pgrep", "-f", "udp-relay.*\(hako.stateRoot)").lines.first.flatMap { Int32($0) }
        }

        private func isRelayed(_ hako: Hako) throws -> Bool { try relay(hako) != nil }

        private static let answer = "\(NetworkLab.hostAddress) 5300 1 \(NetworkLab.outsideAddress)"

        private func withNetwork(_ options: String..., body: (NetworkLab) throws -> Void) throws {
            try withLab(.user) { lab in
                let made = try lab.hako.spawn(lab.hako.hakoWords(["network", "create"] + options + ["web"])).finish()
                #expect(made.status == 0, "\(made)")
                try body(lab)
                #expect(try lab.hako("rm", "-fa").status == 0)
                #expect(try lab.hako("network", "rm", "web").status == 0)
                #expect(eventually { (try? host("pgrep", "-f", lab.hako.stateRoot))?.text == "" })
            }
        }

        @Test func theContainerSeesItsClients() throws {
            try withNetwork { lab in
                let one = try serve(lab, "one", "--network", "web", "-p", "5300-5301:80-81/udp", "-p", "5302:80/udp")
                #expect(one.status == 0, "\(one)")
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
                // The same client by two ports to one: each answer comes from where the question went.
                let both = try ask(lab, 5300, 5302, 5300)
                #expect(both == [Self.answer, Self.answer.replacingOccurrences(of: "5300", with: "5302"), Self.answer])
                let large = try ask(lab, 5300, size: 60000)
                #expect(large == [Self.answer.replacingOccurrences(of: " 1 ", with: " 60000 ")])
                #expect(try lab.ask(from: .host, NetworkLab.hostAddress, 5300, "udp") == "1 \(NetworkLab.hostAddress)")
                // Nobody answers 127.0.0.1 from a container.
                #expect(try lab.ask(from: .host, "127.0.0.1", 5300, "udp") == "1 10.89.0.1")
                let ports = try lab.hako("port", "one").lines.sorted()
                #expect(ports == ["80/udp -> 0.0.0.0:5300", "80/udp -> 0.0.0.0:5302", "81/udp -> 0.0.0.0:5301"], "\(ports)")
                // Its rights: to speak as a client, and no more.
                let status = try String(contentsOfFile: "/proc/\(try #require(try relay(lab.hako)))/status", encoding: .utf8)
                #expect(status.contains("CapEff:\t0000000000002400\n") && status.contains("NoNewPrivs:\t1\n"), "\(status)")
            }
        }

        @Test func aCrowdOfClientsIsBounded() throws {
            try withNetwork { lab in
                #expect(try serve(lab, "one", "--network", "web", "-p", "5300:80/udp").status == 0)
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
                let relay = try #require(try relay(lab.hako))
                let crowd = ["python3", "-c", Self.crowd, NetworkLab.hostAddress, "5300", "6000"]
                #expect(try lab.onOutside(crowd, within: 60).status == 0)
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
                let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(relay)/fd").count
                #expect((100...4096 + 20).contains(open), "\(open)")
                #expect(try self.relay(lab.hako) == relay)
            }
        }

        @Test func inVersion6Too() throws {
            try withNetwork("--ipv6") { lab in
                #expect(try serve(lab, "one", "--network", "web", "-p", "5300:80/udp", at: "::").status == 0)
                #expect(eventually { (try? ask(lab, 5300, at: "2001:db8::2")) == ["2001:db8::2 5300 1 2001:db8::1"] })
                let local = try lab.ask(from: .host, "::1", 5300, "udp")
                #expect(local.hasPrefix("1 fd"), "\(local)")
            }
        }

        @Test func portsThatAreTaken() throws {
            try withNetwork { lab in
                let other = try lab.clientOnHost(
                    "import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 5300)); time.sleep(100)"
                )
                #expect(eventually { (try? lab.onHost("ss", "-Hlun"))?.out.contains(":5300") == true })
                for again in [false, true] {
                    let taken = try again ? lab.hako("start", "one") : serve(lab, "one", "--network", "web", "-p", "5300:80/udp")
                    #expect(
                        taken.status != 0 && taken.oneErrorLine && taken.err.contains("5300/udp of the host is taken"), "\(taken)"
                    )
                    if again { break }
                    #expect(try lab.hako("ps", "-aq").lines.isEmpty)
                    let words = ["create", "--name", "one", "--network", "web", "--rootfs", lab.hako.rootfs, "sleep", "1000"]
                    #expect(try lab.hako.spawn(lab.hako.hakoWords(words)).finish(within: 30).status == 0)
                    let update = try lab.hako("update", "--publish-add", "5300:80/udp", "one")
                    #expect(update.status == 0, "\(update)")
                }
                kill(other.pid, SIGKILL)
                _ = try other.finish(within: 10)
                #expect(try lab.hako("start", "one").status == 0)
                let second = try serve(lab, "two", "--network", "web", "-p", "5300:80/udp")
                #expect(second.status == 125 && second.oneErrorLine && second.err.contains("5300/udp"), "\(second)")
            }
        }

        @Test func changesWhileItRuns() throws {
            try withNetwork { lab in
                let hako = lab.hako
                #expect(try serve(lab, "one", "--network", "web").status == 0)
                #expect(try isRelayed(hako) == false)
                #expect(try hako("update", "--publish-add", "5300:80/udp", "one").status == 0)
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
                #expect(try hako("update", "--publish-rm", "80/udp", "one").status == 0)
                #expect(try isRelayed(hako) == false)
                let silence = try ask(lab, 5300)
                #expect(silence != [Self.answer])
                #expect(try hako("update", "--publish-add", "5300:80/udp", "one").status == 0)
                #expect(try hako("network", "disconnect", "web", "one").status == 0)
                #expect(try isRelayed(hako) == false)
                #expect(try hako("network", "connect", "web", "one").status == 0)
                #expect(try hako("update", "--publish-add", "5300:80/udp", "one").status == 0)
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
                #expect(try hako("restart", "-t", "0", "one").status == 0)
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
            }
        }

        /// SIGKILL to each process behind a port.
        @Test func whoIsKilledComesAgain() throws {
            try withNetwork { lab in
                let hako = lab.hako
                let words = ["--network", "web", "-p", "5300:80/udp"]
                #expect(try serve(lab, "one", words[0], words[1], words[2], words[3]).status == 0)
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
                Thread.sleep(forTimeInterval: 1)
                kill(try #require(try relay(hako)), SIGKILL)
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
                for program in ["port-binder", "pasta"] {
                    let pattern = "\(program).*\(program == "pasta" ? hako.stateRoot : "")"
                    let before = try host("pgrep", "-u", "\(Identity.userID)", "-f", pattern).lines
                    #expect(before.count == 1, "\(before)")
                    kill(try #require(Int32(before.first ?? "")), SIGKILL)
                    #expect(try hako("restart", "-t", "0", "one").status == 0)
                    #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] }, "after the end of \(program)")
                }
                let id = try hako("inspect", "-f", "{{.Id}}", "one").text
                let monitor = try #require(Int32(try host("pgrep", "-f", "monitor.*\(id)").lines.first ?? ""))
                kill(monitor, SIGKILL)
                #expect(eventually { (try? host("pgrep", "-f", "udp-relay.*\(hako.stateRoot)"))?.text == "" })
                #expect(eventually { (try? hako("start", "one"))?.status == 0 })
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
            }
        }

        @Test func migrateEndsTheNamespace() throws {
            try withNetwork { lab in
                #expect(try serve(lab, "one", "--network", "web", "-p", "5300:80/udp").status == 0)
                let migrated = try lab.hako("system", "migrate", within: 40)
                #expect(migrated.status == 0 && migrated.out.contains("ended the namespace of your networks"), "\(migrated)")
                #expect(eventually { (try? host("pgrep", "-f", lab.hako.stateRoot))?.text == "" })
                #expect(try lab.hako("start", "one").status == 0)
                #expect(eventually { (try? ask(lab, 5300)) == [Self.answer] })
            }
        }
    }
}
