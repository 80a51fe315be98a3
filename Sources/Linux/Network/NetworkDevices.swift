/// Devices of a network namespace, and how they pass from one to another. rtnetlink(7), netdevice(7).
public struct NetworkDevices: ~Copyable {
    private var netlink: Netlink

    /// An address that stays when the device moves.
    public struct Address: Sendable, Equatable {
        var family: UInt8
        var prefix: UInt8
        var flags: UInt32
        var attributes: [UInt16: [UInt8]]
    }

    private enum Message {
        static let newLink: UInt16 = 16
        static let getLink: UInt16 = 18
        static let newAddress: UInt16 = 20
        static let getAddress: UInt16 = 22
    }

    /// linux/if_link.h.
    private enum LinkAttribute {
        static let name: UInt16 = 3
        static let namespace: UInt16 = 28
    }

    /// linux/if_addr.h.
    private enum AddressAttribute {
        static let flags: UInt16 = 8
        /// IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY.
        static let kept: Set<UInt16> = [1, 2, 4, 9]
    }

    /// IFF_UP.
    private static let isUp: UInt32 = 1
    /// IFA_F_PERMANENT.
    private static let isPermanent: UInt32 = 0x80
    /// NLM_F_CREATE, NLM_F_EXCL.
    private static let createOnly: UInt16 = 0x600

    /// Those of the caller's namespace, also once the caller has gone to another.
    public init() throws(SystemError) { netlink = try Netlink() }

    /// Those of a namespace named by a descriptor; the caller, which has one thread, goes there and comes back. setns(2).
    public static func of(_ namespace: borrowing Descriptor) throws(SystemError) -> NetworkDevices {
        NetworkDevices(netlink: try Netlink.of(namespace))
    }

    private init(netlink: consuming Netlink) { self.netlink = netlink }

    /// The number of the device of this name.
    ///
    /// - Throws: ENODEV where there is none.
    public mutating func index(of name: String) throws(SystemError) -> Int32 {
        var message = Self.link(Message.getLink, index: 0)
        message.append(LinkAttribute.name, name: name)
        guard let answer = try netlink.ask(message, name).first, let index: Int32 = answer.number(at: 4) else {
            throw SystemError("rtnetlink", name, .noSuchAddressOrDevice)
        }
        return index
    }

    /// Its addresses that nobody but an administrator gave, and that are known beyond the link.
    public mutating func permanentAddresses(of index: Int32, _ name: String) throws(SystemError) -> [Address] {
        var message = NetlinkMessage(Message.getAddress)
        for _ in 0..<4 { message.append(UInt8(0)) }
        message.append(UInt32(0))
        var addresses: [Address] = []
        for answer in try netlink.list(message, "addresses of \(name)") {
            guard let family: UInt8 = answer.number(at: 0), let prefix: UInt8 = answer.number(at: 1),
                let shortFlags: UInt8 = answer.number(at: 2), let scope: UInt8 = answer.number(at: 3),
                let owner: Int32 = answer.number(at: 4), owner == index, scope == 0
            else { continue }
            let attributes = answer.attributes(after: 8)
            let flags = attributes[AddressAttribute.flags].flatMap { NetlinkMessage.whole($0) as UInt32? } ?? UInt32(shortFlags)
            guard flags & Self.isPermanent != 0 else { continue }
            let kept = attributes.filter { AddressAttribute.kept.contains($0.key) }.mapValues(Array.init)
            addresses.append(Address(family: family, prefix: prefix, flags: flags, attributes: kept))
        }
        return addresses
    }

    /// Moves a device to another namespace, under another name. The kernel takes it down and its addresses away.
    public mutating func move(
        _ index: Int32, to namespace: borrowing Descriptor, as name: String
    ) throws(SystemError) {
        var message = Self.link(Message.newLink, index: index)
        message.append(LinkAttribute.namespace, UInt32(bitPattern: namespace.raw))
        message.append(LinkAttribute.name, name: name)
        try netlink.ask(message, "move \(name)")
    }

    public mutating func add(_ address: Address, to index: Int32, _ name: String) throws(SystemError) {
        var message = NetlinkMessage(Message.newAddress, flags: Self.createOnly)
        message.append(address.family)
        message.append(address.prefix)
        message.append(UInt8(truncatingIfNeeded: address.flags))
        message.append(UInt8(0))
        message.append(index)
        for (attribute, bytes) in address.attributes.sorted(by: { $0.key < $1.key }) { message.append(attribute, bytes) }
        message.append(AddressAttribute.flags, address.flags)
        try netlink.ask(message, "address of \(name)")
    }

    public mutating func bringUp(_ index: Int32, _ name: String) throws(SystemError) {
        try netlink.ask(Self.link(Message.newLink, index: index, flags: Self.isUp), "\(name) up")
    }

    /// ifinfomsg, with the flags to set.
    private static func link(_ type: UInt16, index: Int32, flags: UInt32 = 0) -> NetlinkMessage {
        var message = NetlinkMessage(type)
        message.append(UInt32(0))
        message.append(index)
        message.append(flags)
        message.append(flags)
        return message
    }
}
