package import JSON

/// Writes a value as YAML, a member or an item a line.
package enum YAMLWriter {
    package static func text(_ value: JSONValue) -> String {
        var out = ""
        write(value, indent: 0, isInline: false, to: &out)
        return out
    }

    /// - Parameter isInline: the line has begun already, with `- `.
    private static func write(_ value: JSONValue, indent: Int, isInline: Bool, to out: inout String) {
        var begin = isInline ? "" : String(repeating: " ", count: indent)
        switch value {
        case .object(let object) where !object.isEmpty:
            for member in object.members {
                out += "\(begin)\(word(member.key)):"
                begin = String(repeating: " ", count: indent)
                follow(member.value, indent: indent, to: &out)
            }
        case .array(let items) where !items.isEmpty:
            for item in items {
                out += "\(begin)- "
                begin = String(repeating: " ", count: indent)
                write(item, indent: indent + 2, isInline: true, to: &out)
            }
        default: out += "\(begin)\(plain(value))\n"
        }
    }

    /// A member's value: beside its name, or below.
    private static func follow(_ value: JSONValue, indent: Int, to out: inout String) {
        switch value {
        case .object(let object) where !object.isEmpty:
            out += "\n"
            write(value, indent: indent + 2, isInline: false, to: &out)
        case .array(let items) where !items.isEmpty:
            out += "\n"
            write(value, indent: indent, isInline: false, to: &out)
        default: out += " \(plain(value))\n"
        }
    }

    private static func plain(_ value: JSONValue) -> String {
        if case .string(let text) = value { return word(text) }
        return value.text()
    }

    /// Without quotes where nobody can take it for anything else; otherwise as JSON writes it, which is YAML too.
    private static func word(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map { $0 | 32 >= 97 && $0 | 32 <= 122 || $0 == 47 } ?? false
            && text.utf8.allSatisfy {
                $0 | 32 >= 97 && $0 | 32 <= 122 || (48...57).contains($0) || "_./-@".utf8.contains($0)
            } && YAMLScalar.value(text) == .string(text)
        return isPlain ? text : JSONValue.string(text).text()
    }
}
