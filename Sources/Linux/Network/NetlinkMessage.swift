/// A message of netlink(7), as it is put together or taken apart. Numbers are in the machine's byte order.
public struct NetlinkMessage: Sendable {
    public var type: UInt16
    public var flags: UInt16
    public private(set) var body: [UInt8] = []
    /// What an answer is to.
    let sequence: UInt32

    /// NLM_F_CREATE.
    public static let create: UInt16 = 0x400
    /// NLM_F_EXCL: it must not be there yet.
    public static let exclusive: UInt16 = 0x200
    /// NLM_F_APPEND, of a list whose order counts.
    public static let append: UInt16 = 0x800
    /// NLM_F_REPLACE.
    public static let replace: UInt16 = 0x100

    public init(_ type: UInt16, flags: UInt16 = 0) {
        self.type = type
        self.flags = flags
        sequence = 0
    }

    private init(_ type: UInt16, _ flags: UInt16, _ sequence: UInt32, _ body: ArraySlice<UInt8>) {
        self.type = type
        self.flags = flags
        self.sequence = sequence
        self.body = Array(body)
    }

    // MARK: Writing

    public mutating func append<Number: FixedWidthInteger>(_ value: Number) {
        unsafe withUnsafeBytes(of: value) { unsafe body.append(contentsOf: $0) }
    }

    /// An attribute: length, type, and what it holds, padded to four bytes.
    public mutating func append(_ attribute: UInt16, _ bytes: [UInt8]) {
        precondition(bytes.count <= Int(UInt16.max) - 4)
        append(UInt16(4 + bytes.count))
        append(attribute)
        body += bytes
        while body.count % 4 != 0 { body.append(0) }
    }

    public mutating func append(_ attribute: UInt16, _ value: UInt32) { append(attribute, Self.bytes(of: value)) }
    public mutating func append(_ attribute: UInt16, name: String) { append(attribute, Array(name.utf8) + [0]) }

    /// NLA_F_NESTED.
    private static let isNested: UInt16 = 0x8000

    /// An attribute made of attributes.
    public mutating func nest(_ attribute: UInt16, _ fill: (inout NetlinkMessage) -> Void) {
        var inner = NetlinkMessage(0)
        fill(&inner)
        append(attribute | Self.isNested, inner.body)
    }

    /// One whose attributes are there already.
    public mutating func nest(_ attribute: UInt16, _ attributes: [UInt8]) { append(attribute | Self.isNested, attributes) }

    public static func bytes<Number: FixedWidthInteger>(of value: Number) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
    }

    // MARK: Reading

    /// A number of the fixed part; nil beyond the end.
    public func number<Number: FixedWidthInteger>(at offset: Int) -> Number? { Self.number(body[...], offset) }

    /// An attribute that is one number.
    public static func whole<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) -> Number? { number(bytes, 0) }

    /// An attribute that is a text ended by a zero byte.
    public static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

    private static func number<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> Number? {
        let start = bytes.startIndex + offset
        let size = MemoryLayout<Number>.size
        guard start + size <= bytes.endIndex else { return nil }
        return unsafe bytes[start..<(start + size)].withUnsafeBytes { unsafe $0.loadUnaligned(as: Number.self) }
    }

    /// The attributes after a header of so many bytes.
    public func attributes(after header: Int) -> [UInt16: ArraySlice<UInt8>] { Self.attributes(in: body.dropFirst(header)) }

    /// Those that an attribute is made of.
    public static func attributes(in bytes: ArraySlice<UInt8>) -> [UInt16: ArraySlice<UInt8>] {
        var found: [UInt16: ArraySlice<UInt8>] = [:]
        each(in: bytes) { found[$0] = $1 }
        return found
    }

    /// Those of a list, which have one number, in their order.
    public static func elements(in bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var found: [ArraySlice<UInt8>] = []
        each(in: bytes) { found.append($1) }
        return found
    }

    private static func each(in bytes: ArraySlice<UInt8>, _ body: (UInt16, ArraySlice<UInt8>) -> Void) {
        var rest = bytes
        while let length: UInt16 = number(rest, 0), let type: UInt16 = number(rest, 2), length >= 4, Int(length) <= rest.count {
            body(type & 0x3fff, rest.dropFirst(4).prefix(Int(length) - 4))
            rest = rest.dropFirst((Int(length) + 3) / 4 * 4)
        }
    }

    // MARK: On the wire

    func encoded(sequence: UInt32) -> [UInt8] {
        var whole = NetlinkMessage(0)
        whole.append(UInt32(16 + body.count))
        whole.append(type)
        whole.append(flags)
        whole.append(sequence)
        whole.append(UInt32(0))
        return whole.body + body
    }

    /// The messages of one datagram; what is cut short is left out.
    static func all(in bytes: [UInt8]) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var rest = bytes[...]
        while let length: UInt32 = number(rest, 0), let type: UInt16 = number(rest, 4), let flags: UInt16 = number(rest, 6),
            let sequence: UInt32 = number(rest, 8), length >= 16, Int(length) <= rest.count
        {
            messages.append(NetlinkMessage(type, flags, sequence, rest.dropFirst(16).prefix(Int(length) - 16)))
            rest = rest.dropFirst((Int(length) + 3) / 4 * 4)
        }
        return messages
    }
}
