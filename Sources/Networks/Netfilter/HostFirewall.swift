internal import Linux

/// Lets a network's bridge through where iptables' own rules, docker's, ufw's or firewalld's drop what is forwarded, or what is
/// sent to the host: in nftables a packet has to pass all tables, and none can let through what another drops. What may pass is
/// still what the network's own table says.
struct HostFirewall {
    private let network: NetworkRecord

    init(_ network: NetworkRecord) { self.network = network }

    /// By which its rules are known; iptables shows it.
    private var comment: String { "hako \(network.interface)" }

    /// A chain, and the rules that it needs.
    private struct Opening {
        let chain: ForeignChain
        let rules: [[Expression]]
        /// So that what the rules of others refuse by name stays refused.
        let isAfterOthers: Bool
    }

    private var openings: [Opening] {
        Set(network.subnets.map(\.subnet.family)).sorted().flatMap { family in
            let forward = Opening(chain: iptables(family, "FORWARD"), rules: forwarding, isAfterOthers: true)
            guard network.hasNames else { return [forward] }
            // UDP and TCP.
            let questions = [UInt8(17), 6].map { transport -> [Expression] in
                from + [.meta(.transport, to: 1), .equal(1, [transport]), .destinationPort(to: 1), .equal(1, [0, 53]), .accept]
            }
            let input = Opening(chain: iptables(family, "INPUT"), rules: questions, isAfterOthers: false)
            return [forward, input]
        }
    }

    private func iptables(_ family: IPAddress.Family, _ chain: String) -> ForeignChain {
        ForeignChain(family: family == .v4 ? .v4 : .v6, table: "filter", chain: chain)
    }

    private var from: [Expression] { [.meta(.inputName, to: 1), .equal(1, NetworkTable.link(network.interface))] }
    private var to: [Expression] { [.meta(.outputName, to: 1), .equal(1, NetworkTable.link(network.interface))] }

    /// With br_netfilter, which docker loads, what passes along the bridge is forwarded as well.
    private var forwarding: [[Expression]] {
        network.isInternal ? [from + to + [.accept]] : [from + [.accept], to + [.accept]]
    }

    /// A chain that keeps packets out and does not have this network's rules.
    private struct Closed {
        let rules: [ForeignChain.Rule]
        let refusal: ForeignChain.Rule?
    }

    /// Nil where nothing is to be done.
    private func closed(_ opening: Opening, _ netlink: inout Netlink) throws(SystemError) -> Closed? {
        guard let drops = try opening.chain.dropsByPolicy(&netlink) else { return nil }
        let rules = try opening.chain.rules(&netlink)
        guard rules.count(where: { $0.comment == comment }) < opening.rules.count else { return nil }
        let refusal = try opening.chain.refusal(among: rules, &netlink)
        return drops || refusal != nil ? Closed(rules: rules, refusal: refusal) : nil
    }

    func isOpen() throws(SystemError) -> Bool {
        var netlink = try Netlink(.netfilter)
        for opening in openings where try closed(opening, &netlink) != nil { return false }
        return try Firewalld(network.interface).isOpen(&netlink)
    }

    /// Adds what is missing.
    func open() throws(SystemError) {
        var netlink = try Netlink(.netfilter)
        for opening in openings {
            guard let closed = try closed(opening, &netlink) else { continue }
            let chain = opening.chain
            var position = FilterBatch.Position.beginning
            if opening.isAfterOthers { position = closed.refusal.map { .before($0.handle) } ?? .end }
            var batch = FilterBatch(chain.family)
            removeOurs(closed.rules, of: chain, &batch)
            for rule in opening.rules {
                batch.addRule(
                    rule, to: chain.chain, in: chain.table, at: position, userData: ForeignChain.userData(comment))
            }
            try batch.commit("let \(network.interface) through iptables' chain \(chain.chain)")
        }
        let firewalld = Firewalld(network.interface)
        if try !firewalld.isOpen(&netlink) { try firewalld.open() }
    }

    func close() throws(SystemError) {
        var netlink = try Netlink(.netfilter)
        for chain in openings.map(\.chain) where try chain.isThere(&netlink) {
            var batch = FilterBatch(chain.family)
            removeOurs(try chain.rules(&netlink), of: chain, &batch)
            try batch.commit("take \(network.interface) out of iptables' chain \(chain.chain)")
        }
        try Firewalld(network.interface).close(&netlink)
    }

    private func removeOurs(_ rules: [ForeignChain.Rule], of chain: ForeignChain, _ batch: inout FilterBatch) {
        for rule in rules where rule.comment == comment {
            batch.removeRule(rule.handle, from: chain.chain, in: chain.table)
        }
    }
}
