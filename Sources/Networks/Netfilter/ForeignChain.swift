internal import Linux

/// A chain of iptables' table `filter`, where docker and ufw have their rules as well. linux/netfilter/nf_tables.h.
struct ForeignChain {
    let family: IPAddress.Family
    /// `FORWARD`, `INPUT`.
    let chain: String

    static let table = "filter"
    /// nfgenmsg.
    private static let headerSize = 4
    /// NF_DROP.
    private static let drop: UInt32 = 0

    var filterFamily: FilterBatch.Family { family == .v4 ? .v4 : .v6 }

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
    }

    /// Whether what no rule lets through is dropped; nil where there is no such chain.
    func dropsByPolicy(_ netlink: inout Netlink) throws(SystemError) -> Bool? {
        var question = FilterBatch.message(FilterBatch.Kind.getChain, filterFamily)
        question.append(1, name: Self.table)
        question.append(3, name: chain)
        do throws(SystemError) {
            let answers = try netlink.ask(question, "look for iptables' chain \(chain)")
            let policy: UInt32? = answers.first?.attributes(after: Self.headerSize)[5].flatMap { NetlinkMessage.whole($0) }
            return policy.map { UInt32(bigEndian: $0) } == Self.drop
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return nil
        }
    }

    func rules(_ netlink: inout Netlink) throws(SystemError) -> [Rule] {
        var question = FilterBatch.message(FilterBatch.Kind.getRule, filterFamily)
        question.append(1, name: Self.table)
        question.append(2, name: chain)
        return try netlink.list(question, "list the rules of iptables' chain \(chain)").compactMap { answer in
            let attributes = answer.attributes(after: Self.headerSize)
            guard let handle: UInt64 = attributes[3].flatMap({ NetlinkMessage.whole($0) }) else { return nil }
            return Rule(
                handle: UInt64(bigEndian: handle), comment: attributes[7].flatMap(Self.comment),
                endsAll: attributes[4].map(Self.endsAll) ?? false)
        }
    }

    /// What does not choose among packets.
    private static let unconditional: Set<String> = ["counter", "log", "reject", "target", "immediate"]

    private static func endsAll(_ expressions: ArraySlice<UInt8>) -> Bool {
        let steps = NetlinkMessage.elements(in: expressions).map { NetlinkMessage.attributes(in: $0) }
        let names = steps.map { $0[1].map(NetlinkMessage.text) ?? "" }
        guard Set(names).isSubset(of: unconditional) else { return false }
        return zip(names, steps).contains { name, step in
            let data = NetlinkMessage.attributes(in: step[2] ?? [])
            return switch name {
            case "reject": true
            case "target": data[1].map(NetlinkMessage.text) == "REJECT"
            case "immediate": verdict(data[2] ?? []) == drop
            default: false
            }
        }
    }

    /// Of an immediate expression's data.
    private static func verdict(_ data: ArraySlice<UInt8>) -> UInt32? {
        let inner = NetlinkMessage.attributes(in: NetlinkMessage.attributes(in: data)[2] ?? [])
        let code: UInt32? = inner[1].flatMap { NetlinkMessage.whole($0) }
        return code.map { UInt32(bigEndian: $0) }
    }
}
