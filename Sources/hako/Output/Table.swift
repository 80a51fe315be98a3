/// Columns as wide as their widest cell, three spaces apart, as docker prints them.
struct Table {
    private var rows: [[String]]

    init(_ head: [String]) { rows = [head] }

    mutating func add(_ row: [String]) { rows.append(row) }

    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 3) }
            }
            return line + "\n"
        }.joined()
    }

    /// At most `width` characters, the last an ellipsis where some are left out.
    static func cut(_ text: String, _ width: Int) -> String { text.count > width ? "\(text.prefix(width - 1))…" : text }
}

extension [String: String] {
    /// `key=value`, by key, for templates.
    var listed: String { sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }
}
