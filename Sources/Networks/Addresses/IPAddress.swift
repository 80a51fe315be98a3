internal import Linux

/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable, Comparable, CustomStringConvertible {
    package enum Family: Sendable, Hashable, Comparable, CaseIterable {
        case v4
        case v6

        /// How many bytes an address has.
        package var size: Int { self == .v4 ? 4 : 16 }
        package var bits: Int { size * 8 }
        /// AF_INET, AF_INET6.
        package var number: UInt8 { self == .v4 ? 2 : 10 }
    }

    package let family: Family
    /// The address as a number; of IPv4 the lowest 32 bits.
    package let value: UInt128

    package init(_ family: Family, _ value: UInt128) {
        self.family = family
        self.value = family == .v4 ? value & 0xffff_ffff : value
    }

    /// In the order of the network: four bytes or sixteen.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.init(bytes.count == 4 ? .v4 : .v6, bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
    }

    /// As people write it. inet_pton(3).
    package init?(_ text: some StringProtocol) {
        guard let bytes = InternetText.bytes(String(text)) else { return nil }
        self.init(bytes: bytes)
    }

    /// In the order of the network.
    package var bytes: [UInt8] {
        (0..<family.size).map { UInt8(truncatingIfNeeded: value >> UInt128((family.size - 1 - $0) * 8)) }
    }

    /// inet_ntop(3).
    package var description: String { InternetText.text(of: bytes) }

    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.family, left.value) < (right.family, right.value)
    }

    /// 127.0.0.0/8 and ::1.
    package var isLoopback: Bool { family == .v4 ? value >> 24 == 127 : value == 1 }
    /// 0.0.0.0 and ::.
    package var isUnspecified: Bool { value == 0 }

    /// The address so many further on.
    package func advanced(by count: Int) -> IPAddress {
        IPAddress(family, count < 0 ? value &- UInt128(-count) : value &+ UInt128(count))
    }
}
