package import Linux

/// The links of one network namespace. rtnetlink(7).
package struct Links: ~Copyable {
    private var netlink: Netlink

    /// Those of the caller's namespace.
    package init() throws(SystemError) { netlink = try Netlink() }

    /// Those of a namespace named by a descriptor.
    package init(of namespace: borrowing Descriptor) throws(SystemError) { netlink = try Netlink.of(namespace) }

    /// What is known of a link.
    package struct Link: Sendable {
        package let index: Int32
        package let name: String
        package let isUp: Bool
        package let mtu: UInt32
        /// What whoever made it wrote down beside it; empty where that is nothing.
        package let alias: String
        /// The link that it is a port of; 0 for none.
        package let master: Int32

        init?(_ answer: NetlinkMessage) {
            guard answer.type == LinkMessages.Kind.newLink, let index: Int32 = answer.number(at: 4),
                let flags: UInt32 = answer.number(at: 8)
            else { return nil }
            let attributes = answer.attributes(after: LinkMessages.headerSize)
            self.index = index
            name = attributes[LinkMessages.Attribute.name].map { NetlinkMessage.text($0) } ?? ""
            isUp = flags & LinkMessages.isUp != 0
            mtu = attributes[LinkMessages.Attribute.mtu].flatMap { NetlinkMessage.whole($0) } ?? 0
            alias = attributes[LinkMessages.Attribute.alias].map { NetlinkMessage.text($0) } ?? ""
            master = attributes[LinkMessages.Attribute.master].flatMap { NetlinkMessage.whole($0) } ?? 0
        }
    }

    /// The link of this name; nil where there is none.
    package mutating func find(_ name: String) throws(SystemError) -> Link? {
        var message = LinkMessages.link(LinkMessages.Kind.getLink)
        message.append(LinkMessages.Attribute.name, name: name)
        do throws(SystemError) { return try netlink.ask(message, "look for the link \(name)").compactMap(Link.init).first } catch
        {
            guard error.errno == .operationNotSupportedByDevice else { throw error }
            return nil
        }
    }

    package mutating func all() throws(SystemError) -> [Link] {
        try netlink.list(LinkMessages.link(LinkMessages.Kind.getLink), "list the links").compactMap(Link.init)
    }

    /// Does several things by one write; the first error is thrown, and what does not depend on it is done.
    mutating func transact(_ messages: [NetlinkMessage], _ what: String) throws(SystemError) {
        guard !messages.isEmpty else { return }
        try netlink.transact(messages, what)
    }

    /// Takes a link away; nothing there is fine.
    package mutating func remove(_ name: String) throws(SystemError) {
        var message = LinkMessages.link(LinkMessages.Kind.deleteLink)
        message.append(LinkMessages.Attribute.name, name: name)
        do throws(SystemError) { try netlink.ask(message, "remove the link \(name)") } catch {
            guard error.errno == .operationNotSupportedByDevice else { throw error }
        }
    }

    /// The subnets that there is a way to, but for the one to everywhere.
    package mutating func routedSubnets() throws(SystemError) -> [Subnet] {
        var subnets: [Subnet] = []
        for family in IPAddress.Family.allCases {
            for answer in try routes(family) {
                guard let prefix: UInt8 = answer.number(at: 1), prefix > 0,
                    let base = answer.attributes(after: Self.routeHeaderSize)[1].flatMap({ IPAddress(bytes: $0) }),
                    let subnet = Subnet(of: base, prefix: Int(prefix))
                else { continue }
                subnets.append(subnet)
            }
        }
        return subnets
    }

    /// Whether the main table (RT_TABLE_MAIN) has a way to everywhere (RTN_UNICAST).
    package mutating func hasDefaultRoute(_ family: IPAddress.Family) throws(SystemError) -> Bool {
        try routes(family).contains { answer in
            let numbers: [UInt8?] = [1, 4, 7].map { answer.number(at: $0) }
            return numbers == [0, 254, 1]
        }
    }

    /// rtmsg.
    private static let routeHeaderSize = 12

    private mutating func routes(_ family: IPAddress.Family) throws(SystemError) -> [NetlinkMessage] {
        var message = NetlinkMessage(LinkMessages.Kind.getRoute)
        message.append(family.number)
        for _ in 1..<Self.routeHeaderSize { message.append(UInt8(0)) }
        return try netlink.list(message, "list the routes")
    }

    /// The addresses of a link.
    package mutating func addresses(of index: Int32) throws(SystemError) -> [(address: IPAddress, prefix: Int)] {
        // ifaddrmsg.
        var message = NetlinkMessage(LinkMessages.Kind.getAddress)
        for _ in 0..<8 { message.append(UInt8(0)) }
        return try netlink.list(message, "list the addresses").compactMap { answer in
            guard let owner: Int32 = answer.number(at: 4), owner == index, let prefix: UInt8 = answer.number(at: 1) else {
                return nil
            }
            let attributes = answer.attributes(after: 8)
            return (attributes[2] ?? attributes[1]).flatMap { IPAddress(bytes: $0) }.map { ($0, Int(prefix)) }
        }
    }
}
