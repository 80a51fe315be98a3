/// A value as D-Bus carries it; those kinds that the calls of hako's need. D-Bus specification, Type System.
package enum DBusValue: Equatable {
    case bool(Bool)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case string(String)
    case strings([String])
    case bytes([UInt8])
    case processes([UInt32])

    package var signature: String {
        switch self {
        case .bool: "b"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .string: "s"
        case .strings: "as"
        case .bytes: "ay"
        case .processes: "au"
        }
    }
}

/// Puts values one after the other in the wire format, little-endian. D-Bus specification, Marshaling.
package struct DBusWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func align(to boundary: Int) {
        while bytes.count % boundary != 0 { bytes.append(0) }
    }

    package mutating func byte(_ value: UInt8) { bytes.append(value) }

    package mutating func number<Number: FixedWidthInteger>(_ value: Number) {
        align(to: Number.bitWidth / 8)
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// Also an object's path.
    package mutating func string(_ text: String) {
        number(UInt32(text.utf8.count))
        bytes += text.utf8
        bytes.append(0)
    }

    package mutating func signature(_ text: String) {
        bytes.append(UInt8(text.utf8.count))
        bytes += text.utf8
        bytes.append(0)
    }

    /// - Parameter alignment: the elements'; the length does not count the padding before the first.
    package mutating func array(alignedTo alignment: Int, _ elements: (inout DBusWriter) -> Void) {
        number(UInt32(0))
        let length = bytes.count - 4
        align(to: alignment)
        let start = bytes.count
        elements(&self)
        let count = UInt32(bytes.count - start)
        for index in 0..<4 { bytes[length + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
    }

    package mutating func value(_ value: DBusValue) {
        switch value {
        case .bool(let on): number(UInt32(on ? 1 : 0))
        case .int32(let value): number(value)
        case .uint32(let value): number(value)
        case .int64(let value): number(value)
        case .uint64(let value): number(value)
        case .string(let text): string(text)
        case .strings(let all): array(alignedTo: 4) { for text in all { $0.string(text) } }
        case .bytes(let all): array(alignedTo: 1) { for byte in all { $0.byte(byte) } }
        case .processes(let all): array(alignedTo: 4) { for pid in all { $0.number(pid) } }
        }
    }

    package mutating func variant(_ held: DBusValue) {
        signature(held.signature)
        value(held)
    }
}

/// Takes values from the wire format, little-endian as the messages of this machine's services. What is cut short reads as nil.
struct DBusReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// From the start of the message, which is what is aligned.
    var offset: Int { position - bytes.startIndex }

    mutating func align(to boundary: Int) { position += (boundary - offset % boundary) % boundary }

    mutating func byte() -> UInt8? {
        guard position < bytes.endIndex else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func uint32() -> UInt32? {
        align(to: 4)
        guard position + 4 <= bytes.endIndex else { return nil }
        defer { position += 4 }
        return (0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) }
    }

    mutating func string() -> String? { uint32().flatMap { text(Int($0)) } }
    mutating func signature() -> String? { byte().flatMap { text(Int($0)) } }

    private mutating func text(_ count: Int) -> String? {
        guard position + count < bytes.endIndex else { return nil }
        defer { position += count + 1 }
        return String(decoding: bytes[position..<(position + count)], as: UTF8.self)
    }
}
