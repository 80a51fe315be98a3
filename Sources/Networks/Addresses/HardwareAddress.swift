/// The six bytes that name a device on its link.
package struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// `02:42:0a:59:00:02`. - Returns: nil for anything else, and for an address of a group of devices.
    package init?(_ text: String) {
        let parts = text.split(whereSeparator: { $0 == ":" || $0 == "-" })
        let bytes = parts.compactMap { $0.count <= 2 ? UInt8($0, radix: 16) : nil }
        guard parts.count == 6, bytes.count == 6, bytes[0] & 1 == 0, bytes.contains(where: { $0 != 0 }) else { return nil }
        self.bytes = bytes
    }

    /// One of local meaning that follows from an address: whoever gets the address again is found where it was before.
    package init(for address: IPAddress) { bytes = [0x02, 0x48] + address.bytes.suffix(4) }

    package var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
