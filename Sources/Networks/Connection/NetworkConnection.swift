package import Linux

/// Connects one container to its networks, from its start to its end.
package struct NetworkConnection {
    /// What the one who connects knows.
    package struct Context: Sendable {
        /// The container's.
        package var id: String
        /// The process that stays with the container: the caller, or the container's monitor.
        package var monitor: Int32
        /// The state directory, with that of the container and the folders of networks.
        package var state: String
        /// hako-runtime, which is the name server as well.
        package var program: String

        package init(id: String, monitor: Int32, state: String, program: String) {
            self.id = id
            self.monitor = monitor
            self.state = state
            self.program = program
        }
    }

    private let context: Context

    package init(_ context: Context) { self.context = context }

    private var directory: String { "\(context.state)/\(context.id)" }

    private func host(_ network: NetworkRecord) -> NetworkHost {
        NetworkHost(network, NetworkDirectory(NetworkDirectory.root(context.state), network.id))
    }

    /// Connects the container whose first process this is; where something fails, `disconnect` takes back what was done.
    package func connect(_ plan: NetworkPlan, process: Int32) throws(NetworkError) {
        if let user = plan.user {
            try UserNetworkProcess(user, directory: directory).start(plan.ports, process: process)
            return
        }
        let namespace = try open(process)
        var families: Set<IPAddress.Family> = []
        for (number, attachment) in plan.attachments.enumerated() {
            try Trace.purpose("connect the container to the network \(attachment.network.name)") { () throws(NetworkError) in
                let ports = number == plan.portsAttachment ? plan.ports : []
                try connect(attachment, ports, plan.servers, namespace, &families)
            }
        }
    }

    /// Takes back what the host has of a container that has ended, in all of its networks.
    ///
    /// - Returns: as `FilterBatch.commit`.
    package func disconnect(_ plan: NetworkPlan) throws(NetworkError) -> [SharedDescriptor] {
        if plan.user != nil { UserNetworkProcess.end(directory) }
        var connections: [SharedDescriptor] = []
        for attachment in plan.attachments {
            connections += try disconnect(attachment.network, withLink: false)
        }
        return connections
    }

    @discardableResult
    private func disconnect(_ network: NetworkRecord, withLink: Bool = true) throws(NetworkError) -> [SharedDescriptor] {
        let host = host(network)
        guard let member = host.directory.member(context.id) else { return [] }
        return try Trace.purpose("disconnect the container from the network \(network.name)") { () throws(NetworkError) in
            try host.forget(member, withLink: withLink)
        }
    }

    // MARK: While it runs

    /// Connects a container that runs to a further network of its plan.
    package func join(_ attachment: NetworkAttachment, of plan: NetworkPlan, process: Int32) throws(NetworkError) {
        let namespace = try open(process)
        // The way out stays where it is.
        var routed = Set(IPAddress.Family.allCases)
        do throws(NetworkError) {
            try connect(attachment, plan.attachments.count == 1 ? plan.ports : [], plan.servers, namespace, &routed)
            try routeOut(plan, namespace)
        } catch {
            _ = try? disconnect(attachment.network)
            throw error
        }
    }

    /// Disconnects it from one.
    ///
    /// - Parameter plan: what is left.
    package func leave(_ attachment: NetworkAttachment, of plan: NetworkPlan, process: Int32) throws(NetworkError) {
        try disconnect(attachment.network)
        let namespace = try open(process)
        try networking("remove \(attachment.interface) from the container") { () throws(SystemError) in
            var links = try Links(of: namespace)
            try links.remove(attachment.interface)
        }
        try routeOut(plan, namespace)
    }

    /// Publishes these ports, and no longer those.
    package func publish(
        _ attachment: NetworkAttachment, _ ports: [PublishedPort], instead old: [PublishedPort]
    ) throws(NetworkError) {
        let directory = host(attachment.network).directory
        let table = NetworkTable(attachment.network)
        guard var member = directory.member(context.id) else { throw NetworkError("the container is connected no more") }
        try networking("publish ports") { () throws(SystemError) in
            member.ports = old + ports.filter { !old.contains($0) }
            try directory.write(member)
            let gone = old.filter { !ports.contains($0) }
            try table.remove(gone, behind: attachment.addresses)
            if !gone.isEmpty {
                for address in attachment.addresses { try ConnectionTracking.forget(answeredBy: address, to: gone) }
            }
            try table.add(ports.filter { !old.contains($0) }, behind: attachment.addresses)
            member.ports = ports
            try directory.write(member)
        }
    }

    private func open(_ process: Int32) throws(NetworkError) -> Descriptor {
        try networking("open the container's network namespace") { () throws(SystemError) in
            try File.open("/proc/\(process)/ns/net", .read)
        }
    }

    /// Where a container has no way out, or no more, it gets that of its first network that has one.
    private func routeOut(_ plan: NetworkPlan, _ namespace: borrowing Descriptor) throws(NetworkError) {
        try networking("set the container's way out") { () throws(SystemError) in
            var links = try Links(of: namespace)
            for family in IPAddress.Family.allCases where try !links.hasDefaultRoute(family) {
                for attachment in plan.attachments where !attachment.network.isInternal {
                    guard let gateway = attachment.placed.first(where: { $0.address.family == family })?.subnet.gateway,
                        let link = try links.find(attachment.interface)
                    else { continue }
                    let route = LinkMessages.defaultRoute(family, by: gateway, on: link.index, metric: 0)
                    try links.transact([route], "the way out by \(attachment.interface)")
                    break
                }
            }
        }
    }

    // MARK: One network

    private func connect(
        _ attachment: NetworkAttachment, _ ports: [PublishedPort], _ servers: [String]?, _ namespace: borrowing Descriptor,
        _ routed: inout Set<IPAddress.Family>
    ) throws(NetworkError) {
        let network = attachment.network
        let host = host(network)
        let hardware =
            attachment.hardware.flatMap(HardwareAddress.init) ?? attachment.addresses.first.map { HardwareAddress(for: $0) }
        let inner = LinkMessages.Inner(
            name: attachment.interface, address: hardware ?? HardwareAddress(for: IPAddress(.v4, 0)), mtu: network.mtu,
            namespace: namespace.raw)
        var member = NetworkMember()
        (member.id, member.monitor, member.monitorStart) = (
            context.id, context.monitor, (try? Processes.startTime(of: context.monitor)) ?? 0
        )
        (member.names, member.addresses, member.upstreams) = (attachment.names, attachment.addresses, servers ?? [])
        (member.ports, member.interface, member.hardware) = (ports, attachment.interface, inner.address.description)
        if network.driver == .bridge {
            let bridge = try host.ensure()
            let link = "\(Self.devicePrefix)\(String(UInt32.random(in: 0 ... .max), radix: 16))"
            member.link = link
            let (told, pair) = (member, inner)
            try networking("connect the container to the network \(network.name)") { () throws(SystemError) in
                try host.directory.write(told)
                var links = try Links()
                var messages = [LinkMessages.pair(link, bridge: bridge, pair), LinkMessages.port(link)]
                if Self.hasIPv6 { messages.append(LinkMessages.withoutOwnAddress(link)) }
                try links.transact(messages + [LinkMessages.up(link)], "connect a pair of devices to \(network.interface)")
            }
        } else {
            let (told, sharing) = (member, inner)
            try networking("share the link \(network.interface)") { () throws(SystemError) in
                try host.directory.write(told)
                try share(network, sharing)
            }
        }
        try networking("set up \(attachment.interface) in the container") { () throws(SystemError) in
            try configure(attachment, namespace, &routed)
        }
        guard network.driver == .bridge else { return }
        if !ports.isEmpty { try publish(ports, attachment) }
        if network.hasNames { try host.directory.serveNames(network, program: context.program) }
    }

    private func publish(_ ports: [PublishedPort], _ attachment: NetworkAttachment) throws(NetworkError) {
        let table = NetworkTable(attachment.network)
        try networking("publish ports") { () throws(SystemError) in
            do throws(SystemError) { try table.add(ports, behind: attachment.addresses) } catch {
                guard error.errno == .fileExists || error.errno == .resourceBusy else { throw error }
                // Whoever has the port of the host has what leads from it: what is there is of one whose monitor was killed.
                try table.remove(ports, behind: attachment.addresses)
                try table.add(ports, behind: attachment.addresses)
            }
        }
    }

    /// Whether the kernel knows IPv6.
    private static var hasIPv6: Bool { File.exists("/proc/sys/net/ipv6") }

    /// Of the devices on the host.
    private static let devicePrefix = "hk-"

    private func share(_ network: NetworkRecord, _ inner: LinkMessages.Inner) throws(SystemError) {
        var links = try Links()
        guard let parent = try links.find(network.interface) else {
            throw SystemError("rtnetlink", network.interface, .operationNotSupportedByDevice)
        }
        let mode = network.mode ?? ""
        // MACVLAN_MODE_PRIVATE, …VEPA, …BRIDGE, …PASSTHRU; IPVLAN_MODE_L2, …L3, …L3S.
        let number: UInt32 =
            ["private": 1, "vepa": 2, "passthru": 8, "l3": 1, "l3s": 2][mode] ?? (network.driver == .macvlan ? 4 : 0)
        let bytes = network.driver == .macvlan ? NetlinkMessage.bytes(of: number) : NetlinkMessage.bytes(of: UInt16(number))
        try links.transact(
            [LinkMessages.shared(network.driver.rawValue, mode: bytes, parent: parent.index, inner)],
            "make a \(network.driver.rawValue) of \(network.interface)")
    }

    /// Inside: addresses, and the way out by the first network that has one.
    private func configure(
        _ attachment: NetworkAttachment, _ namespace: borrowing Descriptor, _ routed: inout Set<IPAddress.Family>
    ) throws(SystemError) {
        var links = try Links(of: namespace)
        guard let link = try links.find(attachment.interface) else {
            throw SystemError("rtnetlink", attachment.interface, .operationNotSupportedByDevice)
        }
        var messages = attachment.placed.map { LinkMessages.address($0.address, prefix: $0.subnet.subnet.prefix, on: link.index) }
        if Self.hasIPv6, attachment.address(.v6) == nil { messages.append(LinkMessages.withoutOwnAddress(attachment.interface)) }
        messages.append(LinkMessages.link(LinkMessages.Kind.newLink, index: link.index, flags: LinkMessages.isUp))
        for (address, subnet) in attachment.placed where !attachment.network.isInternal && !routed.contains(address.family) {
            guard let gateway = subnet.gateway else { continue }
            routed.insert(address.family)
            messages.append(LinkMessages.defaultRoute(address.family, by: gateway, on: link.index, metric: 0))
        }
        try links.transact(messages, "addresses and routes of \(attachment.interface)")
    }
}

extension NetworkPlan {
    /// Which network the ports are published by: the first with a bridge.
    package var portsAttachment: Int? { attachments.firstIndex { $0.network.driver == .bridge } }

    /// What ports without an address are published in.
    package var families: Set<IPAddress.Family> {
        guard let portsAttachment else { return [] }
        return Set(attachments[portsAttachment].addresses.map(\.family))
    }
}
