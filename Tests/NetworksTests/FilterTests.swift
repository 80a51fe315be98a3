import JSON
import Linux
import Testing

@testable import Networks

@Suite struct FilterTests {
    @Test func aPortIsAnElementOfOneMap() throws {
        let address = IPAddress("10.88.0.5")!
        let everywhere = PublishedPort(host: 8080, container: 80)
        let bound = PublishedPort(address: IPAddress("127.0.0.1"), host: 8080, container: 80, .udp)
        let found = PortMap.all.map { ($0.name, $0.elements(everywhere, behind: address), $0.elements(bound, behind: address)) }
        #expect(found.map { $0.0 } == ["bound4", "ports4", "bound6", "ports6"])
        #expect(found.map { $0.1.count } == [0, 1, 0, 0])
        #expect(found.map { $0.2.count } == [1, 0, 0, 0])
        #expect(found[1].1[0] == PortMap.Element(key: [6, 0, 0, 0, 31, 144, 0, 0], data: [10, 88, 0, 5, 0, 80, 0, 0]))
        #expect(found[0].2[0].key == [127, 0, 0, 1, 17, 0, 0, 0, 31, 144, 0, 0])
        let six = PortMap.all[3].elements(PublishedPort(host: 1, container: 2, count: 3), behind: IPAddress("fd00::5")!)
        #expect(six.count == 3 && six[2].key == [6, 0, 0, 0, 0, 3, 0, 0] && six[2].data.suffix(4) == [0, 4, 0, 0])
        for map in PortMap.all {
            for element in map.elements(map.isBound ? bound : everywhere, behind: address) {
                #expect(element.key.count == Int(map.keyLength) && element.data.count == Int(map.dataLength))
            }
        }
    }

    @Test func manyElementsAreSeveralMessages() throws {
        var batch = FilterBatch()
        let map = PortMap.all[1]
        let elements = map.elements(PublishedPort(host: 1, container: 1, count: 1001), behind: IPAddress("10.88.0.5")!)
        batch.change(elements, of: map.name, in: "hako0", remove: false)
        #expect(batch.messages.count == 3)
        // Each attribute's length has to fit: nfgenmsg, then the table, the map, and the elements nested.
        for message in batch.messages { #expect(message.attributes(after: 4)[3].map { !$0.isEmpty } == true) }
    }

    @Test func portsOverlapWhereTheyAreOne() {
        let all = PublishedPort(host: 80, container: 80)
        #expect(all.overlaps(PublishedPort(address: IPAddress("127.0.0.1"), host: 80, container: 1)))
        #expect(!all.overlaps(PublishedPort(host: 80, container: 80, .udp)))
        #expect(!all.overlaps(PublishedPort(host: 81, container: 80)))
        #expect(PublishedPort(host: 70, container: 1, count: 11).overlaps(all))
        #expect(!PublishedPort(host: 70, container: 1, count: 10).overlaps(all))
        #expect(PublishedPort(host: 65535, container: 1).overlaps(PublishedPort(host: 65530, container: 1, count: 6)))
        let (one, two) = (IPAddress("127.0.0.1"), IPAddress("127.0.0.2"))
        #expect(!PublishedPort(address: one, host: 1, container: 1).overlaps(PublishedPort(address: two, host: 1, container: 1)))
    }

    @Test func hardwareAddresses() {
        #expect(HardwareAddress("02:42:0a:59:00:05")?.description == "02:42:0a:59:00:05")
        #expect(HardwareAddress(for: IPAddress("10.89.0.5")!).description == "02:48:0a:59:00:05")
        for text in ["", "02:42:0a:59:00", "01:00:00:00:00:01", "00:00:00:00:00:00", "02:42:0a:59:00:005", "g2:42:0a:59:00:05"] {
            #expect(HardwareAddress(text) == nil, "\(text)")
        }
    }

    @Test func plansSurviveBeingWritten() throws {
        var network = NetworkRecord()
        (network.id, network.name, network.interface) = ("ab", "web", "hako3")
        network.subnets = [NetworkSubnet(Subnet("10.89.0.0/24")!, gateway: IPAddress("10.89.0.1"))]
        network.subnets[0].first = IPAddress("10.89.0.200")
        var attachment = NetworkAttachment()
        (attachment.network, attachment.addresses, attachment.names) = (network, [IPAddress("10.89.0.200")!], ["db"])
        var plan = NetworkPlan()
        (plan.attachments, plan.ports) = ([attachment], [PublishedPort(host: 80, container: 80, count: 3, .sctp)])
        #expect(try NetworkPlan(parsing: plan.json.bytes()) == plan)
        #expect(network.subnets[0].range.map { "\($0.lowerBound) \($0.upperBound)" } == "10.89.0.200 10.89.0.254")
        #expect(throws: (any Error).self) { try NetworkPlan(parsing: Array(#"{"ports":[{"host":"x","container":1}]}"#.utf8)) }
    }
}
