internal import JSON

/// What a word without quotes is: YAML 1.1 as Kubernetes reads it, where `yes` is true and 0644 is octal.
enum YAMLScalar {
    static func value(_ text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N": return .bool(false)
        default: return number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        guard let first = text.utf8.first, (48...57).contains(first) || "+-.".utf8.contains(first) else { return nil }
        let isNegative = first == 45
        var digits = text[...]
        if isNegative || first == 43 { digits.removeFirst() }
        digits = Substring(digits.filter { $0 != "_" })
        guard let begin = digits.utf8.first, (48...57).contains(begin) || begin == 46 else { return nil }
        if let whole = whole(digits, isNegative: isNegative) { return whole }
        // `Double` takes words and hexadecimal fractions, too.
        guard digits.utf8.allSatisfy({ (48...57).contains($0) || ".eE+-".utf8.contains($0) }), let value = Double(digits),
            value.isFinite
        else { return nil }
        return .number(isNegative ? -value : value)
    }

    private static func whole(_ digits: Substring, isNegative: Bool) -> JSONValue? {
        let forms: [(prefix: String, radix: Int)] = [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8), ("", 10)]
        for (prefix, radix) in forms where digits.hasPrefix(prefix) && digits.utf8.count > prefix.utf8.count {
            let rest = digits.dropFirst(prefix.count)
            guard !rest.hasPrefix("+"), !rest.hasPrefix("-"), let magnitude = UInt64(rest, radix: radix) else { continue }
            guard isNegative else { return JSONValue(whole: magnitude) }
            return Int64(exactly: magnitude).map { .integer(-$0) }
        }
        return digits == "0" ? .integer(0) : nil
    }
}
