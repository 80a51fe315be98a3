import Foundation
import JSON
import Linux
import Testing

@testable import Networks

@Suite struct DocumentTests {
    @Test func membersAreWhatWasAgreed() throws {
        let text = #"{"id":"aa","monitor":1234,"names":["db","x"],"addresses":["10.89.0.5","fd00::5"],"upstreams":["1.1.1.1"]}"#
        let member = try NetworkMember(parsing: Array(text.utf8))
        #expect(try NetworkMember(parsing: member.json.bytes()) == member)
        #expect(
            member
                == NetworkMember(
                    id: "aa", monitor: 1234, names: ["db", "x"], addresses: [IPAddress("10.89.0.5")!, IPAddress("fd00::5")!],
                    upstreams: ["1.1.1.1"]))
        let kept = NetworkNames.Member(member)
        #expect(kept.names == [DNSName("db")!, DNSName("x")!] && kept.upstreams.map(\.description) == ["1.1.1.1"])
        #expect(throws: JSONError.self) { try NetworkMember(parsing: Array(#"{"id":"aa"}"#.utf8)) }
    }

    @Test func networksAreWhatWasAgreed() throws {
        let text = """
            {"id":"n1","name":"web","listen":["10.89.0.1","fd00::1"],"subnets":["10.89.0.0/24","fd00::/64"],\
            "forward":true,"upstreams":[]}
            """
        let document = try NetworkDocument(parsing: Array(text.utf8))
        #expect(document.json.text() == text)
    }

    @Test func onlyMembersFilesAreRead() {
        #expect(NetworkMember.id(ofFile: "0af.json") == "0af")
        for name in [".json", "a.json.12.new", "A.json", "a/b.json", "..json", "abc"] {
            #expect(NetworkMember.id(ofFile: name) == nil, "\(name)")
        }
    }

    @Test func filesComeAndGoWhateverTheUmask() throws {
        let networks = "\(FileManager.default.temporaryDirectory.path)/hako-names-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: networks) }
        let outer = Processes.setUmask(0o077)
        defer { Processes.setUmask(outer) }
        var network = NetworkRecord()
        (network.id, network.name) = ("n1", "web")
        let directory = NetworkDirectory(networks, "n1")
        try directory.write(network)
        let member = NetworkMember(id: "aa", monitor: 1, names: ["db"], addresses: [])
        for _ in 0..<2 { try directory.write(member) }
        for (path, mode) in [("n1", 0o755), ("n1/network.json", 0o644), ("n1/members", 0o755), ("n1/members/aa.json", 0o644)] {
            #expect(try File.status("\(networks)/\(path)").permissions == UInt32(mode), "\(path)")
        }
        #expect(try File.open("\(networks)/n1/members", [.read, .directory]).list() == ["aa.json"])
        for _ in 0..<2 { try directory.remove("aa") }
        for _ in 0..<2 { try directory.discard() }
        #expect(!File.exists("\(networks)/n1"))
    }

    @Test func resolversAreTheFirstThreeThatCanBeAsked() {
        let text = """
            # nameserver 9.9.9.9
            domain example.com
            nameserver 10.89.0.1
            nameserver\t1.1.1.1   # first
            nameserver 1.1.1.1
            nameserver fe80::1%lo
            nameserver fe80::2%nosuchdevice
            nameserver 0.0.0.0
            nameserver nonsense
            nameserver
            nameserver fd00::53
            nameserver 8.8.8.8
            options edns0
            """
        let servers = Upstream.parse(resolverConfiguration: text, except: [IPAddress("10.89.0.1")!])
        #expect(servers.map(\.description) == ["1.1.1.1", "fe80::1%1", "fd00::53"])
    }

    @Test func answersAreBelievedFromTheirIdAndQuestion() throws {
        let message = Wire.query("Example.com", id: 0)
        let exchange = Forwarder.Exchange(
            try DNSQuery(message, count: message.count), message, asker: .stream(connection: 1), client: "", servers: [])
        func accepts(_ answer: [UInt8]) -> Bool { Forwarder.accepts(answer, count: answer.count, for: exchange) }
        #expect(accepts(Wire.query("example.COM", id: 0, flags: 0x8180)))
        #expect(!accepts(Wire.query("example.com", id: 1, flags: 0x8180)))
        #expect(!accepts(Wire.query("example.com", id: 0, flags: 0x0100)))
        #expect(!accepts(Wire.query("example.org", id: 0, flags: 0x8180)))
        #expect(!accepts(Wire.query("example.com", type: 28, id: 0, flags: 0x8180)))
        #expect(!accepts(Wire.query("example.com", class: 3, id: 0, flags: 0x8180)))
        #expect(!accepts(Array(Wire.query("example.com", id: 0, flags: 0x8180)[..<14])))
        #expect(!accepts([]))
    }
}
