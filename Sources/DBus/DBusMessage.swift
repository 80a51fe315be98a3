/// One message. D-Bus specification, Message Protocol.
package struct DBusMessage: Equatable {
    package enum Kind: UInt8 { case call = 1, reply, error, signal }

    package var kind: Kind
    package var serial: UInt32 = 0
    package var path = ""
    package var interface = ""
    package var member = ""
    package var destination = ""
    package var errorName = ""
    /// Which call it answers.
    package var answers: UInt32?
    package var signature = ""
    package var body: [UInt8] = []

    /// The sizes that are read, whatever a sender says. The specification allows 128 MiB.
    static let largest = 1 << 20
    package static let fixedHeader = 16
    private static let littleEndian = UInt8(ascii: "l")

    private enum Field: UInt8 { case path = 1, interface, member, errorName, answers, destination, sender, signature }

    package init(_ kind: Kind) { self.kind = kind }

    /// A call of a method.
    package init(call member: String, of interface: String, at path: String, on destination: String) {
        self.init(.call)
        (self.member, self.interface, self.path, self.destination) = (member, interface, path, destination)
    }

    package mutating func setBody(_ signature: String, _ write: (inout DBusWriter) -> Void) {
        var writer = DBusWriter()
        write(&writer)
        self.signature = signature
        body = writer.bytes
    }

    package func encoded() -> [UInt8] {
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
    package static func length(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= fixedHeader, bytes[0] == littleEndian else { return nil }
        var reader = DBusReader(bytes[...])
        for _ in 0..<4 { _ = reader.byte() }
        guard let body = reader.uint32(), reader.uint32() != nil, let fields = reader.uint32(),
            Int(body) <= largest, Int(fields) <= largest
        else { return nil }
        return (fixedHeader + Int(fields) + 7) / 8 * 8 + Int(body)
    }

    /// - Parameter bytes: the whole message.
    package init?(parsing bytes: [UInt8]) {
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
    package var words: [String] {
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
