/// The map of a network's table that says behind which container's port one of the host's is.
struct PortMap: Sendable {
    let family: IPAddress.Family
    /// Whether the address that a packet is sent to belongs to the key; otherwise all of the host's do.
    let isBound: Bool

    static let all = IPAddress.Family.allCases.flatMap { family in
        [PortMap(family: family, isBound: true), PortMap(family: family, isBound: false)]
    }

    var name: String { "\(isBound ? "bound" : "ports")\(family == .v4 ? 4 : 6)" }

    /// What `nft list` needs to show the keys: types of six bits each. datatype.h of nft: inet_proto, inet_service.
    var keyType: UInt32 { (isBound ? family.filterType << 12 : 0) | 12 << 6 | 13 }
    var keyLength: UInt32 { UInt32(isBound ? family.size : 0) + 8 }
    var dataType: UInt32 { family.filterType << 6 | 13 }
    var dataLength: UInt32 { UInt32(family.size) + 4 }

    struct Element: Equatable, Sendable {
        var key: [UInt8]
        /// Empty in a set.
        var data: [UInt8] = []
    }

    /// The elements of a port; none where the map is for another kind.
    func elements(_ port: PublishedPort, behind address: IPAddress) -> [Element] {
        guard address.family == family, isBound == (port.address != nil), port.address.map({ $0.family == family }) ?? true else {
            return []
        }
        return port.single.map { single in
            Element(
                key: (single.address?.bytes ?? []) + [single.transport.number, 0, 0, 0] + Self.padded(single.host),
                data: address.bytes + Self.padded(single.container))
        }
    }

    private static func padded(_ port: UInt16) -> [UInt8] { [UInt8(port >> 8), UInt8(port & 255), 0, 0] }

    /// The rule that looks here: to what is found, the packet goes.
    ///
    /// The key begins in register 1 and what is found in register 3, so that neither an address of IPv6 reaches the other.
    var rule: [Expression] {
        var expressions: [Expression] = [.meta(.family, to: 1), .equal(1, [family.number])]
        if !isBound { expressions += [.destinationType(to: 1), .equal(1, Expression.local)] }
        var next: UInt32 = 8
        if isBound {
            expressions.append(.address(family, source: false, to: 1))
            next += UInt32(family.size / 4)
        }
        expressions += [.meta(.transport, to: next), .destinationPort(to: next + 1), .lookup(name, from: 1, to: 3)]
        // Register 3 begins with the ninth of those of four bytes.
        expressions.append(.destinationNAT(family, address: 3, port: 16 + UInt32(family.size / 4)))
        return expressions
    }
}
