internal import Linux

/// One step of a rule: loads a register, compares one, or decides. linux/netfilter/nf_tables.h.
///
/// Registers hold 16 bytes each (1 to 4) and are the same memory as those of 4 bytes (8 to 23).
enum Expression {
    case meta(MetaKey, to: UInt32)
    case connection(ConnectionKey, to: UInt32)
    case networkHeader(offset: UInt32, length: UInt32, to: UInt32)
    /// The port that a segment or datagram is sent to.
    case destinationPort(to: UInt32)
    /// Whose address the packet is sent to: RTN_LOCAL and others.
    case destinationType(to: UInt32)
    /// Whose address it is sent from.
    case sourceType(to: UInt32)
    /// A value, as it is in memory.
    case value([UInt8], to: UInt32)
    /// Changes what the kernel keeps with the packet, or with its connection.
    case setMeta(MetaKey, from: UInt32)
    case setConnection(ConnectionKey, from: UInt32)
    case mask(UInt32, in: UInt32)
    /// The first bits of an address.
    case prefix(of: Subnet, in: UInt32)
    case equal(UInt32, [UInt8])
    case different(UInt32, [UInt8])
    /// Looks up what begins in one register; what is found goes to another.
    case lookup(String, from: UInt32, to: UInt32)
    /// Adds what is in a register to a set, where it is not there yet.
    case remember(String, UInt32)
    case destinationNAT(IPAddress.Family, address: UInt32, port: UInt32)
    case masquerade
    case accept
    case drop
    case jump(String)
    case giveBack

    /// NFT_META_*.
    enum MetaKey: UInt32 {
        case mark = 3
        case inputName = 6
        case outputName = 7
        case family = 15
        case transport = 16
    }

    /// NFT_CT_*.
    enum ConnectionKey: UInt32 {
        case state = 0
        case status = 2
        case mark = 3
    }

    /// IPS_DST_NAT: its destination was changed.
    static let isForwarded: UInt32 = 1 << 5
    static let wasForwarded: [Expression] = [
        .connection(.status, to: 1), .mask(isForwarded, in: 1), .different(1, NetlinkMessage.bytes(of: UInt32(0))),
    ]
    /// NF_CT_STATE_BIT of a connection's first packet.
    static let isNew: UInt32 = 8
    /// RTN_LOCAL.
    static let local: [UInt8] = NetlinkMessage.bytes(of: UInt32(2))

    /// Where a packet comes from, or goes.
    static func address(_ family: IPAddress.Family, source: Bool, to register: UInt32) -> Expression {
        let offset: UInt32 =
            switch family {
            case .v4: source ? 12 : 16
            case .v6: source ? 8 : 24
            }
        return .networkHeader(offset: offset, length: UInt32(family.size), to: register)
    }

    func append(to list: inout NetlinkMessage) {
        list.nest(1) { element in
            element.append(1, name: name)
            element.nest(2) { fill(&$0) }
        }
    }

    private var name: String {
        switch self {
        case .meta, .setMeta: "meta"
        case .connection, .setConnection: "ct"
        case .networkHeader, .destinationPort: "payload"
        case .destinationType, .sourceType: "fib"
        case .mask, .prefix: "bitwise"
        case .equal, .different: "cmp"
        case .lookup: "lookup"
        case .remember: "dynset"
        case .destinationNAT: "nat"
        case .masquerade: "masq"
        case .accept, .drop, .jump, .giveBack, .value: "immediate"
        }
    }

    private func fill(_ data: inout NetlinkMessage) {
        switch self {
        case .meta(let key, let register): data.append(big: [1: register, 2: key.rawValue])
        case .connection(let key, let register): data.append(big: [1: register, 2: key.rawValue])
        case .setMeta(let key, let register): data.append(big: [3: register, 2: key.rawValue])
        case .setConnection(let key, let register): data.append(big: [4: register, 2: key.rawValue])
        case .value(let bytes, let register):
            data.append(big: [1: register])
            data.nest(2) { $0.append(1, bytes) }
        case .networkHeader(let offset, let length, let register):
            data.append(big: [1: register, 2: 1, 3: offset, 4: length])
        case .destinationPort(let register): data.append(big: [1: register, 2: 2, 3: 2, 4: 2])
        // NFT_FIB_RESULT_ADDRTYPE of NFTA_FIB_F_DADDR, NFTA_FIB_F_SADDR.
        case .destinationType(let register): data.append(big: [1: register, 2: 3, 3: 2])
        case .sourceType(let register): data.append(big: [1: register, 2: 3, 3: 1])
        case .mask(let mask, let register): Self.fill(&data, mask: NetlinkMessage.bytes(of: mask), register)
        case .prefix(let subnet, let register):
            let all = IPAddress(subnet.family, UInt128.max)
            let host = Subnet(of: all, prefix: subnet.prefix)!.base
            Self.fill(&data, mask: host.bytes, register)
        case .equal(let register, let bytes): Self.fill(&data, compare: bytes, register, operation: 0)
        case .different(let register, let bytes): Self.fill(&data, compare: bytes, register, operation: 1)
        case .lookup(let set, let source, let destination):
            data.append(1, name: set)
            data.append(big: [2: source, 3: destination])
        case .remember(let set, let register):
            data.append(1, name: set)
            // NFT_DYNSET_OP_ADD.
            data.append(big: [3: 0, 4: register])
        case .destinationNAT(let family, let address, let port):
            data.append(big: [1: 1, 2: UInt32(family.number), 3: address, 5: port])
        case .masquerade: break
        case .accept: Self.fill(&data, verdict: 1)
        case .drop: Self.fill(&data, verdict: 0)
        // NFT_RETURN.
        case .giveBack: Self.fill(&data, verdict: UInt32(bitPattern: -5))
        // NFT_JUMP.
        case .jump(let chain): Self.fill(&data, verdict: UInt32(bitPattern: -3), chain)
        }
    }

    private static func fill(_ data: inout NetlinkMessage, mask: [UInt8], _ register: UInt32) {
        data.append(big: [1: register, 2: register, 3: UInt32(mask.count)])
        data.nest(4) { $0.append(1, mask) }
        data.nest(5) { $0.append(1, [UInt8](repeating: 0, count: mask.count)) }
    }

    private static func fill(_ data: inout NetlinkMessage, compare bytes: [UInt8], _ register: UInt32, operation: UInt32) {
        data.append(big: [1: register, 2: operation])
        data.nest(3) { $0.append(1, bytes) }
    }

    private static func fill(_ data: inout NetlinkMessage, verdict: UInt32, _ chain: String? = nil) {
        // NFT_REG_VERDICT.
        data.append(big: [1: 0])
        data.nest(2) { value in
            value.nest(2) { inner in
                inner.append(big: [1: verdict])
                if let chain { inner.append(2, name: chain) }
            }
        }
    }
}

extension IPAddress.Family {
    /// What `nft list` needs to show an address. datatype.h of nft: ipv4_addr, ipv6_addr.
    var filterType: UInt32 { self == .v4 ? 7 : 8 }
}

extension NetlinkMessage {
    /// Attributes that are numbers in the order of the network, as nf_tables has them.
    mutating func append(big numbers: KeyValuePairs<UInt16, UInt32>) {
        for (attribute, number) in numbers { append(attribute, number.bigEndian) }
    }
}
