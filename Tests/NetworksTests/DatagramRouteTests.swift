import Testing

@testable import Networks

@Suite struct DatagramRouteTests {
    @Test func aRouteIsItsText() throws {
        for text in ["0.0.0.0/5300/10.89.0.2/24/80", "::/1/fd00::2/64/65535", "192.0.2.1/53/10.0.0.1/32/53"] {
            let route = try #require(DatagramRoute(text))
            #expect(route.description == text)
        }
        for text in [
            "", "0.0.0.0/5300/10.89.0.2/80", "0.0.0.0/65536/10.89.0.2/24/80", "::/5300/10.89.0.2/24/80", "::/1/::1/129/1",
        ] {
            #expect(DatagramRoute(text) == nil, "\(text)")
        }
    }

    @Test func aPlansPortsOfUDP() throws {
        var attachment = NetworkAttachment()
        attachment.network.subnets = ["10.89.0.0/24", "fd00::/64"].map { NetworkSubnet(Subnet($0)!, gateway: nil) }
        attachment.addresses = [IPAddress("10.89.0.2")!, IPAddress("fd00::2")!]
        var plan = NetworkPlan()
        plan.attachments = [attachment]
        plan.ports = [
            PublishedPort(host: 80, container: 80), PublishedPort(host: 5300, container: 53, count: 2, .udp),
            PublishedPort(address: IPAddress("127.0.0.1"), host: 99, container: 9, .udp),
        ]
        #expect(
            DatagramRoute.all(plan).map(\.description) == [
                "0.0.0.0/5300/10.89.0.2/24/53", "::/5300/fd00::2/64/53", "0.0.0.0/5301/10.89.0.2/24/54",
                "::/5301/fd00::2/64/54", "127.0.0.1/99/10.89.0.2/24/9",
            ])
        plan.attachments[0].network.isInternal = true
        #expect(DatagramRoute.all(plan).isEmpty)
    }
}
