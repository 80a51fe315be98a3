internal import JSON

/// What ConfigMaps and Secrets hold.
enum KubeData {
    static func content(
        text: (field: String, values: [String: String]?), encoded: (field: String, values: [String: String]?)
    ) throws(JSONError) -> [String: [UInt8]] {
        var content: [String: [UInt8]] = [:]
        for (key, value) in encoded.values ?? [:] {
            try check(key, encoded.field)
            guard let bytes = decode(value) else { throw JSONError("is not in base64", at: "\(encoded.field).\(key)") }
            content[key] = bytes
        }
        for (key, value) in text.values ?? [:] {
            try check(key, text.field)
            content[key] = Array(value.utf8)
        }
        return content
    }

    /// Keys become names of files.
    private static func check(_ key: String, _ field: String) throws(JSONError) {
        guard !key.isEmpty, key.utf8.count <= 253, key != ".", key != "..",
            key.utf8.allSatisfy({
                $0 | 32 >= 97 && $0 | 32 <= 122 || (48...57).contains($0) || $0 == 45 || $0 == 46 || $0 == 95
            })
        else { throw JSONError("has the key \"\(key)\"; one is made of letters, digits, - _ and .", at: field) }
    }

    /// RFC 4648, section 4; line breaks do not count. Nil for what is none.
    static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.filter { $0 != 10 && $0 != 13 }
        guard digits.count % 4 == 0 else { return nil }
        let padding = digits.reversed().prefix { $0 == 61 }.count
        guard padding <= 2 else { return nil }
        var bytes: [UInt8] = []
        var (buffer, bits): (UInt32, Int) = (0, 0)
        for digit in digits.dropLast(padding) {
            guard let value = value(of: digit) else { return nil }
            buffer = buffer << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case 65...90: UInt32(digit - 65)
        case 97...122: UInt32(digit - 71)
        case 48...57: UInt32(digit + 4)
        case 43: 62
        case 47: 63
        default: nil
        }
    }
}
