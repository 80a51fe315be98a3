internal import JSON
internal import Linux
package import Networks
internal import Runtime

/// The networks of a container that is being made: which, with what addresses, and what its files say of them.
struct ContainerNetworks {
    private let engine: Engine
    private let request: NetworkingRequest
    private var networks: [(record: NetworkRecord, request: NetworkRequest)] = []
    private(set) var warnings: [String] = []
    /// A plain user's way out.
    private let user: UserNetworkRequest?

    /// - Parameter options: with the namespace resolved.
    init(_ engine: Engine, _ options: RunOptions) throws(EngineError) {
        self.engine = engine
        request = options.networking
        guard options.network == .own else {
            user = nil
            if let flag = request.needsNamespace {
                guard options.network == .host else {
                    throw EngineError(
                        "\(flag) needs a network of the container's own: publish the ports of the one whose network it is")
                }
                warnings.append("published ports mean nothing with --network host: the container has the host's")
            }
            return
        }
        var mode = request.mode
        if mode == .standard { mode = try Self.usual(engine, &warnings) }
        switch mode {
        case .standard, .none:
            user = nil
            if let flag = request.needsNamespace {
                throw EngineError("\(flag) needs a network: the container has none")
            }
        case .user(let asked): user = asked
        case .networks(let requests):
            user = nil
            for asked in requests {
                let record =
                    asked.name == NetworkStore.standardName
                    ? try engine.standardNetwork() : try engine.networks.require(asked.name)
                guard !networks.contains(where: { $0.record.id == record.id }) else {
                    throw EngineError("--network names the network \(record.name) twice")
                }
                if !Engine.isPrivileged, record.driver != .bridge {
                    throw EngineError(
                        "network \(record.name): the host's links are root's to share; a plain user has bridges, and pasta")
                }
                networks.append((record, asked))
            }
        }
    }

    /// What a container gets that names no network.
    private static func usual(_ engine: Engine, _ warnings: inout [String]) throws(EngineError) -> NetworkingRequest.Mode {
        if Engine.isPrivileged { return .networks([NetworkRequest(NetworkStore.standardName)]) }
        if let program = UserNetwork.installed { return .user(UserNetworkRequest(program: program)) }
        warnings.append(
            "the container has no network: a plain user's takes pasta (package passt) or slirp4netns; --network none says so as well"
        )
        return .none
    }

    // MARK: Addresses

    /// What the database is asked for.
    var claims: [ContainerStore.AddressClaim] {
        networks.map { ContainerStore.AddressClaim($0.record, asked: $0.request.addresses) }
    }

    /// How the container is connected; nil where it is not.
    func plan(_ record: ContainerRecord, _ addresses: [[IPAddress]]) throws(EngineError) -> NetworkPlan? {
        if let user { return try userPlan(user) }
        guard !networks.isEmpty else { return nil }
        var plan = NetworkPlan()
        plan.servers = request.servers.isEmpty ? nil : request.servers.map(\.description)
        var names = Set(networks.compactMap(\.request.interface))
        guard names.count == networks.compactMap(\.request.interface).count else {
            throw EngineError("--network: two devices in the container cannot have one name")
        }
        for (number, network) in networks.enumerated() {
            var attachment = NetworkAttachment()
            attachment.network = network.record
            attachment.addresses = addresses[number]
            attachment.hardware = network.request.hardware
            attachment.interface = network.request.interface ?? Self.freeInterface(&names)
            attachment.names = Self.names(record, network.request.aliases)
            plan.attachments.append(attachment)
        }
        plan.ports = try ports(plan.families)
        if !plan.ports.isEmpty, plan.portsAttachment == nil {
            throw EngineError("--publish needs a bridge network: a container on a link of its own has all its ports there")
        }
        return plan
    }

    /// Whether settings of network devices are of devices that the container will have.
    static func checkDevices(of sysctls: [String: String], _ plan: NetworkPlan?) throws(EngineError) {
        guard let plan else { return }
        // Both programs of a plain user's network call it so.
        let devices = plan.user == nil ? plan.attachments.map(\.interface) : ["eth0"]
        for key in sysctls.keys.sorted() {
            guard let path = try? Sysctl.path(of: key, in: .network), let device = Sysctl.device(ofPath: path),
                !devices.contains(device)
            else { continue }
            throw EngineError.value(
                "--sysctl", key, "the container has no device \(device), but \(devices.joined(separator: ", "))")
        }
    }

    private func userPlan(_ user: UserNetworkRequest) throws(EngineError) -> NetworkPlan {
        var plan = NetworkPlan()
        plan.user = UserNetwork(program: user.program, options: user.options)
        plan.ports = try ports([.v4])
        return plan
    }

    static func names(_ record: ContainerRecord, _ aliases: [String]) -> [String] {
        [record.name, record.shortID] + aliases.filter { $0 != record.name && $0 != record.shortID }
    }

    static func freeInterface(_ taken: inout Set<String>) -> String {
        var number = 0
        while taken.contains("eth\(number)") { number += 1 }
        taken.insert("eth\(number)")
        return "eth\(number)"
    }

    private func ports(_ families: Set<IPAddress.Family>) throws(EngineError) -> [PublishedPort] {
        var ports: [PublishedPort] = []
        for port in request.ports { ports += try port.published(families) }
        if request.publishesAll {
            for exposed in request.exposed {
                let isPublished = ports.contains { $0.transport == exposed.transport && exposed.container.contains($0.container) }
                if !isPublished { ports += try exposed.published(families) }
            }
        }
        try PublishedPort.check(ports)
        if UserNetworks.areNeeded, user == nil, !ports.isEmpty {
            guard !ports.contains(where: { $0.transport == .sctp }) else {
                throw EngineError("--publish: a plain user's networks publish tcp and udp, not sctp")
            }
            try connecting { () throws(NetworkError) in try ReservedPorts.check(ports, families) }
        }
        return ports
    }

    // MARK: Files

    /// What /etc/resolv.conf says.
    func resolver(_ plan: NetworkPlan?, _ host: ResolverFile) -> ResolverFile {
        let asked = host.withoutLoopback.replacing(request)
        guard let plan else { return host.replacing(request) }
        if plan.user != nil, asked.servers.isEmpty, !host.servers.isEmpty {
            var file = asked
            file.servers = [UserNetwork.nameServer]
            return file
        }
        let named = plan.attachments.filter(\.network.hasNames)
        guard !named.isEmpty else { return asked }
        var file = host.replacing(request)
        file.servers = named.flatMap { $0.network.subnets.compactMap(\.gateway) }.sorted()
        return file
    }
}

extension PublishedPort {
    /// No port of the host's twice.
    static func check(_ ports: [PublishedPort]) throws(EngineError) {
        for (index, port) in ports.enumerated() {
            guard UInt32(port.host) + UInt32(port.count) <= 65536, UInt32(port.container) + UInt32(port.count) <= 65536 else {
                throw EngineError("--publish: a range of ports ends beyond 65535")
            }
            if let other = ports[..<index].first(where: { $0.overlaps(port) }), other != port {
                throw EngineError("--publish: the port \(port.host)/\(port.transport.rawValue) of the host is published twice")
            }
        }
    }
}

extension NetworkPlan {
    /// That of a container; nil where it has none, or none that can be read.
    package static func read(_ id: String, in locations: Locations) -> NetworkPlan? {
        (try? File.read(path(locations.bundle(id)), limit: 16 << 20)).flatMap { try? NetworkPlan(parsing: $0) }
    }

    /// The ports of a container; what has none is not read any further, for lists of thousands.
    package static func ports(_ id: String, in locations: Locations) -> [PublishedPort] {
        guard let bytes = try? File.read(path(locations.bundle(id)), limit: 16 << 20), bytes.firstRange(of: noPorts) == nil else {
            return []
        }
        return (try? NetworkPlan(parsing: bytes))?.ports ?? []
    }

    private static let noPorts = Array(#""ports":[]"#.utf8)

    func write(_ id: String, in locations: Locations) throws(EngineError) {
        let path = Self.path(locations.bundle(id))
        try attempt("write \(path)") { () throws(SystemError) in
            // As durable as the container's configuration.
            try File.replace(path, with: json.bytes(), mode: 0o600, durable: false)
        }
    }
}
