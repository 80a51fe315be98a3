/// A value as D-Bus carries it; those kinds that systemd's unit properties have. D-Bus specification, Type System.
enum DBusValue: Equatable {
    case bool(Bool)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case string(String)
    case strings([String])
    case bytes([UInt8])
    case processes([UInt32])

    var signature: String {
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
struct DBusWriter {
    private(set) var bytes: [UInt8] = []

    mutating func align(to boundary: Int) {
        while bytes.count % boundary != 0 { bytes.append(0) }
    }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number<Number: FixedWidthInteger>(_ value: Number) {
        align(to: Number.bitWidth / 8)
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// Also an object's path.
    mutating func string(_ text: String) {
        number(UInt32(text.utf8.count))
        bytes += text.utf8
        bytes.append(0)
    }

    mutating func signature(_ text: String) {
        bytes.append(UInt8(text.utf8.count))
        bytes += text.utf8
        bytes.append(0)
    }

    /// - Parameter alignment: the elements'; the length does not count the padding before the first.
    mutating func array(alignedTo alignment: Int, _ elements: (inout DBusWriter) -> Void) {
        number(UInt32(0))
        let length = bytes.count - 4
        align(to: alignment)
        let start = bytes.count
        elements(&self)
        let count = UInt32(bytes.count - start)
        for index in 0..<4 { bytes[length + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
    }

    mutating func value(_ value: DBusValue) {
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

    mutating func variant(_ held: DBusValue) {
        signature(held.signature)
        value(held)
    }
}

/// Takes values from the wire format, little-endian as the messages of this machine's systemd. What is cut short reads as nil.
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

/// One message. D-Bus specification, Message Protocol.
struct DBusMessage: Equatable {
    enum Kind: UInt8 { case call = 1, reply, error, signal }

    var kind: Kind
    var serial: UInt32 = 0
    var path = ""
    var interface = ""
    var member = ""
    var destination = ""
    var errorName = ""
    /// Which call it answers.
    var answers: UInt32?
    var signature = ""
    var body: [UInt8] = []

    /// The sizes that are read, whatever a sender says. The specification allows 128 MiB.
    static let largest = 1 << 20
    static let fixedHeader = 16
    private static let littleEndian = UInt8(ascii: "l")

    private enum Field: UInt8 { case path = 1, interface, member, errorName, answers, destination, sender, signature }

    init(_ kind: Kind) { self.kind = kind }

    /// A call of systemd's manager.
    init(call member: String, of interface: String, at path: String, on destination: String) {
        self.init(.call)
        (self.member, self.interface, self.path, self.destination) = (member, interface, path, destination)
    }

    mutating func setBody(_ signature: String, _ write: (inout DBusWriter) -> Void) {
        var writer = DBusWriter()
        write(&writer)
        self.signature = signature
        body = writer.bytes
    }

    func encoded() -> [UInt8] {
        var writer = DBusWriter()
        writer.byte(Self.littleEndian)
        writer.byte(kind.rawValue)
        writer.byte(0)
        writer.byte(1)
        writer.number(UInt32(body.count))
        writer.number(serial)
        writer.array(alignedTo: 8) { writer in
            let fields: [(Field, String, String)] = [
                (.path, "o", path), (.interface, "s", interface), (.member, "s", member), (.destination, "s", destination),
                (.signature, "g", signature),
            ]
            for (field, type, text) in fields where !text.isEmpty {
                writer.align(to: 8)
                writer.byte(field.rawValue)
                writer.signature(type)
                if type == "g" { writer.signature(text) } else { writer.string(text) }
            }
        }
        writer.align(to: 8)
        return writer.bytes + body
    }

    /// How many bytes the message has that begins with these; nil where they are too few to tell, or not one.
    static func length(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= fixedHeader, bytes[0] == littleEndian else { return nil }
        var reader = DBusReader(bytes[...])
        for _ in 0..<4 { _ = reader.byte() }
        guard let body = reader.uint32(), reader.uint32() != nil, let fields = reader.uint32(),
            Int(body) <= largest, Int(fields) <= largest
        else { return nil }
        return (fixedHeader + Int(fields) + 7) / 8 * 8 + Int(body)
    }

    /// - Parameter bytes: the whole message.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count >= Self.fixedHeader, bytes[0] == Self.littleEndian, let kind = Kind(rawValue: bytes[1]) else {
            return nil
        }
        self.init(kind)
        var reader = DBusReader(bytes[...])
        for _ in 0..<4 { _ = reader.byte() }
        guard let bodyLength = reader.uint32(), let serial = reader.uint32(), let fields = reader.uint32() else { return nil }
        self.serial = serial
        let end = reader.offset + Int(fields)
        while reader.offset < end {
            reader.align(to: 8)
            guard let number = reader.byte(), let type = reader.signature() else { return nil }
            switch type {
            case "s", "o":
                guard let text = reader.string() else { return nil }
                set(Field(rawValue: number), text)
            case "g":
                guard let text = reader.signature() else { return nil }
                signature = text
            case "u":
                guard let value = reader.uint32() else { return nil }
                if number == Field.answers.rawValue { answers = value }
            default: return nil
            }
        }
        reader.align(to: 8)
        guard reader.offset + Int(bodyLength) == bytes.count else { return nil }
        body = Array(bytes[reader.offset...])
    }

    private mutating func set(_ field: Field?, _ text: String) {
        switch field {
        case .path: path = text
        case .interface: interface = text
        case .member: member = text
        case .errorName: errorName = text
        case .destination: destination = text
        default: break
        }
    }

    /// The body's values where all are texts or unsigned numbers of 32 bits; what comes after another kind is left out.
    var words: [String] {
        var reader = DBusReader(body[...])
        var words: [String] = []
        for type in signature {
            switch type {
            case "s", "o":
                guard let text = reader.string() else { return words }
                words.append(text)
            case "u":
                guard let number = reader.uint32() else { return words }
                words.append("\(number)")
            default: return words
            }
        }
        return words
    }
}
