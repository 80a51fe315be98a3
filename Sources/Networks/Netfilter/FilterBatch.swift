internal import Linux

/// Changes of the packet filter that the kernel makes all at once, or not at all. nfnetlink, nf_tables.
struct FilterBatch {
    private(set) var messages: [NetlinkMessage] = []
    private var nextSet: UInt32 = 1
    private let family: Family

    init(_ family: Family = .both) { self.family = family }

    /// What a table sees. NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6.
    enum Family: UInt8 {
        case both = 1
        case v4 = 2
        case v6 = 10
    }

    /// NFNL_SUBSYS_NFTABLES.
    private static let subsystem: UInt16 = 10

    enum Kind {
        static let newTable: UInt16 = 0
        static let getTable: UInt16 = 1
        static let deleteTable: UInt16 = 2
        static let newChain: UInt16 = 3
        static let getChain: UInt16 = 4
        static let newRule: UInt16 = 6
        static let getRule: UInt16 = 7
        static let deleteRule: UInt16 = 8
        static let newSet: UInt16 = 9
        static let newElements: UInt16 = 12
        static let getElements: UInt16 = 13
        static let deleteElements: UInt16 = 14
    }

    /// A place in the kernel's path of a packet. NF_INET_*, and the priority among those who look there.
    struct Hook {
        var number: UInt32
        var priority: Int32
        var type: String

        static let beforeAll = Hook(number: 0, priority: -300, type: "filter")
        /// After the kernel knows the connection, before it looks for the way.
        static let known = Hook(number: 0, priority: -150, type: "filter")
        static let ownKnown = Hook(number: 3, priority: -150, type: "filter")
        static let arrival = Hook(number: 0, priority: -100, type: "nat")
        static let input = Hook(number: 1, priority: 0, type: "filter")
        static let forward = Hook(number: 2, priority: 0, type: "filter")
        static let sent = Hook(number: 3, priority: -100, type: "nat")
        static let beforeDeparture = Hook(number: 4, priority: 90, type: "nat")
        static let departure = Hook(number: 4, priority: 100, type: "nat")
    }

    private mutating func add(_ kind: UInt16, flags: UInt16 = 0, _ fill: (inout NetlinkMessage) -> Void) {
        var message = Self.message(kind, family, flags: flags)
        fill(&message)
        messages.append(message)
    }

    static func message(_ kind: UInt16, _ family: Family, flags: UInt16 = 0) -> NetlinkMessage {
        var message = NetlinkMessage(subsystem << 8 | kind, flags: flags)
        header(&message, family: family.rawValue, resource: 0)
        return message
    }

    /// nfgenmsg.
    private static func header(_ message: inout NetlinkMessage, family: UInt8, resource: UInt16) {
        message.append(family)
        message.append(UInt8(0))
        message.append(resource.bigEndian)
    }

    // MARK: Tables, chains, rules

    /// Begins a table anew: one that is there is replaced in the same step.
    mutating func replaceTable(_ table: String) {
        removeTable(table)
        add(Kind.newTable, flags: NetlinkMessage.create) { $0.append(1, name: table) }
    }

    /// Removes one; that there is none is no error, as it is made first.
    mutating func removeTable(_ table: String) {
        add(Kind.newTable, flags: NetlinkMessage.create) { $0.append(1, name: table) }
        add(Kind.deleteTable) { $0.append(1, name: table) }
    }

    mutating func addChain(_ chain: String, in table: String, at hook: Hook? = nil) {
        add(Kind.newChain, flags: NetlinkMessage.create) { message in
            message.append(1, name: table)
            message.append(3, name: chain)
            guard let hook else { return }
            message.nest(4) { $0.append(big: [1: hook.number, 2: UInt32(bitPattern: hook.priority)]) }
            // NF_ACCEPT.
            message.append(big: [5: 1])
            message.append(7, name: hook.type)
        }
    }

    /// Where in a chain a rule goes; a rule of it is named by its handle.
    enum Position {
        case beginning, end
        case before(UInt64)
    }

    /// - Parameter userData: what the kernel keeps with the rule, and does not look at.
    mutating func addRule(
        _ expressions: [Expression], to chain: String, in table: String, at position: Position = .end, userData: [UInt8] = []
    ) {
        var flags = NetlinkMessage.create
        if case .end = position { flags |= NetlinkMessage.append }
        add(Kind.newRule, flags: flags) { message in
            message.append(1, name: table)
            message.append(2, name: chain)
            message.nest(4) { list in for expression in expressions { expression.append(to: &list) } }
            if case .before(let handle) = position { message.append(6, NetlinkMessage.bytes(of: handle.bigEndian)) }
            if !userData.isEmpty { message.append(7, userData) }
        }
    }

    mutating func removeRule(_ handle: UInt64, from chain: String, in table: String) {
        add(Kind.deleteRule) { message in
            message.append(1, name: table)
            message.append(2, name: chain)
            message.append(3, NetlinkMessage.bytes(of: handle.bigEndian))
        }
    }

    // MARK: Maps and sets

    mutating func addMap(_ map: PortMap, in table: String) {
        addSet(map.name, in: table) { message in
            // NFT_SET_MAP.
            message.append(big: [3: 8, 4: map.keyType, 5: map.keyLength, 6: map.dataType, 7: map.dataLength])
        }
    }

    mutating func addSet(_ set: ReachedSet, in table: String) {
        addSet(set.name, in: table) { message in
            // NFT_SET_EVAL: packets add to it. NFTA_SET_DESC_SIZE.
            message.append(big: [3: 32, 4: set.family.filterType, 5: UInt32(set.family.size)])
            message.nest(9) { $0.append(big: [1: ReachedSet.size]) }
        }
    }

    private mutating func addSet(_ name: String, in table: String, _ fill: (inout NetlinkMessage) -> Void) {
        let number = nextSet
        nextSet += 1
        add(Kind.newSet, flags: NetlinkMessage.create) { message in
            message.append(1, name: table)
            message.append(2, name: name)
            fill(&message)
            message.append(big: [10: number])
        }
    }

    /// As many to a message as its length can count.
    private static let elementsPerMessage = 400

    /// - Parameter set: a map, or a set, whose elements have no data.
    mutating func change(_ elements: [PortMap.Element], of set: String, in table: String, remove: Bool) {
        var rest = elements[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.elementsPerMessage)
            rest = rest.dropFirst(part.count)
            add(remove ? Kind.deleteElements : Kind.newElements, flags: remove ? 0 : NetlinkMessage.create) { message in
                Self.appendElements(Array(part), of: set, in: table, withData: !remove, &message)
            }
        }
    }

    private static func appendElements(
        _ elements: [PortMap.Element], of set: String, in table: String, withData: Bool, _ message: inout NetlinkMessage
    ) {
        message.append(1, name: table)
        message.append(2, name: set)
        message.nest(3) { list in
            for element in elements {
                list.nest(1) { item in
                    item.nest(1) { $0.append(1, element.key) }
                    if withData, !element.data.isEmpty { item.nest(2) { $0.append(1, element.data) } }
                }
            }
        }
    }

    // MARK: With the kernel

    /// NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END.
    private static func frame(_ type: UInt16) -> NetlinkMessage {
        var message = NetlinkMessage(type)
        header(&message, family: 0, resource: subsystem)
        return message
    }

    /// - Returns: the connection. Closing it waits until the kernel has freed what was removed, some milliseconds: who is in a hurry
    ///   keeps it.
    @discardableResult
    func commit(_ what: String) throws(SystemError) -> SharedDescriptor? {
        guard !messages.isEmpty else { return nil }
        var netlink = try Netlink(.netfilter)
        try netlink.transact([Self.frame(16)] + messages + [Self.frame(17)], framed: true, what)
        return SharedDescriptor(netlink.release())
    }

    static func hasTable(_ table: String) throws(SystemError) -> Bool {
        var message = message(Kind.getTable, .both)
        message.append(1, name: table)
        var netlink = try Netlink(.netfilter)
        return try isThere(message, "look for the table \(table)", &netlink)
    }

    /// - Returns: the connection too, as `commit` does: after a change its end waits as that of the change's own.
    static func hasElement(
        _ key: [UInt8], of set: String, in table: String
    ) throws(SystemError) -> (isThere: Bool, connection: SharedDescriptor) {
        var message = message(Kind.getElements, .both)
        appendElements([PortMap.Element(key: key)], of: set, in: table, withData: false, &message)
        var netlink = try Netlink(.netfilter)
        let isThere = try isThere(message, "look into the set \(set) of the table \(table)", &netlink)
        return (isThere, SharedDescriptor(netlink.release()))
    }

    private static func isThere(
        _ message: NetlinkMessage, _ what: String, _ netlink: inout Netlink
    ) throws(SystemError) -> Bool {
        do throws(SystemError) {
            _ = try netlink.ask(message, what)
            return true
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return false
        }
    }
}
