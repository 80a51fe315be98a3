/// What a registry asks for in WWW-Authenticate (RFC 9110, 11.6.1; distribution's token specification).
struct Challenge: Sendable, Equatable {
    /// Lower case: `bearer`, `basic`.
    var scheme: String
    /// Names in lower case.
    var parameters: [String: String] = [:]

    /// All challenges of a header's values, each of which may hold several.
    static func parse(_ values: [String]) -> [Challenge] {
        var found: [Challenge] = []
        for value in values {
            var reader = Reader(rest: Array(value.utf8)[...])
            while let word = reader.word() {
                if reader.take(UInt8(ascii: "=")) {
                    // A parameter of the challenge before, or padding of a token68, which no registry uses.
                    guard let text = reader.value(), !found.isEmpty else { break }
                    found[found.count - 1].parameters[word.lowercased()] = text
                } else {
                    found.append(Challenge(scheme: word.lowercased()))
                }
            }
        }
        return found
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        private mutating func skipSeparators() {
            rest = rest.drop { $0 == 32 || $0 == 9 || $0 == UInt8(ascii: ",") }
        }

        private static func isToken(_ byte: UInt8) -> Bool {
            byte > 32 && byte < 127 && ![34, 44, 59, 61, 40, 41, 60, 62, 64, 123, 125, 92].contains(byte)
        }

        mutating func word() -> String? {
            skipSeparators()
            let word = rest.prefix(while: Self.isToken)
            guard !word.isEmpty else { return nil }
            rest = rest.dropFirst(word.count)
            return String(decoding: word, as: UTF8.self)
        }

        mutating func take(_ byte: UInt8) -> Bool {
            let after = rest.drop { $0 == 32 || $0 == 9 }
            guard after.first == byte else { return false }
            rest = after.dropFirst().drop { $0 == 32 || $0 == 9 }
            return true
        }

        /// A token, or a text in quotes.
        mutating func value() -> String? {
            guard rest.first == UInt8(ascii: "\"") else {
                let token = rest.prefix { $0 > 32 && $0 != UInt8(ascii: ",") }
                rest = rest.dropFirst(token.count)
                return String(decoding: token, as: UTF8.self)
            }
            rest = rest.dropFirst()
            var out: [UInt8] = []
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "\"") { return String(decoding: out, as: UTF8.self) }
                if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                    out.append(escaped)
                } else {
                    out.append(byte)
                }
            }
            return nil
        }
    }
}
