internal import Linux

/// The kernel's memory of who speaks with whom. What comes of a conversation that it knows takes the way that the first packet took:
/// to a container that is gone, or past one that has come. nfnetlink, ctnetlink: linux/netfilter/nfnetlink_conntrack.h.
enum ConnectionTracking {
    /// NFNL_SUBSYS_CTNETLINK; IPCTNL_MSG_CT_GET, IPCTNL_MSG_CT_DELETE.
    private static let list: UInt16 = 1 << 8 | 1
    private static let delete: UInt16 = 1 << 8 | 2
    private static let headerSize = 4

    private enum Attribute {
        static let original: UInt16 = 1
        static let reply: UInt16 = 2
        static let identity: UInt16 = 12
        static let zone: UInt16 = 18
        static let filter: UInt16 = 25
    }

    /// Of a conversation's one direction: CTA_TUPLE_IP, CTA_TUPLE_PROTO, and what they are made of.
    private enum Direction {
        static let addresses: UInt16 = 1
        static let transport: UInt16 = 2
        static let number: UInt16 = 1
        static let destinationPort: UInt16 = 3

        /// CTA_IP_V4_SRC, CTA_IP_V6_SRC.
        static func source(_ family: IPAddress.Family) -> UInt16 { family == .v4 ? 1 : 3 }
    }

    /// Has the kernel forget what was sent by UDP to these ports of the host before they were published. Connections of TCP were
    /// refused.
    static func forget(to ports: [PublishedPort]) throws(SystemError) {
        let ports = ports.filter { $0.transport == .udp }
        guard !ports.isEmpty else { return }
        try forget(message(list, family: 0)) { original, _ in isTo(ports, original) }
    }

    /// Has the kernel forget what this address answers: by way of these ports of the host, or of any.
    static func forget(answeredBy address: IPAddress, to ports: [PublishedPort]? = nil) throws(SystemError) {
        var question = message(list, family: address.family.number)
        question.nest(Attribute.reply) { reply in
            reply.nest(Direction.addresses) { $0.append(Direction.source(address.family), address.bytes) }
        }
        // CTA_FILTER_ORIG_FLAGS, CTA_FILTER_REPLY_FLAGS of the source (bit 0): kernels before 5.8 answer with all.
        question.nest(Attribute.filter) { filter in
            filter.append(1, UInt32(0))
            filter.append(2, UInt32(1))
        }
        try forget(question) { original, reply in
            let source = NetlinkMessage.attributes(in: reply)[Direction.addresses].flatMap {
                NetlinkMessage.attributes(in: $0)[Direction.source(address.family)]
            }
            return source.map(Array.init) == address.bytes && ports.map { isTo($0, original) } ?? true
        }
    }

    /// Of those that are listed.
    private static func forget(
        _ question: NetlinkMessage, where accepts: (_ original: ArraySlice<UInt8>, _ reply: ArraySlice<UInt8>) -> Bool
    ) throws(SystemError) {
        var netlink = try Netlink(.netfilter)
        for answer in try netlink.list(question, "list the conversations") {
            let attributes = answer.attributes(after: headerSize)
            guard let family: UInt8 = answer.number(at: 0), let original = attributes[Attribute.original],
                let reply = attributes[Attribute.reply], accepts(original, reply)
            else { continue }
            var forgotten = message(delete, family: family)
            forgotten.nest(Attribute.original, Array(original))
            for attribute in [Attribute.identity, Attribute.zone] {
                if let value = attributes[attribute] { forgotten.append(attribute, Array(value)) }
            }
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
        guard let inner = NetlinkMessage.attributes(in: original)[Direction.transport] else { return false }
        let fields = NetlinkMessage.attributes(in: inner)
        guard let raw: UInt16 = fields[Direction.destinationPort].flatMap({ NetlinkMessage.whole($0) }) else { return false }
        let port = UInt16(bigEndian: raw)
        return ports.contains {
            fields[Direction.number]?.first == $0.transport.number && port >= $0.host && port - $0.host < $0.count
        }
    }
}
