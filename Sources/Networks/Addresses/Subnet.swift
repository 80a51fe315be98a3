/// The addresses that begin with the same bits: `10.88.0.0/16`.
package struct Subnet: Hashable, Sendable, CustomStringConvertible {
    /// Its lowest address.
    package let base: IPAddress
    /// How many bits its addresses have in common.
    package let prefix: Int

    /// The subnet that an address is in. - Returns: nil for a prefix longer than an address.
    package init?(of address: IPAddress, prefix: Int) {
        guard (0...address.family.bits).contains(prefix) else { return nil }
        self.prefix = prefix
        base = IPAddress(address.family, address.value & ~Self.hostMask(address.family, prefix))
    }

    /// `ADDRESS/PREFIX`; bits beyond the prefix are dropped.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), parts[1].allSatisfy(\.isNumber), let prefix = Int(parts[1])
        else { return nil }
        self.init(of: address, prefix: prefix)
    }

    package var family: IPAddress.Family { base.family }
    package var description: String { "\(base)/\(prefix)" }
    /// Its highest address: of IPv4 the one for all of them.
    package var last: IPAddress { IPAddress(family, base.value | Self.hostMask(family, prefix)) }

    package func contains(_ address: IPAddress) -> Bool {
        address.family == family && address >= base && address <= last
    }

    package func overlaps(_ other: Subnet) -> Bool { contains(other.base) || other.contains(base) }

    /// Those that a device can have: neither the subnet's own nor, of IPv4, the one for all.
    package var usable: ClosedRange<IPAddress>? {
        guard family.bits - prefix >= 2 else { return nil }
        return base.advanced(by: 1)...(family == .v4 ? last.advanced(by: -1) : last)
    }

    private static func hostMask(_ family: IPAddress.Family, _ prefix: Int) -> UInt128 {
        let bits = family.bits - prefix
        return bits == 128 ? UInt128.max : (UInt128(1) << UInt128(bits)) - 1
    }
}
