internal import Engine
internal import JSON

/// Reads a Go template.
struct TemplateParser {
    private let given: String
    private var rest: Substring

    init(_ given: String, _ rest: Substring) {
        self.given = given
        self.rest = rest
    }

    private func failure(_ why: String) -> EngineError { EngineError("--format \"\(given)\": \(why)") }

    mutating func pieces() throws(EngineError) -> [Template.Piece] {
        let (pieces, end) = try block(depth: 0)
        if let end { throw failure("{{\(end)}} without a beginning") }
        return pieces
    }

    /// What a block that is never ended would nest to.
    private static let deepest = 20

    /// - Returns: the pieces, and what they end with: `end` or `else`; nil for the end of the template.
    private mutating func block(depth: Int) throws(EngineError) -> ([Template.Piece], String?) {
        guard depth <= Self.deepest else { throw failure("blocks are nested too deep") }
        var pieces: [Template.Piece] = []
        while let open = rest.firstRange(of: "{{") {
            var text = rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { throw failure("{{ without }}") }
            var inner = rest[open.upperBound..<close.lowerBound]
            rest = rest[close.upperBound...]
            // `{{-` and `-}}` take the white space beside them.
            if inner.hasPrefix("- ") {
                inner = inner.dropFirst(2)
                text = text[..<(text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? text.startIndex)]
            }
            if inner.hasSuffix(" -") {
                inner = inner.dropLast(2)
                rest = rest.drop(while: \.isWhitespace)
            }
            pieces.append(.text(Self.unescaped(text)))
            var words = TemplateWords(inner)
            guard let first = try words.peek(failure) else { throw failure("{{\(inner)}} is empty") }
            if first == "end" || first == "else" { return (pieces, first) }
            if let kind = Template.Block.Kind(rawValue: first) {
                words.skip()
                pieces.append(.block(try self.block(kind, &words, inner, depth)))
            } else {
                pieces.append(.value(try pipe(&words, inner)))
            }
        }
        pieces.append(.text(Self.unescaped(rest)))
        rest = ""
        return (pieces, nil)
    }

    private mutating func block(
        _ kind: Template.Block.Kind, _ words: inout TemplateWords, _ inner: Substring, _ depth: Int
    ) throws(EngineError) -> Template.Block {
        var names: [String] = []
        if kind == .range, let end = inner.firstRange(of: ":=") {
            names = inner[..<end.lowerBound].dropFirst("range".count).drop { $0 == " " || $0 == "a" }
                .split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init).filter { $0.hasPrefix("$") }
            guard (1...2).contains(names.count) else { throw failure("{{\(inner)}}: range takes one or two variables") }
            words = TemplateWords(inner[end.upperBound...])
        }
        var made = Template.Block(kind: kind, of: try pipe(&words, inner), variables: names.map { String($0.dropFirst()) })
        let (body, end) = try block(depth: depth + 1)
        made.body = body
        guard end == "else" else {
            guard end == "end" else { throw failure("{{\(inner)}} without {{end}}") }
            return made
        }
        let (otherwise, last) = try block(depth: depth + 1)
        guard last == "end" else { throw failure("{{\(inner)}} without {{end}}") }
        made.otherwise = otherwise
        return made
    }

    // MARK: Expressions

    static let functions = ["json", "upper", "lower", "len", "join", "index", "eq", "ne", "not", "and", "or", "println"]

    private func pipe(_ words: inout TemplateWords, _ inner: Substring) throws(EngineError) -> Template.Expression {
        var expression = try call(&words, inner, piped: nil)
        while let next = try words.peek(failure), next == "|" {
            words.skip()
            expression = try call(&words, inner, piped: expression)
        }
        guard try words.peek(failure) == nil else { throw misunderstood(inner) }
        return expression
    }

    private func misunderstood(_ inner: Substring) -> EngineError {
        failure(
            "\"{{\(inner)}}\" is not understood; {{.Name}} is, range, if, with, and \(Self.functions.joined(separator: ", "))")
    }

    private func call(
        _ words: inout TemplateWords, _ inner: Substring, piped: Template.Expression?
    ) throws(EngineError) -> Template.Expression {
        guard let first = try words.peek(failure), Self.functions.contains(first) else {
            guard piped == nil else { throw misunderstood(inner) }
            return try operand(&words, inner)
        }
        words.skip()
        var arguments: [Template.Expression] = []
        while let next = try words.peek(failure), next != "|", next != ")" { arguments.append(try operand(&words, inner)) }
        if let piped { arguments.append(piped) }
        guard !arguments.isEmpty else { throw misunderstood(inner) }
        return .call(first, arguments)
    }

    private func operand(_ words: inout TemplateWords, _ inner: Substring) throws(EngineError) -> Template.Expression {
        guard let word = try words.peek(failure) else { throw misunderstood(inner) }
        words.skip()
        if word == "(" {
            var expression = try call(&words, inner, piped: nil)
            while let next = try words.peek(failure), next == "|" {
                words.skip()
                expression = try call(&words, inner, piped: expression)
            }
            guard try words.peek(failure) == ")" else { throw misunderstood(inner) }
            words.skip()
            if let next = try words.peek(failure), next.hasPrefix("."), words.touches {
                words.skip()
                return .field(expression, Self.path(next))
            }
            return expression
        }
        if word.hasPrefix("\"") { return .literal(.string(Self.unescaped(word.dropFirst().dropLast()))) }
        if let number = Int64(word) { return .literal(.integer(number)) }
        if word == "true" || word == "false" { return .literal(.bool(word == "true")) }
        if word.hasPrefix("$") {
            let parts = Self.path(String(word.dropFirst()))
            let isNamed = word.count > 1 && !word.hasPrefix("$.")
            let variable = Template.Expression.variable(isNamed ? parts.first ?? "" : "")
            let path = isNamed ? Array(parts.dropFirst()) : parts
            return path.isEmpty ? variable : .field(variable, path)
        }
        guard word.hasPrefix(".") else { throw misunderstood(inner) }
        return word == "." ? .variable(nil) : .field(.variable(nil), Self.path(word))
    }

    private static func path(_ word: String) -> [String] { word.split(separator: ".").map(String.init) }

    static func unescaped(_ text: Substring) -> String {
        String(text.replacing("\\t", with: "\t").replacing("\\n", with: "\n"))
    }
}

/// The words of one action: names, texts in quotes, and signs.
struct TemplateWords {
    private var rest: Substring
    private var next: (word: String, end: String.Index)?
    /// Whether what comes next follows without a space.
    private(set) var touches = false

    init(_ text: Substring) { rest = text }

    mutating func peek(_ failure: (String) -> EngineError) throws(EngineError) -> String? {
        if let next { return next.word }
        let start = rest.drop(while: \.isWhitespace)
        touches = start.startIndex == rest.startIndex
        guard let first = start.first else { return nil }
        var end = start.index(after: start.startIndex)
        if first == "\"" || first == "`" {
            guard let close = start[end...].firstIndex(of: first) else { throw failure("a text without its second \(first)") }
            end = start.index(after: close)
            next = ("\"\(start[start.index(after: start.startIndex)..<close])\"", end)
            return next?.word
        }
        if !"()|".contains(first) { end = start.firstIndex { $0.isWhitespace || "()|".contains($0) } ?? start.endIndex }
        next = (String(start[..<end]), end)
        return next?.word
    }

    mutating func skip() {
        guard let next else { return }
        rest = rest[next.end...]
        self.next = nil
    }
}
