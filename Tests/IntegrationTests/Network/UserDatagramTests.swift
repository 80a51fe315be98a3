import Foundation
import Testing

extension IntegrationTests {
    /// Ports of UDP that lead to containers on a plain user's bridges.
    @Suite(.requires(Machine.exists("/usr/bin/pasta"), "passt is missing"))
    struct UserDatagramTests {
        /// Answers a datagram with its length and the address that it came from.
        private static let echo = """
            $s = IO::Socket::IP->new(LocalHost => $ARGV[0], LocalPort => 80, Proto => "udp") or die $@;
            while (defined $s->recv($m, 65536)) { $s->send(length($m) . " " . $s->peerhost) }
            """

        private func serve(_ lab: NetworkLab, _ name: String, _ options: String...) throws -> Outcome {
            let words =
                ["run", "-d", "--name", name] + options + [
                    "--rootfs", lab.hako.debian, "perl", "-MIO::Socket::IP", "-e", Self.echo, "0.0.0.0",
                ]
            return try lab.hako.spawn(lab.hako.hakoWords(words)).finish(within: 60)
        }

        @Test func datagramsReachAContainerAndAnswersTheClient() throws {
            try withLab(.user) { lab in
                let hako = lab.hako
                #expect(try hako("network", "create", "web").status == 0)
                let one = try serve(lab, "one", "--network", "web", "-p", "5300:80/udp", "-p", "5300:80")
                #expect(one.status == 0, "\(one)")
                for (place, address) in [
                    (NetworkLab.Place.outside, NetworkLab.hostAddress), (.host, NetworkLab.hostAddress), (.host, "127.0.0.1"),
                ] {
                    #expect(try lab.ask(from: place, address, 5300, "udp").hasPrefix("1 "))
                }
                #expect(try hako("rm", "-f", "one").status == 0)
                #expect(try hako("network", "rm", "web").status == 0)
            }
        }
    }
}
