internal import Linux

/// The kernel's memory of who speaks with whom. A datagram of a conversation that it knows takes the way that the first one took: to a
/// container that is gone, or past one that has come. nfnetlink, ctnetlink: linux/netfilter/nfnetlink_conntrack.h.
enum ConnectionTracking {
    /// NFNL_SUBSYS_CTNETLINK; IPCTNL_MSG_CT_GET, IPCTNL_MSG_CT_DELETE.
    private static let list: UInt16 = 1 << 8 | 1
    private static let delete: UInt16 = 1 << 8 | 2
    private static let headerSize = 4

    private enum Attribute {
        static let original: UInt16 = 1
        static let transport: UInt16 = 2
        static let number: UInt16 = 1
        static let destination: UInt16 = 3
    }

    /// Has the kernel forget what was sent by UDP to these ports of the host. Connections of TCP end by themselves.
    static func forget(_ ports: [PublishedPort]) throws(SystemError) {
        let ports = ports.filter { $0.transport == .udp }
        guard !ports.isEmpty else { return }
        var netlink = try Netlink(.netfilter)
        for answer in try netlink.list(message(list, family: 0), "list the conversations") {
            let attributes = answer.attributes(after: headerSize)
            guard let family: UInt8 = answer.number(at: 0), let original = attributes[Attribute.original], isTo(ports, original)
            else {
                continue
            }
            var forgotten = message(delete, family: family)
            forgotten.nest(Attribute.original, Array(original))
            do throws(SystemError) { try netlink.ask(forgotten, "forget a conversation") } catch {
                // It has ended meanwhile.
                guard error.errno == .noSuchFileOrDirectory else { throw error }
            }
        }
    }

    /// nfgenmsg.
    private static func message(_ type: UInt16, family: UInt8) -> NetlinkMessage {
        var message = NetlinkMessage(type)
        message.append(family)
        message.append(UInt8(0))
        message.append(UInt16(0))
        return message
    }

    private static func isTo(_ ports: [PublishedPort], _ original: ArraySlice<UInt8>) -> Bool {
        guard let inner = NetlinkMessage.attributes(in: original)[Attribute.transport] else { return false }
        let fields = NetlinkMessage.attributes(in: inner)
        guard fields[Attribute.number]?.first == PublishedPort.TransportProtocol.udp.number,
            let raw: UInt16 = fields[Attribute.destination].flatMap({ NetlinkMessage.whole($0) })
        else { return false }
        let port = UInt16(bigEndian: raw)
        return ports.contains { port >= $0.host && port - $0.host < $0.count }
    }
}
