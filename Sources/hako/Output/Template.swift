internal import Engine
internal import JSON

/// A Go template as docker's and podman's `--format` take it: `{{.Repository}}:{{.Tag}}`, `{{json .}}`, `table {{.ID}}\t{{.Size}}`.
///
/// Placeholders and `json`, `upper`, `lower`, `len`, `join`; no conditions and no loops.
struct Template {
    private enum Piece {
        case text(String)
        case field(function: String?, path: [String], argument: String?)
    }

    private let pieces: [Piece]
    /// `table …`: a head above aligned columns.
    let isTable: Bool

    init(_ given: String) throws(EngineError) {
        var rest = given[...]
        isTable = rest.hasPrefix("table ")
        if isTable { rest = rest.dropFirst(6) }
        var pieces: [Piece] = []
        while let open = rest.firstRange(of: "{{") {
            pieces.append(.text(Self.unescaped(rest[..<open.lowerBound])))
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                throw EngineError("--format \"\(given)\": {{ without }}")
            }
            pieces.append(try Self.placeholder(rest[open.upperBound..<close.lowerBound], given))
            rest = rest[close.upperBound...]
        }
        pieces.append(.text(Self.unescaped(rest)))
        self.pieces = pieces
    }

    private static let functions = ["json", "upper", "lower", "len", "join"]

    private static func placeholder(_ inner: Substring, _ given: String) throws(EngineError) -> Piece {
        var words = inner.split(separator: " ").map(String.init)
        var function: String?
        if let first = words.first, functions.contains(first) {
            function = first
            words.removeFirst()
        }
        guard let path = words.first, path.hasPrefix("."), words.count <= (function == "join" ? 2 : 1) else {
            throw EngineError(
                "--format \"\(given)\": \"{{\(inner)}}\" is not understood; {{.Name}} is, and \(functions.joined(separator: ", "))"
            )
        }
        let argument = words.count > 1 ? unescaped(words[1].drop { $0 == "\"" }.prefix { $0 != "\"" }) : nil
        return .field(function: function, path: path.split(separator: ".").map(String.init), argument: argument)
    }

    private static func unescaped(_ text: Substring) -> String {
        String(text.replacing("\\t", with: "\t").replacing("\\n", with: "\n"))
    }

    /// - Throws: for a placeholder that the value has no field for.
    func line(_ value: JSONValue) throws(EngineError) -> String {
        var line = ""
        for piece in pieces {
            switch piece {
            case .text(let text): line += text
            case .field(let function, let path, let argument):
                line += try Self.show(try Self.find(path, value), function, argument)
            }
        }
        return line
    }

    /// The head of a table: the fields' names.
    var head: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .field(_, let path, _): path.last.map(Self.title) ?? ""
            }
        }.joined()
    }

    /// `CreatedSince` as `CREATED SINCE`.
    private static func title(_ name: String) -> String {
        var title = ""
        var wasLower = false
        for letter in name {
            if letter.isUppercase, wasLower { title += " " }
            title += letter.uppercased()
            wasLower = letter.isLowercase
        }
        return title
    }

    private static func find(_ path: [String], _ value: JSONValue) throws(EngineError) -> JSONValue {
        var value = value
        for (depth, name) in path.enumerated() {
            guard case .object(let object) = value else {
                throw EngineError("--format: .\(path.prefix(depth + 1).joined(separator: ".")) is no field")
            }
            guard let next = object[name] else {
                let known = object.members.map { ".\($0.key)" }.joined(separator: ", ")
                throw EngineError("--format: there is no .\(path.prefix(depth + 1).joined(separator: ".")); there are \(known)")
            }
            value = next
        }
        return value
    }

    private static func show(_ value: JSONValue, _ function: String?, _ argument: String?) throws(EngineError) -> String {
        switch function {
        case "json": return value.text()
        case "len":
            switch value {
            case .array(let items): return "\(items.count)"
            case .object(let object): return "\(object.members.count)"
            case .string(let text): return "\(text.count)"
            default: return "0"
            }
        case "join":
            guard case .array(let items) = value else { throw EngineError("--format: join takes a list") }
            return items.map(plain).joined(separator: argument ?? "")
        case "upper": return plain(value).uppercased()
        case "lower": return plain(value).lowercased()
        default: return plain(value)
        }
    }

    /// As Go prints it.
    private static func plain(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .null: "<no value>"
        case .array(let items): "[\(items.map(plain).joined(separator: " "))]"
        case .object(let object): "map[\(object.members.map { "\($0.key):\(plain($0.value))" }.joined(separator: " "))]"
        default: value.text()
        }
    }
}

/// Rows as `--format` asks for them: a table, JSON, or a template.
struct Listing {
    /// All of them.
    var rows: [JSONValue]
    /// The usual table.
    var table: () -> String

    func text(_ format: String?) throws(EngineError) -> String {
        switch format {
        case nil, "table": return table()
        case "json": return JSONValue.array(rows).text(pretty: true) + "\n"
        case let text?:
            let template = try Template(text)
            guard template.isTable else {
                var all = ""
                for row in rows { all += try template.line(row) + "\n" }
                return all
            }
            var table = Table(template.head.components)
            for row in rows { table.add(try template.line(row).components) }
            return table.text
        }
    }
}

extension String {
    fileprivate var components: [String] { split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
}
