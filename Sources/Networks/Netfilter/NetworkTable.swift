internal import Linux

/// What the packet filter does for a network: a table of its own, named as its bridge, made once; a container that is connected
/// adds elements to its maps only.
package struct NetworkTable: Sendable {
    let network: NetworkRecord
    private var name: String { network.interface }

    /// With what all bridges of hako's begin.
    package static let bridgePrefix = "hako"

    package init(_ network: NetworkRecord) { self.network = network }

    func isThere() throws(SystemError) -> Bool { try FilterBatch.hasTable(name) }

    /// Makes the table, in place of one that is there, with the ports of those who are connected.
    func install(_ members: [(ports: [PublishedPort], addresses: [IPAddress])]) throws(SystemError) {
        var batch = FilterBatch()
        batch.replaceTable(name)
        for map in PortMap.all { batch.addMap(map, in: name) }
        for set in ReachedSet.all { batch.addSet(set, in: name) }
        batch.addChain("publish", in: name)
        // No rule can lead ::1 elsewhere: it is refused at once, so that clients try 127.0.0.1.
        let loopback = Subnet(of: IPAddress(.v6, 1), prefix: 128)!
        batch.addRule(Self.isIn(loopback, source: false) + [.giveBack], to: "publish", in: name)
        for map in PortMap.all { batch.addRule(map.rule, to: "publish", in: name) }
        batch.addChain("arrive", in: name, at: .arrival)
        batch.addChain("send", in: name, at: .sent)
        for chain in ["arrive", "send"] { batch.addRule([.jump("publish")], to: chain, in: name) }
        addGuard(&batch)
        if network.hasNames { addNameGuard(&batch) }
        addForwarding(&batch)
        addReached(&batch)
        addMasquerade(&batch)
        for member in members where !member.ports.isEmpty {
            change(member.ports, member.addresses, remove: false, &batch)
            // Who has reached them until now is not known.
            for address in member.addresses { changeReached(address, remove: false, &batch) }
        }
        try batch.commit("make the table \(name)")
    }

    func remove() throws(SystemError) {
        var batch = FilterBatch()
        batch.removeTable(name)
        try batch.commit("remove the table \(name)")
    }

    // MARK: Ports

    func add(_ ports: [PublishedPort], behind addresses: [IPAddress]) throws(SystemError) {
        var batch = FilterBatch()
        change(ports, addresses, remove: false, &batch)
        try batch.commit("publish ports in the table \(name)")
        try ConnectionTracking.forget(to: ports)
    }

    /// Has the kernel forget what goes to these addresses by published ports: connections to a container that is gone, whose clients
    /// would be led there when they come again from the same port.
    ///
    /// - Parameter connections: gets those that take time to close, as `FilterBatch.commit` has it.
    func forgetConversations(with addresses: [IPAddress], _ connections: inout [SharedDescriptor]) throws(SystemError) {
        for address in addresses {
            let set = ReachedSet(family: address.family)
            let (isReached, connection) = try FilterBatch.hasElement(address.bytes, of: set.name, in: name)
            connections.append(connection)
            guard isReached else { continue }
            try ConnectionTracking.forget(answeredBy: address)
            var batch = FilterBatch()
            changeReached(address, remove: true, &batch)
            if let connection = try batch.commit("forget who reached \(address)") { connections.append(connection) }
        }
    }

    private func changeReached(_ address: IPAddress, remove: Bool, _ batch: inout FilterBatch) {
        batch.change(
            [PortMap.Element(key: address.bytes)], of: ReachedSet(family: address.family).name, in: name, remove: remove)
    }

    /// Takes ports away; those that are not there are no error.
    ///
    /// - Returns: as `FilterBatch.commit`.
    @discardableResult
    func remove(_ ports: [PublishedPort], behind addresses: [IPAddress]) throws(SystemError) -> SharedDescriptor? {
        var batch = FilterBatch()
        change(ports, addresses, remove: true, &batch)
        do throws(SystemError) {
            return try batch.commit("take ports from the table \(name)")
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            // One is missing, and so all are still there: each by itself, then.
            for port in ports.flatMap(\.single) {
                var single = FilterBatch()
                change([port], addresses, remove: true, &single)
                do throws(SystemError) { try single.commit("take a port from the table \(name)") } catch {
                    guard error.errno == .noSuchFileOrDirectory else { throw error }
                }
            }
            return nil
        }
    }

    private func change(_ ports: [PublishedPort], _ addresses: [IPAddress], remove: Bool, _ batch: inout FilterBatch) {
        for map in PortMap.all {
            guard let address = addresses.first(where: { $0.family == map.family }) else { continue }
            batch.change(ports.flatMap { map.elements($0, behind: address) }, of: map.name, in: name, remove: remove)
        }
    }

    // MARK: Rules

    /// A name as the kernel compares it: padded to IFNAMSIZ, or its beginning only.
    static func link(_ name: String) -> [UInt8] {
        Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
    }

    private var bridge: [UInt8] { Self.link(name) }
    private static let anyBridge = Array(bridgePrefix.utf8)

    /// The bridge may carry 127.0.0.1, so that ports are reached there; what containers send to it ends here.
    private func addGuard(_ batch: inout FilterBatch) {
        batch.addChain("guard", in: name, at: .beforeAll)
        let loopback = Subnet(of: IPAddress("127.0.0.0")!, prefix: 8)!
        batch.addRule(
            [.meta(.inputName, to: 1), .equal(1, bridge)] + Self.isIn(loopback, source: false) + [.drop], to: "guard", in: name)
    }

    /// The name server answers this network's containers, and the host.
    private func addNameGuard(_ batch: inout FilterBatch) {
        batch.addChain("names", in: name, at: .input)
        let fromElsewhere: [Expression] = [
            .meta(.inputName, to: 1), .different(1, bridge), .meta(.inputName, to: 1), .different(1, Self.link("lo")),
        ]
        for gateway in network.subnets.compactMap(\.gateway) {
            guard let alone = Subnet(of: gateway, prefix: gateway.family.bits) else { continue }
            batch.addRule(
                fromElsewhere + Self.isIn(alone, source: false) + [.destinationPort(to: 1), .equal(1, [0, 53]), .drop],
                to: "names",
                in: name)
        }
    }

    private func addForwarding(_ batch: inout FilterBatch) {
        batch.addChain("forward", in: name, at: .forward)
        let comesIn: [Expression] = [
            .meta(.inputName, to: 1), .different(1, bridge), .meta(.outputName, to: 1), .equal(1, bridge),
        ]
        let goesOut: [Expression] = [
            .meta(.inputName, to: 1), .equal(1, bridge), .meta(.outputName, to: 1), .different(1, bridge),
        ]
        if network.isInternal {
            for way in [comesIn, goesOut] { batch.addRule(way + [.drop], to: "forward", in: name) }
            return
        }
        let isNew: [Expression] = [
            .connection(.state, to: 1), .mask(Expression.isNew, in: 1), .different(1, NetlinkMessage.bytes(of: UInt32(0))),
        ]
        let isNotForwarded: [Expression] = [
            .connection(.status, to: 1), .mask(Expression.isForwarded, in: 1), .equal(1, NetlinkMessage.bytes(of: UInt32(0))),
        ]
        if network.isIsolated {
            let toOthers: [Expression] = [.meta(.outputName, to: 1), .equal(1, Self.anyBridge)]
            batch.addRule(goesOut + toOthers + isNew + isNotForwarded + [.drop], to: "forward", in: name)
        } else {
            batch.addRule(comesIn + [.meta(.inputName, to: 1), .equal(1, Self.anyBridge), .accept], to: "forward", in: name)
        }
        // From elsewhere only by a published port, even where somebody has a route to the containers' addresses.
        batch.addRule(comesIn + isNew + isNotForwarded + [.drop], to: "forward", in: name)
    }

    /// Of connections the first packets pass here, and before what may change where they come from.
    private func addReached(_ batch: inout FilterBatch) {
        batch.addChain("reached", in: name, at: .beforeDeparture)
        for set in ReachedSet.all {
            batch.addRule([.meta(.outputName, to: 1), .equal(1, bridge)] + set.rule, to: "reached", in: name)
        }
    }

    private func addMasquerade(_ batch: inout FilterBatch) {
        batch.addChain("depart", in: name, at: .departure)
        for subnet in network.subnets.map(\.subnet) {
            // A container that reaches another, or itself, by a published port: the answer has to come back this way.
            batch.addRule(
                Self.isIn(subnet, source: true) + Self.isIn(subnet, source: false) + Expression.wasForwarded + [.masquerade],
                to: "depart", in: name)
            guard !network.isInternal else { continue }
            batch.addRule(
                Self.isIn(subnet, source: true) + Self.isIn(subnet, source: false, negated: true) + [.masquerade], to: "depart",
                in: name)
        }
        let loopback = Subnet(of: IPAddress("127.0.0.0")!, prefix: 8)!
        batch.addRule(
            [.meta(.outputName, to: 1), .equal(1, bridge)] + Self.isIn(loopback, source: true) + [.masquerade], to: "depart",
            in: name)
    }

    /// Whether a packet's source, or its destination, is in a subnet.
    private static func isIn(_ subnet: Subnet, source: Bool, negated: Bool = false) -> [Expression] {
        return [
            .meta(.family, to: 1), .equal(1, [subnet.family.number]),
            .address(subnet.family, source: source, to: 1), .prefix(of: subnet, in: 1),
            negated ? .different(1, subnet.base.bytes) : .equal(1, subnet.base.bytes),
        ]
    }
}
