/// The names and addresses of a network's containers: who is found by what. A value without input or output.
package struct NetworkNames: Sendable {
    /// A container that is there.
    package struct Member: Sendable, Equatable {
        package var id: String
        /// Names that are none in the DNS are left out.
        package var names: [DNSName]
        package var addresses: [IPAddress]
        package var upstreams: [Upstream]

        package init(_ member: NetworkMember) {
            id = member.id
            names = []
            for name in member.names.prefix(Self.most).compactMap({ DNSName($0) }) where !names.contains(name) {
                names.append(name)
            }
            addresses = Array(member.addresses.prefix(Self.most))
            upstreams = Upstream.usable(member.upstreams, except: [])
        }

        private static let most = 256
    }

    /// The network's name, which may stand behind each; nil where it is no name of the DNS.
    package var suffix: DNSName?
    package var subnets: [Subnet]
    package private(set) var members: [String: Member] = [:]
    private var entries: [DNSName: Entry] = [:]
    private var owners: [IPAddress: String] = [:]

    /// What a name stands for: the addresses of all its containers.
    private struct Entry {
        var owners: [String] = []
        /// The addresses are not those of the owners any more. They are gathered when asked for: with a thousand containers of
        /// one name, gathering them with each that comes would take as long as the square of it.
        var isStale = true
        var version4: [IPAddress] = []
        var version6: [IPAddress] = []
        /// Which one comes first in the next answer. One for each family, as most ask for both in turn.
        var turn4 = 0
        var turn6 = 0
    }

    package init(name: String = "", subnets: [Subnet] = []) {
        suffix = DNSName(name)
        self.subnets = subnets
    }

    /// Adds a container, or replaces it.
    package mutating func set(_ member: Member) {
        guard members[member.id] != member else { return }
        remove(member.id)
        members[member.id] = member
        for name in member.names {
            entries[name, default: Entry()].owners.append(member.id)
            entries[name]?.isStale = true
        }
        for address in member.addresses { owners[address] = member.id }
    }

    package mutating func remove(_ id: String) {
        guard let member = members.removeValue(forKey: id) else { return }
        for name in member.names {
            entries[name]?.owners.removeAll { $0 == id }
            entries[name]?.isStale = true
            if entries[name]?.owners.isEmpty == true { entries[name] = nil }
        }
        for address in member.addresses where owners[address] == id { owners[address] = nil }
    }

    private mutating func gather(_ name: DNSName) {
        guard let owners = entries[name]?.owners else { return }
        let addresses = owners.flatMap { members[$0]?.addresses ?? [] }
        entries[name]?.version4 = addresses.filter { $0.family == .v4 }
        entries[name]?.version6 = addresses.filter { $0.family == .v6 }
        entries[name]?.isStale = false
    }

    /// The container that an address is of.
    package func member(at address: IPAddress) -> Member? { owners[address].flatMap { members[$0] } }

    /// The key of a name that is known here, with the network's name behind it or without.
    package func find(_ name: DNSName) -> DNSName? {
        if entries[name] != nil { return name }
        guard let suffix, let short = name.removing(suffix: suffix), entries[short] != nil else { return nil }
        return short
    }

    /// Calls `body` with each address of a name, beginning with another one each time.
    package mutating func addresses(of key: DNSName, _ family: IPAddress.Family, _ body: (IPAddress) -> Void) {
        if entries[key]?.isStale == true { gather(key) }
        guard let entry = entries[key] else { return }
        let addresses = family == .v4 ? entry.version4 : entry.version6
        guard !addresses.isEmpty else { return }
        let turn = (family == .v4 ? entry.turn4 : entry.turn6) % addresses.count
        if addresses.count > 1 {
            if family == .v4 { entries[key]?.turn4 = turn + 1 } else { entries[key]?.turn6 = turn + 1 }
        }
        for address in addresses[turn...] { body(address) }
        for address in addresses[..<turn] { body(address) }
    }

    /// Whether an address belongs to the network, though maybe to nobody.
    package func contains(_ address: IPAddress) -> Bool { subnets.contains { $0.contains(address) } }
}
