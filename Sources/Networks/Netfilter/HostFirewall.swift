internal import Linux

/// Lets a network's bridge through where iptables' own rules, docker's or ufw's drop what is forwarded, or what is sent to the host:
/// in nftables a packet has to pass all tables, and none can let through what another drops. What may pass is still what the
/// network's own table says.
struct HostFirewall {
    private let network: NetworkRecord

    init(_ network: NetworkRecord) { self.network = network }

    /// By which its rules are known; iptables shows it.
    private var comment: String { "hako \(network.interface)" }

    /// A chain, and the rules that it needs.
    private struct Opening {
        let chain: ForeignChain
        let rules: [[Expression]]
    }

    private var openings: [Opening] {
        Set(network.subnets.map(\.subnet.family)).sorted().flatMap { family in
            let forward = Opening(chain: ForeignChain(family: family, chain: "FORWARD"), rules: forwarding)
            guard network.hasNames else { return [forward] }
            // UDP and TCP.
            let questions = [UInt8(17), 6].map { transport -> [Expression] in
                from + [.meta(.transport, to: 1), .equal(1, [transport]), .destinationPort(to: 1), .equal(1, [0, 53]), .accept]
            }
            return [forward, Opening(chain: ForeignChain(family: family, chain: "INPUT"), rules: questions)]
        }
    }

    private var from: [Expression] { [.meta(.inputName, to: 1), .equal(1, NetworkTable.link(network.interface))] }
    private var to: [Expression] { [.meta(.outputName, to: 1), .equal(1, NetworkTable.link(network.interface))] }

    /// With br_netfilter, which docker loads, what passes along the bridge is forwarded as well.
    private var forwarding: [[Expression]] {
        network.isInternal ? [from + to + [.accept]] : [from + [.accept], to + [.accept]]
    }

    /// What of the chain keeps packets out: nil where nothing does, otherwise its rules.
    private func closed(_ chain: ForeignChain) throws(SystemError) -> [ForeignChain.Rule]? {
        guard let drops = try chain.dropsByPolicy() else { return nil }
        let rules = try chain.rules()
        return drops || rules.last?.endsAll == true ? rules : nil
    }

    private func has(_ opening: Opening, _ rules: [ForeignChain.Rule]) -> Bool {
        rules.count { $0.comment == comment } >= opening.rules.count
    }

    func isOpen() throws(SystemError) -> Bool {
        for opening in openings {
            if let rules = try closed(opening.chain), !has(opening, rules) { return false }
        }
        return true
    }

    /// Adds what is missing: to what is forwarded after the rules of others, so that what they refuse by name stays refused.
    func open() throws(SystemError) {
        for opening in openings {
            guard let rules = try closed(opening.chain), !has(opening, rules) else { continue }
            let isForward = opening.chain.chain == "FORWARD"
            var batch = FilterBatch(opening.chain.filterFamily)
            for rule in rules where rule.comment == comment { batch.removeRule(rule.handle, from: opening.chain) }
            let last = rules.last.flatMap { $0.endsAll ? $0.handle : nil }
            for rule in opening.rules {
                batch.addRule(rule, to: opening.chain, before: isForward ? last : nil, atEnd: isForward, comment: comment)
            }
            try batch.commit("let \(network.interface) through iptables' chain \(opening.chain.chain)")
        }
    }

    func close() throws(SystemError) {
        for chain in openings.map(\.chain) where try chain.dropsByPolicy() != nil {
            var batch = FilterBatch(chain.filterFamily)
            for rule in try chain.rules() where rule.comment == comment { batch.removeRule(rule.handle, from: chain) }
            try batch.commit("take \(network.interface) out of iptables' chain \(chain.chain)")
        }
    }
}
