extension JSONValue {
    /// Reads a whole text.
    ///
    /// - Throws: with the line, where it is not JSON, or nested more than 128 deep.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }
}

/// Reads JSON from bytes. Strict, save for a byte order mark in front.
private struct JSONParser {
    let bytes: [UInt8]
    private var at = 0

    private static let deepest = 128

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { at = 3 }
        let value = try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw failure("there is more after the end") }
        return value
    }

    private func failure(_ what: String) -> JSONError {
        let line = bytes[..<min(at, bytes.count)].count { $0 == 10 } + 1
        return JSONError("is not valid JSON: \(what) (line \(line))")
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 32 || bytes[at] == 10 || bytes[at] == 13 || bytes[at] == 9 { at += 1 }
    }

    /// The next byte that is not white space.
    private mutating func next() throws(JSONError) -> UInt8 {
        skipSpace()
        guard at < bytes.count else { throw failure("it ends too early") }
        return bytes[at]
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard try next() == byte else { throw failure("\"\(Character(Unicode.Scalar(byte)))\" is missing") }
        at += 1
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.deepest else { throw failure("it is nested more than \(Self.deepest) deep") }
        switch try next() {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let count = text.utf8CodeUnitCount
        let matches = text.withUTF8Buffer { unsafe at + count <= bytes.count && $0.elementsEqual(bytes[at..<(at + count)]) }
        guard matches else { throw failure("a value is expected") }
        at += count
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        at += 1
        var object = JSONObject()
        if try next() == UInt8(ascii: "}") {
            at += 1
            return object
        }
        while true {
            guard try next() == UInt8(ascii: "\"") else { throw failure("a member's name is expected") }
            let key = try string()
            try expect(UInt8(ascii: ":"))
            object.append(key, try value(depth: depth + 1))
            guard try next() == UInt8(ascii: ",") else { break }
            at += 1
        }
        try expect(UInt8(ascii: "}"))
        return object
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        at += 1
        var items: [JSONValue] = []
        if try next() == UInt8(ascii: "]") {
            at += 1
            return items
        }
        while true {
            items.append(try value(depth: depth + 1))
            guard try next() == UInt8(ascii: ",") else { break }
            at += 1
        }
        try expect(UInt8(ascii: "]"))
        return items
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let digits = at
        skipDigits()
        guard at > digits, bytes[digits] != UInt8(ascii: "0") || at == digits + 1 else { throw failure("a value is expected") }
        var isWhole = true
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            isWhole = false
            try skipFraction()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            let exponent = at
            skipDigits()
            guard at > exponent else { throw failure("an exponent is expected") }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        if isWhole, let unsigned = UInt64(text) { return .unsigned(unsigned) }
        guard let number = Double(text), number.isFinite else { throw failure("the number \(text.prefix(40)) is too large") }
        return .number(number)
    }

    private mutating func skipDigits() { while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 } }

    private mutating func skipFraction() throws(JSONError) {
        at += 1
        let fraction = at
        skipDigits()
        guard at > fraction else { throw failure("digits are expected after the point") }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                let text = try text(bytes[start..<at])
                at += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case ..<0x20: throw failure("a string holds a control character")
            default: at += 1
            }
        }
        throw failure("a string has no end")
    }

    private func text(_ part: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: part, as: UTF8.self) else { throw failure("a string is not UTF-8") }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var out = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(out[...])
            case UInt8(ascii: "\\"): try escape(into: &out)
            case ..<0x20: throw failure("a string holds a control character")
            default: out.append(byte)
            }
        }
        throw failure("a string has no end")
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        guard at < bytes.count else { throw failure("a string has no end") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "u"): out += String(try unicodeScalar()).utf8
        default: throw failure("there is no escape \\\(Character(Unicode.Scalar(byte)))")
        }
    }

    /// `\uXXXX`, or two of them for a character above U+FFFF; half a pair is U+FFFD, as in Go.
    private mutating func unicodeScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            return "\u{fffd}"
        }
        let back = at
        at += 2
        let second = try hexadecimal()
        guard (0xdc00...0xdfff).contains(second) else {
            at = back
            return "\u{fffd}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) ?? "\u{fffd}"
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard at + 4 <= bytes.count, bytes[at..<(at + 4)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16)
        else { throw failure("four hexadecimal digits are expected after \\u") }
        at += 4
        return value
    }
}
