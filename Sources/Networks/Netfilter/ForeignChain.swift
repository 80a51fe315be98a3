internal import Linux

/// A chain of another's table in the packet filter. linux/netfilter/nf_tables.h.
struct ForeignChain {
    let family: FilterBatch.Family
    let table: String
    let chain: String

    /// nfgenmsg.
    private static let headerSize = 4
    /// NF_DROP.
    private static let drop: UInt32 = 0

    /// A comment as nft(8) and iptables keep it: a kind, a length, and a text ended by a zero byte.
    static func userData(_ comment: String) -> [UInt8] {
        let text = Array(comment.utf8) + [0]
        return [0, UInt8(text.count)] + text
    }

    private static func comment(_ userData: ArraySlice<UInt8>) -> String? {
        guard userData.count > 2, userData.first == 0 else { return nil }
        return NetlinkMessage.text(userData.dropFirst(2))
    }

    struct Rule {
        let handle: UInt64
        let comment: String?
        /// Whether it takes every packet, and lets none through.
        let endsAll: Bool
        /// The chain that every packet goes through.
        let through: String?
        /// What it compares packets' properties with: names of links, ports.
        let compared: [[UInt8]]
    }

    /// Whether what no rule lets through is dropped; nil where there is no such chain.
    func dropsByPolicy(_ netlink: inout Netlink) throws(SystemError) -> Bool? {
        var question = FilterBatch.message(FilterBatch.Kind.getChain, family)
        question.append(1, name: table)
        question.append(3, name: chain)
        do throws(SystemError) {
            let answers = try netlink.ask(question, "look for the chain \(chain) of \(table)")
            let policy: UInt32? = answers.first?.attributes(after: Self.headerSize)[5].flatMap { NetlinkMessage.whole($0) }
            return policy.map { UInt32(bigEndian: $0) } == Self.drop
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return nil
        }
    }

    func isThere(_ netlink: inout Netlink) throws(SystemError) -> Bool { try dropsByPolicy(&netlink) != nil }

    func rules(_ netlink: inout Netlink) throws(SystemError) -> [Rule] {
        var question = FilterBatch.message(FilterBatch.Kind.getRule, family)
        question.append(1, name: table)
        question.append(2, name: chain)
        return try netlink.list(question, "list the rules of the chain \(chain) of \(table)").compactMap { answer in
            let attributes = answer.attributes(after: Self.headerSize)
            guard let handle: UInt64 = attributes[3].flatMap({ NetlinkMessage.whole($0) }) else { return nil }
            let steps = attributes[4].map(Step.all) ?? []
            return Rule(
                handle: UInt64(bigEndian: handle), comment: attributes[7].flatMap(Self.comment),
                endsAll: Self.isUnconditional(steps) && steps.contains(where: \.refuses),
                through: Self.isUnconditional(steps) ? steps.lazy.compactMap(\.chain).first : nil,
                compared: steps.compactMap(\.compared))
        }
    }

    /// What does not choose among packets.
    private static let unconditional: Set<String> = ["counter", "log", "reject", "target", "immediate"]

    private static func isUnconditional(_ steps: [Step]) -> Bool { steps.allSatisfy { unconditional.contains($0.name) } }

    /// The first of its rules that refuses what comes to it, itself or in the chain that it leads through.
    func refusal(among rules: [Rule], _ netlink: inout Netlink) throws(SystemError) -> Rule? {
        for rule in rules {
            if rule.endsAll { return rule }
            guard let through = rule.through else { continue }
            let chain = ForeignChain(family: family, table: table, chain: through)
            if try chain.rules(&netlink).contains(where: \.endsAll) { return rule }
        }
        return nil
    }

    /// One expression of a rule.
    private struct Step {
        let name: String
        let data: [UInt16: ArraySlice<UInt8>]

        static func all(_ expressions: ArraySlice<UInt8>) -> [Step] {
            NetlinkMessage.elements(in: expressions).map { element in
                let attributes = NetlinkMessage.attributes(in: element)
                return Step(
                    name: attributes[1].map(NetlinkMessage.text) ?? "", data: NetlinkMessage.attributes(in: attributes[2] ?? []))
            }
        }

        var compared: [UInt8]? {
            guard name == "cmp" else { return nil }
            return data[3].flatMap { NetlinkMessage.attributes(in: $0)[1] }.map(Array.init)
        }

        var refuses: Bool {
            switch name {
            case "reject": true
            case "target": data[1].map(NetlinkMessage.text) == "REJECT"
            case "immediate": verdict[1].flatMap { NetlinkMessage.whole($0) } == ForeignChain.drop.bigEndian
            default: false
            }
        }

        /// Where it leads.
        var chain: String? { name == "immediate" ? verdict[2].map(NetlinkMessage.text) : nil }

        /// Of an immediate expression: a code, and a chain's name.
        private var verdict: [UInt16: ArraySlice<UInt8>] {
            NetlinkMessage.attributes(in: NetlinkMessage.attributes(in: data[2] ?? [])[2] ?? [])
        }
    }
}
