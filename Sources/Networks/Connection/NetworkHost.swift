package import Linux

/// The host's side of a network: a bridge with the gateways' addresses, and a table of the packet filter. Made when the first
/// container is connected, and again where somebody took it away.
package struct NetworkHost: Sendable {
    package let network: NetworkRecord
    package let directory: NetworkDirectory

    package init(_ network: NetworkRecord, _ directory: NetworkDirectory) {
        self.network = network
        self.directory = directory
    }

    /// The bridge's number; what is missing is made.
    package func ensure() throws(NetworkError) -> Int32 {
        if let index = try found() { return index }
        return try withLock { () throws(NetworkError) in
            if let index = try found() { return index }
            return try setUp()
        }
    }

    /// Makes everything anew, and connects the containers that are alive again.
    package func reload() throws(NetworkError) {
        try withLock { () throws(NetworkError) in _ = try setUp() }
    }

    private func withLock<Result>(_ body: () throws(NetworkError) -> Result) throws(NetworkError) -> Result {
        let lock = try networking("lock the network \(network.name)") { () throws(SystemError) in try directory.lock() }
        defer { withExtendedLifetime(lock.raw) {} }
        return try body()
    }

    /// Nil where something is missing.
    private func found() throws(NetworkError) -> Int32? {
        try networking("look at the network \(network.name)") { () throws(SystemError) in
            var links = try Links()
            guard let link = try links.find(network.interface), link.alias == alias, link.isUp, directory.network() == network,
                try NetworkTable(network).isThere(), try HostFirewall(network).isOpen()
            else { return nil }
            return link.index
        }
    }

    /// Tells the bridge from one that somebody else made.
    private var alias: String { "hako network \(network.id)" }

    private func setUp() throws(NetworkError) -> Int32 {
        let index = try Trace.purpose("make the bridge \(network.interface)") { () throws(NetworkError) in try makeBridge() }
        let alive = directory.all().filter(\.isAlive)
        do throws(SystemError) {
            try directory.write(network)
            try Trace.purpose("make the network's table of the packet filter") { () throws(SystemError) in
                try NetworkTable(network).install(alive.map { ($0.ports, $0.addresses) })
            }
            try Trace.purpose("let the bridge through other firewalls") { () throws(SystemError) in
                try HostFirewall(network).open()
            }
            try attach(alive, to: index)
        } catch {
            throw NetworkError("cannot set up the network \(network.name): \(error.errno) (\(error.subject))\(Self.hint(error))")
        }
        return index
    }

    private static func hint(_ error: SystemError) -> String {
        error.call == "nf_tables" && error.errno == .notSupported ? "; the kernel lacks nf_tables" : ""
    }

    // MARK: The bridge

    private func makeBridge() throws(NetworkError) -> Int32 {
        let what = "make the bridge \(network.interface)"
        var links = try networking(what) { () throws(SystemError) in try Links() }
        var link = try networking(what) { () throws(SystemError) in try links.find(network.interface) }
        if let found = link, found.alias != alias, !found.alias.isEmpty || !found.name.hasPrefix(NetworkTable.bridgePrefix) {
            throw NetworkError(
                "the link \(network.interface) is there and not this network's; remove it (ip link del \(network.interface)), or "
                    + "make the network anew")
        }
        return try networking(what) { () throws(SystemError) in
            if link == nil {
                let address = network.subnets.compactMap(\.gateway).first ?? network.subnets.first?.subnet.base
                try links.transact(
                    [
                        LinkMessages.bridge(
                            network.interface, mtu: network.mtu, address: HardwareAddress(for: address ?? IPAddress(.v4, 0)))
                    ], what)
                link = try links.find(network.interface)
            }
            guard let link else { throw SystemError("rtnetlink", network.interface, .operationNotSupportedByDevice) }
            try configure(link, &links)
            return link.index
        }
    }

    private func configure(_ link: Links.Link, _ links: inout Links) throws(SystemError) {
        let there = try links.addresses(of: link.index)
        var messages: [NetlinkMessage] = []
        for subnet in network.subnets {
            guard let gateway = subnet.gateway, !there.contains(where: { $0.address == gateway }) else { continue }
            messages.append(LinkMessages.address(gateway, prefix: subnet.subnet.prefix, on: link.index))
        }
        var named = LinkMessages.link(LinkMessages.Kind.newLink, index: link.index, flags: LinkMessages.isUp)
        named.append(LinkMessages.Attribute.alias, name: alias)
        try links.transact(messages, "addresses of the bridge \(network.interface)")
        try HostForwarding.enable(for: network)
        // Last: a bridge with its alias is whole.
        try links.transact([named], "name the bridge \(network.interface)")
    }

    /// The devices of those who are connected become ports of a bridge that was made anew.
    private func attach(_ members: [NetworkMember], to bridge: Int32) throws(SystemError) {
        var links = try Links()
        for member in members {
            guard let name = member.link, let link = try links.find(name), link.master != bridge else { continue }
            var message = LinkMessages.link(LinkMessages.Kind.newLink, index: link.index, flags: LinkMessages.isUp)
            message.append(LinkMessages.Attribute.master, UInt32(bitPattern: bridge))
            try links.transact([message, LinkMessages.port(name)], "connect \(name) again")
        }
    }

    // MARK: The end

    /// Takes the bridge, the table and the folder away.
    package func remove() throws(NetworkError) {
        try networking("remove the network \(network.name)") { () throws(SystemError) in
            if network.driver == .bridge {
                try HostFirewall(network).close()
                var links = try Links()
                if let link = try links.find(network.interface), link.alias == alias { try links.remove(network.interface) }
                if try NetworkTable(network).isThere() { try NetworkTable(network).remove() }
            }
            try directory.discard()
        }
    }

    /// Takes back what was changed for containers whose monitors were killed.
    package func sweep() throws(NetworkError) {
        for member in directory.all() where !member.isAlive { try forget(member) }
    }

    /// Takes back what was changed for a container.
    ///
    /// - Parameter withLink: the device too; otherwise it goes with the container's namespace.
    /// - Returns: connections that take time to close, as `FilterBatch.commit` has it.
    @discardableResult
    package func forget(_ member: NetworkMember, withLink: Bool = true) throws(NetworkError) -> [SharedDescriptor] {
        var connections: [SharedDescriptor] = []
        // Thrown when the rest is done, which does not depend on it.
        var failure: SystemError?
        try networking("disconnect a container from the network \(network.name)") { () throws(SystemError) in
            if network.driver == .bridge {
                // A port that another has taken meanwhile leads there.
                let others = withLink ? directory.all().filter { $0.id != member.id && $0.isAlive }.flatMap(\.ports) : []
                let ports = member.ports.filter { port in !others.contains { $0.overlaps(port) } }
                let table = NetworkTable(network)
                if !member.ports.isEmpty, try table.isThere() {
                    if !ports.isEmpty, let connection = try table.remove(ports, behind: member.addresses) {
                        connections.append(connection)
                    }
                    do throws(SystemError) {
                        try table.forgetConversations(with: member.addresses, &connections)
                    } catch {
                        failure = error
                    }
                }
                if withLink, let link = member.link {
                    var links = try Links()
                    try links.remove(link)
                }
            }
            try directory.remove(member.id)
            if let failure { throw failure }
        }
        return connections
    }
}
