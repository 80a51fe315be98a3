internal import Linux

/// The messages of rtnetlink(7) that make links, addresses and routes. linux/if_link.h, linux/if_addr.h, linux/rtnetlink.h.
enum LinkMessages {
    enum Kind {
        static let newLink: UInt16 = 16
        static let deleteLink: UInt16 = 17
        static let getLink: UInt16 = 18
        static let newAddress: UInt16 = 20
        static let getAddress: UInt16 = 22
        static let newRoute: UInt16 = 24
        static let getRoute: UInt16 = 26
        static let newRule: UInt16 = 32
    }

    /// IFLA_*.
    enum Attribute {
        static let address: UInt16 = 1
        static let name: UInt16 = 3
        static let mtu: UInt16 = 4
        static let link: UInt16 = 5
        static let master: UInt16 = 10
        static let info: UInt16 = 18
        static let namespace: UInt16 = 28
        static let alias: UInt16 = 20
        static let families: UInt16 = 26
        static let infoKind: UInt16 = 1
        static let infoData: UInt16 = 2
        static let portKind: UInt16 = 4
        static let portData: UInt16 = 5
        /// VETH_INFO_PEER.
        static let peer: UInt16 = 1
    }

    /// IFF_UP.
    static let isUp: UInt32 = 1
    static let headerSize = 16

    /// ifinfomsg.
    static func link(_ kind: UInt16, index: Int32 = 0, flags: UInt32 = 0, create: Bool = false) -> NetlinkMessage {
        var message = NetlinkMessage(kind, flags: create ? NetlinkMessage.create | NetlinkMessage.exclusive : 0)
        appendHeader(to: &message, index: index, flags: flags)
        return message
    }

    private static func appendHeader(to message: inout NetlinkMessage, index: Int32, flags: UInt32) {
        message.append(UInt32(0))
        message.append(index)
        message.append(flags)
        message.append(flags)
    }

    static func bridge(_ name: String, mtu: UInt32?, address: HardwareAddress) -> NetlinkMessage {
        var message = link(Kind.newLink, flags: isUp, create: true)
        message.append(Attribute.name, name: name)
        message.append(Attribute.address, address.bytes)
        if let mtu { message.append(Attribute.mtu, mtu) }
        message.nest(Attribute.info) { $0.append(Attribute.infoKind, Array("bridge".utf8)) }
        return message
    }

    /// What a link inside a container's namespace is made with.
    struct Inner {
        var name: String
        var address: HardwareAddress
        var mtu: UInt32?
        /// A descriptor of the namespace.
        var namespace: CInt

        func append(to message: inout NetlinkMessage) {
            message.append(Attribute.name, name: name)
            message.append(Attribute.address, address.bytes)
            if let mtu { message.append(Attribute.mtu, mtu) }
            message.append(Attribute.namespace, UInt32(bitPattern: namespace))
        }
    }

    /// A pair of virtual Ethernet devices: one on a bridge of the host's, one in the container. Neither is
    /// up: that takes both.
    static func pair(_ name: String, bridge: Int32, _ inner: Inner) -> NetlinkMessage {
        var message = link(Kind.newLink, create: true)
        message.append(Attribute.name, name: name)
        if let mtu = inner.mtu { message.append(Attribute.mtu, mtu) }
        message.append(Attribute.master, UInt32(bitPattern: bridge))
        message.nest(Attribute.info) { info in
            info.append(Attribute.infoKind, Array("veth".utf8))
            info.nest(Attribute.infoData) { data in
                data.nest(Attribute.peer) { peer in
                    appendHeader(to: &peer, index: 0, flags: 0)
                    inner.append(to: &peer)
                }
            }
        }
        return message
    }

    /// A bridge's port that also takes back what came from it: where bridged packets pass the packet filter (br_netfilter), a container
    /// reaches itself by its published port only so. IFLA_BRPORT_MODE.
    static func port(_ name: String) -> NetlinkMessage {
        var message = link(Kind.newLink)
        message.append(Attribute.name, name: name)
        message.nest(Attribute.info) { info in
            info.append(Attribute.portKind, Array("bridge".utf8))
            info.nest(Attribute.portData) { $0.append(4, [1] as [UInt8]) }
        }
        return message
    }

    static func up(_ name: String) -> NetlinkMessage {
        var message = link(Kind.newLink, flags: isUp)
        message.append(Attribute.name, name: name)
        return message
    }

    /// Gives a link no IPv6 address of its own accord: what announces it goes to all ports of the bridge, which makes the start of one
    /// container slower by each other. IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE.
    static func withoutOwnAddress(_ name: String) -> NetlinkMessage {
        var message = link(Kind.newLink)
        message.append(Attribute.name, name: name)
        message.nest(Attribute.families) { families in
            families.nest(UInt16(IPAddress.Family.v6.number)) { $0.append(8, [1] as [UInt8]) }
        }
        return message
    }

    /// A device in the container that shares one of the host's: macvlan or ipvlan.
    static func shared(_ kind: String, mode: [UInt8], parent: Int32, _ inner: Inner) -> NetlinkMessage {
        var message = link(Kind.newLink, create: true)
        message.append(Attribute.name, name: inner.name)
        // An ipvlan has the address of the device that it shares.
        if kind != "ipvlan" { message.append(Attribute.address, inner.address.bytes) }
        if let mtu = inner.mtu { message.append(Attribute.mtu, mtu) }
        message.append(Attribute.namespace, UInt32(bitPattern: inner.namespace))
        message.append(Attribute.link, UInt32(bitPattern: parent))
        message.nest(Attribute.info) { info in
            info.append(Attribute.infoKind, Array(kind.utf8))
            // IFLA_MACVLAN_MODE (a number of 32 bits), IFLA_IPVLAN_MODE (of 16).
            info.nest(Attribute.infoData) { $0.append(1, mode) }
        }
        return message
    }

    /// IFA_F_NODAD: no other has it, so that it can be used at once.
    private static let isUnique: UInt32 = 0x02

    static func address(_ address: IPAddress, prefix: Int, on index: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(Kind.newAddress, flags: NetlinkMessage.create | NetlinkMessage.exclusive)
        message.append(address.family.number)
        message.append(UInt8(prefix))
        message.append(address.family == .v6 ? UInt8(isUnique) : 0)
        message.append(UInt8(0))
        message.append(index)
        // IFA_LOCAL, IFA_ADDRESS, and of IPv4 IFA_BROADCAST.
        message.append(2, address.bytes)
        message.append(1, address.bytes)
        if address.family == .v4, prefix < 31, let subnet = Subnet(of: address, prefix: prefix) {
            message.append(4, subnet.last.bytes)
        }
        return message
    }

    /// The way to everywhere by a gateway; by a device alone where there is none.
    static func defaultRoute(
        _ family: IPAddress.Family, by gateway: IPAddress?, on index: Int32, metric: UInt32
    ) -> NetlinkMessage {
        route(to: Subnet(of: IPAddress(family, 0), prefix: 0)!, by: gateway, on: index, metric: metric)
    }

    /// Of packets with a mark, one table says where they go. fib_rule_hdr; FR_ACT_TO_TBL.
    static func rule(_ family: IPAddress.Family, mark: UInt32, table: UInt8) -> NetlinkMessage {
        var message = NetlinkMessage(Kind.newRule, flags: NetlinkMessage.create | NetlinkMessage.exclusive)
        message.append([family.number, 0, 0, 0, table, 0, 0, 1] as [UInt8])
        message.append(UInt32(0))
        // FRA_PRIORITY, FRA_FWMARK.
        message.append(6, UInt32(table))
        message.append(10, mark)
        return message
    }

    /// In such a table: every address is this host's. RTPROT_STATIC, RT_SCOPE_HOST, RTN_LOCAL.
    static func everythingIsHere(_ family: IPAddress.Family, table: UInt8) -> NetlinkMessage {
        var message = NetlinkMessage(Kind.newRoute, flags: NetlinkMessage.create | NetlinkMessage.exclusive)
        message.append([family.number, 0, 0, 0, table, 4, 254, 2] as [UInt8])
        message.append(UInt32(0))
        // RTA_OIF: the loopback is the first device of each namespace.
        message.append(4, UInt32(1))
        return message
    }

    /// rtmsg; RT_TABLE_MAIN, RTPROT_STATIC, RTN_UNICAST.
    static func route(to subnet: Subnet, by gateway: IPAddress?, on index: Int32, metric: UInt32) -> NetlinkMessage {
        var message = NetlinkMessage(Kind.newRoute, flags: NetlinkMessage.create | NetlinkMessage.exclusive)
        message.append(subnet.family.number)
        message.append(UInt8(subnet.prefix))
        message.append(UInt16(0))
        message.append([254, 4, gateway == nil && subnet.family == .v4 ? 253 : 0, 1] as [UInt8])
        message.append(UInt32(0))
        // RTA_DST, RTA_GATEWAY, RTA_OIF, RTA_PRIORITY.
        if subnet.prefix > 0 { message.append(1, subnet.base.bytes) }
        if let gateway { message.append(5, gateway.bytes) }
        message.append(4, UInt32(bitPattern: index))
        if metric > 0 { message.append(6, metric) }
        return message
    }
}

extension NetlinkMessage {
    fileprivate mutating func append(_ bytes: [UInt8]) { for byte in bytes { append(byte) } }
}
