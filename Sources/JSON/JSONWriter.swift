extension JSONValue {
    /// The document as text: in one line, or with each member on a line of its own.
    public func bytes(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(pretty: pretty)
        writer.write(self, depth: 0)
        return writer.out
    }

    public func text(pretty: Bool = false) -> String { String(decoding: bytes(pretty: pretty), as: UTF8.self) }
}

private struct JSONWriter {
    let pretty: Bool
    var out: [UInt8] = []

    init(pretty: Bool) {
        self.pretty = pretty
        out.reserveCapacity(16384)
    }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .unsigned(let value): out += String(value).utf8
        case .number(let value): out += String(value).utf8
        case .string(let text): write(text)
        case .array(let items):
            list(items, "[", "]", depth) { writer, item in writer.write(item, depth: depth + 1) }
        case .object(let object):
            list(object.members, "{", "}", depth) { writer, member in
                writer.write(member.key)
                writer.out += (writer.pretty ? ": " : ":").utf8
                writer.write(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func list<Item>(
        _ items: [Item], _ open: String, _ close: String, _ depth: Int, _ each: (inout JSONWriter, Item) -> Void
    ) {
        out += open.utf8
        for (number, item) in items.enumerated() {
            if number > 0 { out.append(UInt8(ascii: ",")) }
            newLine(depth + 1)
            each(&self, item)
        }
        if !items.isEmpty { newLine(depth) }
        out += close.utf8
    }

    private mutating func newLine(_ depth: Int) {
        guard pretty else { return }
        out.append(10)
        out += repeatElement(32, count: depth * 2)
    }

    private mutating func write(_ text: String) {
        out.append(UInt8(ascii: "\""))
        let isPlain = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            guard unsafe bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) else {
                return false
            }
            unsafe out.append(contentsOf: bytes)
            return true
        }
        if isPlain != true { escape(text) }
        out.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out += "\\\"".utf8
            case UInt8(ascii: "\\"): out += "\\\\".utf8
            case 10: out += "\\n".utf8
            case 9: out += "\\t".utf8
            case ..<0x20:
                let digits = String(byte, radix: 16)
                out += "\\u".utf8
                out += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                out += digits.utf8
            default: out.append(byte)
            }
        }
    }
}
