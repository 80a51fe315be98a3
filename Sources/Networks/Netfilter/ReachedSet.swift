/// The set of a network's table with the addresses that somebody was led to by a published port. The kernel looks through its whole
/// memory of conversations for those of one address, which takes it 20 ms: for others that is not asked.
struct ReachedSet {
    let family: IPAddress.Family

    static let all = IPAddress.Family.allCases.map(ReachedSet.init)

    var name: String { "reached\(family == .v4 ? 4 : 6)" }
    /// More are not remembered: a set that packets add to has to have an end.
    static let size: UInt32 = 1 << 16

    /// The rule that adds to it where a packet goes, if its destination was changed before.
    var rule: [Expression] {
        Expression.wasForwarded + [
            .meta(.family, to: 1), .equal(1, [family.number]), .address(family, source: false, to: 1), .remember(name, 1),
        ]
    }
}
