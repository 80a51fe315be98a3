import Foundation
import Testing

extension IntegrationTests {
    /// What a name server does not know itself.
    @Suite struct NameForwardingTests {
        /// A container, and a resolver of the host's.
        private func withResolver(_ body: (NameLab, _ resolver: Child, _ monitor: Child) throws -> Void) throws {
            try withNames { lab in
                try lab.network()
                let monitor = try lab.monitor()
                try lab.member("aa", monitor: monitor, names: ["db"], addresses: ["10.89.0.5"])
                try lab.write(lab.resolverConfiguration, "nameserver 10.89.0.1\nsearch x\nnameserver 192.0.2.1\n")
                let resolver = try lab.resolver("192.0.2.1", answers: "198.51.100.1")
                try lab.server()
                try body(lab, resolver, monitor)
            }
        }

        @Test func othersAreAskedAndTheirAnswersPassedOn() throws {
            try withResolver { lab, _, _ in
                #expect(try lab.answers("example.com") == ["198.51.100.1"])
                #expect(try lab.answers("+tcp", "example.com") == ["198.51.100.1"])
                #expect(try lab.answers("single") == ["198.51.100.1"])
                #expect(try lab.answers("db") == ["10.89.0.5"])
                #expect(try lab.dig("none.example").out.contains("NXDOMAIN"))
                #expect(try lab.dig("db", "MX").out.contains("ANSWER: 0"))
                // Flags: RD, AD and CD as they were; the length with the OPT record.
                let bits = try lab.answers("bits.example", "TXT", "+cdflag", "+adflag", "+dnssec", "+nocookie")
                #expect(bits == ["\"0130 41\""])
                // Forged answers come first: of another id, and to another question.
                #expect(try lab.answers("forged.example") == ["198.51.100.1"])
            }
        }

        @Test func longAnswersAreCutForWhoTakesLess() throws {
            try withResolver { lab, _, _ in
                let small = try lab.dig("big.example", "+bufsize=512", "+ignore")
                #expect(small.out.contains(" tc ") && small.out.contains("ANSWER: 0"), "\(small)")
                #expect(try lab.answers("big.example", "+bufsize=512").count == 100)
                let large = try lab.dig("big.example", "+bufsize=4096", "+ignore")
                #expect(!large.out.contains(" tc ") && large.out.contains("ANSWER: 100"), "\(large)")
            }
        }

        @Test func theNextIsAskedAfterTwoSeconds() throws {
            try withResolver { lab, resolver, _ in
                try lab.resolver("192.0.2.2", answers: "198.51.100.2")
                try lab.write(lab.resolverConfiguration, "nameserver 192.0.2.1\nnameserver 192.0.2.2\n")
                // The first one is there, and hears nothing.
                resolver.send(SIGSTOP)
                let start = monotonic()
                #expect(try lab.answers("example.com") == ["198.51.100.2"])
                #expect((1.5...4 * Machine.slowness).contains(monotonic() - start))
                resolver.send(SIGCONT)
                // It is gone: the kernel says so at once.
                resolver.send(SIGKILL)
                _ = try resolver.finish()
                let again = monotonic()
                #expect(try lab.answers("example.com") == ["198.51.100.2"])
                #expect(try lab.answers("+tcp", "example.com") == ["198.51.100.2"])
                #expect(monotonic() - again < 1.5 * Machine.slowness)
            }
        }

        @Test func whereNobodyAnswersItFails() throws {
            try withResolver { lab, resolver, _ in
                resolver.send(SIGKILL)
                _ = try resolver.finish()
                #expect(try lab.dig("example.com").out.contains("SERVFAIL"))
                #expect(try lab.dig("+tcp", "example.com").out.contains("SERVFAIL"))
                try lab.write(lab.resolverConfiguration, "# nobody\nnameserver 10.89.0.1\n")
                #expect(try lab.dig("example.com").out.contains("SERVFAIL"))
                #expect(try lab.answers("db") == ["10.89.0.5"])
                // Another is written down: no restart is needed.
                try lab.resolver("192.0.2.3", answers: "198.51.100.3")
                try lab.write(lab.resolverConfiguration, "nameserver 192.0.2.3\n")
                #expect(try lab.answers("example.com") == ["198.51.100.3"])
                // A file that is not there for a while is not news.
                try FileManager.default.removeItem(atPath: lab.resolverConfiguration)
                #expect(try lab.answers("example.com") == ["198.51.100.3"])
            }
        }

        @Test func containersAndNetworksHaveTheirOwn() throws {
            try withResolver { lab, _, monitor in
                try lab.resolver("192.0.2.2", answers: "198.51.100.2")
                try lab.resolver("192.0.2.3", answers: "198.51.100.3")
                try lab.member("bb", monitor: monitor, names: ["b"], addresses: ["10.89.0.6"], upstreams: ["192.0.2.3"])
                #expect(try lab.answers("example.com", from: "10.89.0.6") == ["198.51.100.3"])
                #expect(try lab.answers("example.com", from: "10.89.0.5") == ["198.51.100.1"])
                try lab.network(upstreams: #""192.0.2.2""#)
                #expect(try eventually { try lab.answers("example.com", from: "10.89.0.5") == ["198.51.100.2"] })
                #expect(try lab.answers("example.com", from: "10.89.0.6") == ["198.51.100.3"])
                try lab.network(forward: false)
                #expect(try eventually { try lab.dig("example.com", from: "10.89.0.6").out.contains("NXDOMAIN") })
            }
        }

        @Test func oneContainerLeavesRoomForOthers() throws {
            try withResolver { lab, _, monitor in
                try lab.member("bb", monitor: monitor, names: ["b"], addresses: ["10.89.0.6"])
                let result = try lab.python(NameScripts.silence, "10.89.0.6", "1000")
                // 128 of a container wait; an answer may be lost while the machine is busy.
                #expect((700...900).contains(Int(result.text) ?? 0), "\(result)")
                #expect(try lab.answers("example.com", from: "10.89.0.5") == ["198.51.100.1"])
                #expect(try lab.answers("db", from: "10.89.0.6") == ["10.89.0.5"])
                // They are given up in the end.
                #expect(try eventually { try lab.answers("example.com", from: "10.89.0.6") == ["198.51.100.1"] })
            }
        }
    }
}
