import Networks
import Testing

@testable import Engine

@Suite struct NetworkFlagTests {
    @Test func ports() throws {
        func parse(_ text: String) throws -> PortRequest { try PortRequest.parse(text, flag: "-p") }
        #expect(try parse("80") == PortRequest(container: 80...80))
        var full = PortRequest(container: 80...80)
        (full.host, full.address, full.transport) = (8080...8080, IPAddress("127.0.0.1"), .udp)
        #expect(try parse("127.0.0.1:8080:80/udp") == full)
        (full.address, full.transport) = (IPAddress("::1"), .tcp)
        #expect(try parse("[::1]:8080:80") == full)
        full.address = nil
        #expect(try parse("8080:80") == full && parse("0.0.0.0:8080:80/TCP") == full)
        full.host = nil
        #expect(try parse(":80") == full && parse("0:80") == full)
        #expect(try parse("8000-8010:9000-9010").host == 8000...8010)
        #expect(try parse("8000-8010:90").container == 90...90)
        for text in ["", ":", "80:", "x", "1:2:3:4", "[::1:80:80", "[::1]80:80", "9-8", "80/icmp", "1-3:1-2", "65536", "-1"] {
            #expect(throws: EngineError.self, "\(text)") { try parse(text) }
        }
    }

    @Test func networks() throws {
        #expect(try NetworkFlag.parse(["none"]) == .mode(.none))
        #expect(try NetworkFlag.parse(["host"]) == .namespace(.host))
        #expect(
            try NetworkFlag.parse(["pasta:-m,1400"])
                == .mode(.user(UserNetworkRequest(program: "pasta", options: ["-m", "1400"]))))
        var request = NetworkRequest("web")
        (request.addresses, request.aliases, request.interface) = ([IPAddress("10.0.0.9")!], ["a", "b"], "net1")
        request.hardware = "02:00:00:00:00:01"
        let text = "web:ip=10.0.0.9,alias=a,alias=b,mac=02:00:00:00:00:01,interface_name=net1"
        #expect(try NetworkFlag.parse([text, "other"]) == .mode(.networks([request, NetworkRequest("other")])))
        #expect(try NetworkFlag.parse(["default"]) == .mode(.networks([NetworkRequest("bridge")])))
        for texts in [
            ["host", "web"], ["web", "web"], ["web:ip=x"], ["web:ip6=1.2.3.4"], [":ip=1.2.3.4"], ["web:interface_name=a/b"],
        ] {
            #expect(throws: EngineError.self, "\(texts)") { try NetworkFlag.parse(texts) }
        }
    }

    @Test func resolvers() {
        let host = ResolverFile(
            parsing: "# x\nnameserver 127.0.0.53\nnameserver 9.9.9.9\nsearch a.example b.example\noptions edns0 trust-ad\n")
        #expect(host.servers.map(\.description) == ["127.0.0.53", "9.9.9.9"] && host.searches == ["a.example", "b.example"])
        #expect(host.withoutLoopback.text == "search a.example b.example\nnameserver 9.9.9.9\noptions edns0 trust-ad\n")
        var request = NetworkingRequest()
        (request.servers, request.searches) = ([IPAddress("1.1.1.1")!], ["."])
        #expect(host.replacing(request).text == "nameserver 1.1.1.1\noptions edns0 trust-ad\n")
    }

    @Test func hosts() throws {
        let entries = try NetworkFlag.hosts("a;b:[fd00::1]", flag: "--add-host")
        #expect(entries.map(\.name) == ["a", "b"] && entries[0].address == IPAddress("fd00::1"))
        #expect(try NetworkFlag.hosts("db=10.0.0.1", flag: "-")[0].address == IPAddress("10.0.0.1"))
        #expect(try NetworkFlag.hosts("gw:host-gateway", flag: "-")[0].address == nil)
        var request = NetworkingRequest()
        request.hosts = entries
        #expect(HostsFile(request, "box", nil, sharesNetwork: false).text.contains("127.0.1.1\tbox\n"))
        #expect(HostsFile(request, "box", nil, sharesNetwork: false).text.hasPrefix("fd00::1\ta\nfd00::1\tb\n"))
    }

    @Test func subnetsAreChosenBesideOthers() throws {
        let taken = ["10.88.0.0/16", "10.89.0.0/24", "10.89.1.0/25", "0.0.0.0/32"].map { Subnet($0)! }
        #expect(try SubnetChoice.ipv4(avoiding: [], wide: true).description == "10.88.0.0/16")
        #expect(try SubnetChoice.ipv4(avoiding: taken, wide: false).description == "10.89.2.0/24")
        #expect(try SubnetChoice.ipv4(avoiding: [Subnet("10.0.0.0/8")!], wide: true).description == "172.16.0.0/24")
        #expect(throws: EngineError.self) { try SubnetChoice.ipv4(avoiding: [Subnet("0.0.0.0/0")!], wide: false) }
        #expect(SubnetChoice.ipv6(avoiding: []).description.hasPrefix("fd"))
    }
}
