internal import Engine
internal import JSON

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
