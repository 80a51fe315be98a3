internal import Linux
package import Networks

/// What `network create` asks for.
package struct NetworkCreationRequest: Sendable {
    package var name: String?
    package var driver = NetworkRecord.Driver.bridge
    package var subnets: [Subnet] = []
    package var gateways: [IPAddress] = []
    /// Of each subnet in turn: what addresses are given out of.
    package var ranges: [ClosedRange<IPAddress>] = []
    package var hasIPv6 = false
    package var isInternal = false
    package var hasNames = true
    package var servers: [IPAddress] = []
    package var labels: [String: String] = [:]
    package var options: [String: String] = [:]
    package var interface: String?

    package init() {}

    /// The default network, without names as the peers have it.
    static var standard: NetworkCreationRequest {
        var request = NetworkCreationRequest()
        request.name = NetworkStore.standardName
        request.hasNames = false
        return request
    }
}

/// Makes a network: chooses what was left open, and writes it down. Nothing of the kernel's changes before a container needs it.
package struct NetworkCreation {
    private let engine: Engine
    private let request: NetworkCreationRequest

    package init(_ engine: Engine, _ request: NetworkCreationRequest) {
        self.engine = engine
        self.request = request
    }

    /// - Parameter orTake: one that is there already is what was wanted.
    package func run(orTake: Bool = false) throws(EngineError) -> NetworkRecord {
        let lock = try engine.networks.lock()
        defer { withExtendedLifetime(lock.raw) {} }
        let others = try engine.networks.all()
        var record = NetworkRecord()
        record.id = ContainerRecord.newID()
        record.name = request.name ?? Self.freeName(others)
        if let found = others.first(where: { $0.name == record.name }) {
            if orTake { return found }
            throw EngineError("network \(record.name) is there already; remove it, or choose another name")
        }
        record.created = Clock.seconds()
        record.driver = request.driver
        record.isInternal = request.isInternal
        record.hasNames = request.hasNames && request.driver == .bridge
        record.servers = request.servers.isEmpty ? nil : request.servers.map(\.description)
        record.labels = request.labels.isEmpty ? nil : request.labels
        record.options = request.options.isEmpty ? nil : request.options
        try apply(request.options, to: &record)
        var links = try attempt("look at the host's network") { () throws(SystemError) in try Links() }
        try chooseInterface(&record, others, &links)
        try chooseSubnets(&record, others, &links)
        guard try engine.networks.make(record, engine) else {
            throw EngineError("network \(record.name) was just made by another")
        }
        return record
    }

    private static func freeName(_ others: [NetworkRecord]) -> String {
        var number = 1
        while others.contains(where: { $0.name == "network\(number)" }) { number += 1 }
        return "network\(number)"
    }

    // MARK: Options

    private func apply(_ options: [String: String], to record: inout NetworkRecord) throws(EngineError) {
        for (key, value) in options.sorted(by: { $0.key < $1.key }) {
            switch key {
            case "mtu", "com.docker.network.driver.mtu":
                record.mtu = UInt32(try Numbers.integer(value, flag: "--opt mtu", in: 68...65535))
            case "isolate":
                guard let answer = Numbers.boolean(value) else {
                    throw EngineError.value("--opt isolate", value, "it is true or false")
                }
                record.isIsolated = answer
            case "parent" where request.driver != .bridge:
                record.interface = try NetworkFlag.interface(value, flag: "--opt parent")
            case "mode" where request.driver != .bridge:
                let modes = request.driver == .macvlan ? ["bridge", "private", "vepa", "passthru"] : ["l2", "l3", "l3s"]
                guard modes.contains(value) else {
                    throw EngineError.value("--opt mode", value, "it is \(modes.joined(separator: ", "))")
                }
                record.mode = value
            default:
                let known = request.driver == .bridge ? "mtu and isolate" : "mtu, parent and mode"
                throw EngineError.value("--opt", "\(key)=\(value)", "a \(request.driver.rawValue) network knows \(known)")
            }
        }
    }

    private func chooseInterface(
        _ record: inout NetworkRecord, _ others: [NetworkRecord], _ links: inout Links
    ) throws(EngineError) {
        guard request.driver == .bridge else {
            guard !record.interface.isEmpty else {
                throw EngineError(
                    "a \(request.driver.rawValue) network needs --opt parent=DEVICE: the link of the host's that it shares")
            }
            let name = record.interface
            guard try attempt("look for \(name)", { () throws(SystemError) in try links.find(name) }) != nil else {
                throw EngineError.value("--opt parent", name, "the host has no such link")
            }
            return
        }
        let all = try attempt("list the links") { () throws(SystemError) in try links.all() }
        let taken = Set(all.map(\.name) + others.map(\.interface))
        if let name = request.interface {
            guard name.hasPrefix(NetworkTable.bridgePrefix) else {
                throw EngineError.value(
                    "--interface-name", name,
                    "a bridge of hako's begins with \(NetworkTable.bridgePrefix): so its networks are told apart")
            }
            guard !taken.contains(name) else { throw EngineError.value("--interface-name", name, "the name is taken") }
            return record.interface = name
        }
        var number = 0
        while taken.contains("\(NetworkTable.bridgePrefix)\(number)") { number += 1 }
        record.interface = "\(NetworkTable.bridgePrefix)\(number)"
    }

    // MARK: Addresses

    private func chooseSubnets(
        _ record: inout NetworkRecord, _ others: [NetworkRecord], _ links: inout Links
    ) throws(EngineError) {
        let used = others.filter { $0.driver == .bridge }.flatMap(\.subnets).map(\.subnet)
        var subnets = request.subnets
        for (index, subnet) in subnets.enumerated() {
            if request.driver == .bridge, let other = (used + subnets[..<index]).first(where: { $0.overlaps(subnet) }) {
                throw EngineError("--subnet \(subnet) overlaps \(other), which a network of hako's has")
            }
            guard subnet.usable != nil else { throw EngineError.value("--subnet", "\(subnet)", "it has no room for a container") }
        }
        let routed = try attempt("list the routes") { () throws(SystemError) in try links.routedSubnets() }
        if !subnets.contains(where: { $0.family == .v4 }), !(request.hasIPv6 && !subnets.isEmpty) {
            let wide = record.name == NetworkStore.standardName
            subnets.insert(try SubnetChoice.ipv4(avoiding: used + routed, wide: wide), at: 0)
        }
        if request.hasIPv6, !subnets.contains(where: { $0.family == .v6 }) {
            subnets.append(SubnetChoice.ipv6(avoiding: used + routed))
        }
        var gateways = request.gateways
        var ranges = request.ranges
        for subnet in subnets {
            var made = NetworkSubnet(subnet, gateway: subnet.usable?.lowerBound)
            if let index = gateways.firstIndex(where: { subnet.contains($0) }) {
                made.gateway = gateways.remove(at: index)
                guard subnet.usable?.contains(made.gateway!) == true else {
                    throw EngineError.value("--gateway", "\(made.gateway!)", "no device can have this address in \(subnet)")
                }
            }
            if let index = ranges.firstIndex(where: { subnet.contains($0.lowerBound) && subnet.contains($0.upperBound) }) {
                let range = ranges.remove(at: index)
                (made.first, made.last) = (range.lowerBound, range.upperBound)
            }
            // Who shares a link has the network's own router, if that is named.
            if request.driver != .bridge, !request.gateways.contains(where: { $0 == made.gateway }) {
                made.gateway = request.isInternal ? nil : made.gateway
            }
            record.subnets.append(made)
        }
        if let gateway = gateways.first { throw EngineError.value("--gateway", "\(gateway)", "it is in none of the subnets") }
        if let range = ranges.first {
            throw EngineError("--ip-range \(range.lowerBound)-\(range.upperBound) is in none of the subnets")
        }
    }
}

/// Subnets for networks that name none: of those that nobody needs.
enum SubnetChoice {
    /// As podman's: 10.88.0.0/16 for the default network, then 10.89.0.0/24 and on; where all of those are taken, 172.16.0.0/12
    /// and 192.168.0.0/16.
    static func ipv4(avoiding taken: [Subnet], wide: Bool) throws(EngineError) -> Subnet {
        for (pool, prefix) in [
            ("10.88.0.0/16", 16), ("10.89.0.0/16", 24), ("10.90.0.0/15", 24), ("10.92.0.0/14", 24),
            ("10.96.0.0/11", 24), ("10.128.0.0/9", 24), ("172.16.0.0/12", 24), ("192.168.0.0/16", 24),
        ]
        where wide || prefix == 24 {
            let pool = Subnet(pool)!
            var base = pool.base
            while pool.contains(base) {
                let candidate = Subnet(of: base, prefix: prefix)!
                guard let other = taken.first(where: { $0.overlaps(candidate) }) else { return candidate }
                // On with what comes after both.
                base = max(other.last, candidate.last).advanced(by: 1)
                if base.value == 0 { break }
            }
        }
        throw EngineError("no private IPv4 subnet is free on this host; name one with --subnet")
    }

    /// One of the 2^56 of fd00::/8 at random. RFC 4193.
    static func ipv6(avoiding taken: [Subnet]) -> Subnet {
        while true {
            let value = UInt128(0xfd) << 120 | UInt128(UInt64.random(in: 0 ... .max) >> 8) << 64
            let candidate = Subnet(of: IPAddress(.v6, value), prefix: 64)!
            if !taken.contains(where: { $0.overlaps(candidate) }) { return candidate }
        }
    }
}
