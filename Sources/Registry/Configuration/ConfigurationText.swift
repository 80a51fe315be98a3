/// The part of TOML that registries.conf(5) is written in: tables, lists of tables, strings, booleans, lists, inline tables.
struct ConfigurationText: Sendable {
    enum Value: Sendable, Equatable {
        case string(String)
        case bool(Bool)
        case list([Value])
        case table([String: Value])
        /// A number or a date: nothing that is read here.
        case other
    }

    /// What stands below one header; the first has none.
    struct Section: Sendable, Equatable {
        var path: [String] = []
        /// `[[registry]]`: one more of several.
        var isListed = false
        var values: [String: Value] = [:]
    }

    struct Failure: Error, CustomStringConvertible {
        var line: Int
        var reason: String
        var description: String { "line \(line): \(reason)" }
    }

    private(set) var sections = [Section()]
    private var rest: [Character]
    private var at = 0

    init(parsing text: String) throws {
        rest = Array(text)
        while true {
            skipSpace(lines: true)
            guard at < rest.count else { break }
            if peek == "[" { try header() } else { try entry() }
        }
        rest = []
    }

    private var peek: Character? { at < rest.count ? rest[at] : nil }

    private func failure(_ reason: String) -> Failure {
        Failure(line: 1 + rest[..<min(at, rest.count)].count { $0.isNewline }, reason: reason)
    }

    private mutating func skipSpace(lines: Bool) {
        while let next = peek {
            if next == "#" {
                while let character = peek, !character.isNewline { _ = (character, at += 1) }
            } else if next == " " || next == "\t" || lines && next.isNewline {
                at += 1
            } else {
                return
            }
        }
    }

    private mutating func take(_ character: Character) -> Bool {
        guard peek == character else { return false }
        at += 1
        return true
    }

    private mutating func endOfLine() throws {
        skipSpace(lines: false)
        guard peek.map(\.isNewline) ?? true else { throw failure("there is more on the line than is understood") }
    }

    private mutating func header() throws {
        at += 1
        let isListed = take("[")
        let path = try key()
        guard take("]"), !isListed || take("]") else { throw failure("] is missing") }
        try endOfLine()
        sections.append(Section(path: path, isListed: isListed))
    }

    private mutating func entry() throws {
        let path = try key()
        guard take("=") else { throw failure("= is missing") }
        skipSpace(lines: false)
        let value = try value(depth: 0)
        try endOfLine()
        sections[sections.count - 1].values[path.joined(separator: ".")] = value
    }

    /// `a`, `"a b"`, `a.b`, with the space behind it.
    private mutating func key() throws -> [String] {
        var path: [String] = []
        repeat {
            skipSpace(lines: false)
            if peek == "\"" || peek == "'" {
                path.append(try string())
            } else {
                let start = at
                while let next = peek, next.isLetter || next.isNumber || next == "-" || next == "_" { _ = (next, at += 1) }
                guard at > start else { throw failure("a name is expected") }
                path.append(String(rest[start..<at]))
            }
            skipSpace(lines: false)
        } while take(".")
        return path
    }

    private mutating func value(depth: Int) throws -> Value {
        guard depth < 16 else { throw failure("it is nested too deep") }
        switch peek {
        case "\"", "'": return .string(try string())
        case "[": return try list(depth: depth)
        case "{": return try table(depth: depth)
        default:
            let start = at
            while let next = peek, !next.isNewline, !",]}# \t".contains(next) { _ = (next, at += 1) }
            let word = String(rest[start..<at])
            guard !word.isEmpty else { throw failure("a value is expected") }
            if word == "true" || word == "false" { return .bool(word == "true") }
            guard let first = word.first, first.isNumber || "+-".contains(first) || word == "inf" || word == "nan" else {
                throw failure("\"\(word)\" is no value")
            }
            return .other
        }
    }

    private mutating func list(depth: Int) throws -> Value {
        at += 1
        var items: [Value] = []
        while true {
            skipSpace(lines: true)
            if take("]") { return .list(items) }
            items.append(try value(depth: depth + 1))
            skipSpace(lines: true)
            guard take(",") || peek == "]" else { throw failure("a list has no end") }
        }
    }

    private mutating func table(depth: Int) throws -> Value {
        at += 1
        var items: [String: Value] = [:]
        while true {
            skipSpace(lines: true)
            if take("}") { return .table(items) }
            let path = try key()
            guard take("=") else { throw failure("= is missing") }
            skipSpace(lines: false)
            items[path.joined(separator: ".")] = try value(depth: depth + 1)
            skipSpace(lines: true)
            guard take(",") || peek == "}" else { throw failure("a table has no end") }
        }
    }

    private mutating func string() throws -> String {
        let quote = rest[at]
        at += 1
        if peek == quote, at + 1 < rest.count, rest[at + 1] == quote {
            throw failure("a text over several lines is not read here")
        }
        var out = ""
        while let next = peek, !next.isNewline {
            at += 1
            if next == quote { return out }
            guard next == "\\", quote == "\"" else {
                out.append(next)
                continue
            }
            guard let escaped = peek else { break }
            at += 1
            switch escaped {
            case "\"", "\\": out.append(escaped)
            case "n": out.append("\n")
            case "t": out.append("\t")
            default: throw failure("the escape \\\(escaped) is not read here")
            }
        }
        throw failure("a text has no end")
    }
}
