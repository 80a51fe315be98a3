internal import Engine
internal import JSON

/// A Go template as docker's and podman's `--format` take it: `{{.Repository}}:{{.Tag}}`, `{{json .}}`, `table {{.ID}}\t{{.Size}}`,
/// `{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}`, `{{(index .Mounts 0).Source}}`. text/template of Go.
///
/// Fields, `range`, `if`, `with`, `else`, variables of `range`, pipes, and the functions below; templates have no names, and no
/// other variables.
struct Template {
    indirect enum Piece {
        case text(String)
        case value(Expression)
        case block(Block)
    }

    struct Block {
        enum Kind: String {
            case range
            case condition = "if"
            case with
        }
        var kind: Kind
        var of: Expression
        /// Of `range`: for the key and the value, or for the value alone.
        var variables: [String] = []
        var body: [Piece] = []
        var otherwise: [Piece] = []
    }

    indirect enum Expression {
        case literal(JSONValue)
        /// Nil is `.`, empty is `$`.
        case variable(String?)
        case field(Expression, [String])
        case call(String, [Expression])
    }

    private let pieces: [Piece]
    /// `table …`: a head above aligned columns.
    let isTable: Bool

    init(_ given: String) throws(EngineError) {
        isTable = given.hasPrefix("table ")
        var parser = TemplateParser(given, isTable ? given.dropFirst(6) : given[...])
        pieces = try parser.pieces()
    }

    /// - Throws: for a placeholder that the value has no field for.
    func line(_ value: JSONValue) throws(EngineError) -> String {
        try TemplateScope(root: value, dot: value).text(pieces)
    }

    /// The head of a table: the fields' names.
    var head: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .value(let expression): Self.title(expression)
            case .block: ""
            }
        }.joined()
    }

    /// `CreatedSince` as `CREATED SINCE`.
    private static func title(_ expression: Expression) -> String {
        switch expression {
        case .field(_, let path): title(path.last ?? "")
        case .call(_, let arguments): arguments.last.map(title) ?? ""
        case .literal, .variable: ""
        }
    }

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
}
