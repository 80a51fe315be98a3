/// A domain name as messages have it, uncompressed and in lower case: each label after its length, and a zero at the end.
/// RFC 1035, sections 2.3.4 and 3.1.
package struct DNSName: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// RFC 1035, section 2.3.4.
    static let longestLabel = 63
    static let longest = 255

    init(wire bytes: [UInt8]) { self.bytes = bytes }

    /// `db`, `db.web` or `db.web.`; nil for what is no name: an empty or too long label, or too many.
    package init?(_ text: String) {
        var bytes: [UInt8] = []
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isAbsolute = labels.count > 1 && labels.last?.isEmpty == true
        for label in isAbsolute ? labels.dropLast() : labels[...] {
            guard (1...Self.longestLabel).contains(label.count) else { return nil }
            bytes.append(UInt8(label.count))
            for byte in label { bytes.append(Self.lowercased(byte)) }
        }
        bytes.append(0)
        guard bytes.count <= Self.longest else { return nil }
        self.bytes = bytes
    }

    /// Reads a name of a message, and moves `offset` behind it.
    ///
    /// A compression pointer has to point before what was read so far (RFC 1035, section 4.1.4: to a prior occurrence), so that
    /// there is an end to them. - Returns: nil for a name that is cut off, too long, or of another kind of label.
    package init?(in message: [UInt8], count: Int, at offset: inout Int) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var at = offset
        var lowest = offset
        var end: Int?
        while true {
            guard at < count else { return nil }
            let length = Int(message[at])
            switch length >> 6 {
            case 0:
                guard at + length < count, bytes.count + length + 1 <= Self.longest else { return nil }
                bytes.append(UInt8(length))
                for byte in message[(at + 1)..<(at + 1 + length)] { bytes.append(Self.lowercased(byte)) }
                at += length + 1
                if length == 0 {
                    offset = end ?? at
                    self.bytes = bytes
                    return
                }
            case 3:
                guard at + 1 < count else { return nil }
                let target = (length & 0x3f) << 8 | Int(message[at + 1])
                guard target < lowest, target >= DNSHeader.size else { return nil }
                if end == nil { end = at + 2 }
                lowest = target
                at = target
            default: return nil
            }
        }
    }

    /// Moves `offset` behind a name without following its pointers. - Returns: false for one that is cut off.
    static func skip(in message: [UInt8], count: Int, at offset: inout Int) -> Bool {
        while offset < count {
            let length = Int(message[offset])
            switch length >> 6 {
            case 0:
                offset += length + 1
                if length == 0 { return true }
            case 3:
                offset += 2
                return offset <= count
            default: return false
            }
        }
        return false
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }

    /// For messages to people.
    package var description: String { labels.map { String(decoding: $0, as: UTF8.self) + "." }.joined() }

    var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var at = 0
        while at < bytes.count, bytes[at] > 0 {
            labels.append(bytes[(at + 1)..<(at + 1 + Int(bytes[at]))])
            at += Int(bytes[at]) + 1
        }
        return labels
    }

    /// `db` of `db.web`, where `suffix` is `web`; nil where it does not end so, or nothing stands before.
    package func removing(suffix: DNSName) -> DNSName? {
        let kept = bytes.count - suffix.bytes.count
        guard kept > 0, bytes[kept...].elementsEqual(suffix.bytes) else { return nil }
        // The same bytes may also begin within a label.
        var at = 0
        while at < kept { at += Int(bytes[at]) + 1 }
        return at == kept ? DNSName(wire: bytes[..<kept] + [0]) : nil
    }
}

extension DNSName {
    private static let reverseVersion4 = Array("\u{7}in-addr\u{4}arpa\u{0}".utf8)
    private static let reverseVersion6 = Array("\u{3}ip6\u{4}arpa\u{0}".utf8)

    /// The address whose reverse name this is: `5.0.89.10.in-addr.arpa` (RFC 1035, section 3.5), or 32 nibbles before
    /// `ip6.arpa` (RFC 3596, section 2.5); nil for any other name, and for part of one.
    package var reverseAddress: IPAddress? {
        if bytes.suffix(Self.reverseVersion4.count).elementsEqual(Self.reverseVersion4) {
            let labels = labels
            guard labels.count == 6 else { return nil }
            var value: UInt128 = 0
            for label in labels[..<4].reversed() {
                guard let number = Self.decimalByte(label) else { return nil }
                value = value << 8 | UInt128(number)
            }
            return IPAddress(.v4, value)
        }
        guard bytes.count == 64 + Self.reverseVersion6.count,
            bytes.suffix(Self.reverseVersion6.count).elementsEqual(Self.reverseVersion6)
        else { return nil }
        var value: UInt128 = 0
        for index in (0..<32).reversed() {
            guard bytes[index * 2] == 1, let digit = Self.hexadecimal(bytes[index * 2 + 1]) else { return nil }
            value = value << 4 | UInt128(digit)
        }
        return IPAddress(.v6, value)
    }

    private static func decimalByte(_ label: ArraySlice<UInt8>) -> UInt8? {
        guard label.count <= 3, label.allSatisfy({ (48...57).contains($0) }), label.count == 1 || label.first != 48 else {
            return nil
        }
        return UInt8(exactly: label.reduce(0) { $0 * 10 + Int($1 - 48) })
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 97...102: byte - 87
        default: nil
        }
    }
}
