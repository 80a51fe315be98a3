internal import Engine

/// A container's anatomy, drawn: as text for a terminal, or as SVG.
enum Picture {
    // MARK: Text

    static func text(_ anatomy: Anatomy, width: Int) -> String {
        let inner = max(min(width, 120), 40) - 4
        var lines = ["┌" + String(repeating: "─", count: inner + 2) + "┐", line(anatomy.title, inner)]
        let label = min(anatomy.parts.flatMap(\.rows).map(\.label.count).max() ?? 0, 24)
        for part in anatomy.parts {
            lines.append("├─ \(part.title) " + String(repeating: "─", count: max(0, inner - part.title.count - 1)) + "┤")
            for row in part.rows {
                let name = row.label.count > label ? Table.cut(row.label, label) : row.label
                let start = name + String(repeating: " ", count: label - name.count + 2)
                lines.append(line(start + (row.share.map { bar($0) + " " } ?? "") + row.text, inner))
            }
        }
        return (lines + ["└" + String(repeating: "─", count: inner + 2) + "┘"]).joined(separator: "\n") + "\n"
    }

    private static func line(_ text: String, _ width: Int) -> String {
        // A name or a command cannot steer the terminal.
        let plain = String(text.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? " " : Character($0) })
        let cut = Table.cut(plain, width)
        return "│ \(cut)\(String(repeating: " ", count: width - cut.count)) │"
    }

    private static func bar(_ share: Double) -> String {
        let full = Int((min(max(share, 0), 1) * 10).rounded())
        return String(repeating: "█", count: full) + String(repeating: "░", count: 10 - full)
    }

    // MARK: SVG

    private static let width = 860
    private static let rowHeight = 20
    private static let colours = ["#3b6ea5", "#8a5a9e", "#4c8c5b", "#b5793a", "#a34a4a"]

    static func svg(_ anatomy: Anatomy) -> String {
        var body = text(18, 30, anatomy.title, size: 15, weight: "bold")
        var y = 48
        for (number, part) in anatomy.parts.enumerated() {
            let height = part.rows.count * rowHeight + 36
            let colour = colours[number % colours.count]
            body += box(10, y, width - 20, height, colour) + text(22, y + 20, part.title, size: 13, weight: "bold", fill: colour)
            for (index, row) in part.rows.enumerated() { body += draw(row, y + 42 + index * rowHeight, colour) }
            y += height + 12
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(y)" font-family="monospace" font-size="12">
            <rect width="100%" height="100%" fill="#fff"/>
            \(body)</svg>

            """
    }

    private static func draw(_ row: Anatomy.Row, _ y: Int, _ colour: String) -> String {
        var out = text(22, y, Table.cut(row.label, 26))
        guard let share = row.share else { return out + text(220, y, Table.cut(row.text, 86)) }
        let full = Int(min(max(share, 0), 1) * 120)
        out += "<rect x=\"220\" y=\"\(y - 10)\" width=\"120\" height=\"12\" fill=\"#eee\" stroke=\"\(colour)\"/>\n"
        out += "<rect x=\"220\" y=\"\(y - 10)\" width=\"\(full)\" height=\"12\" fill=\"\(colour)\"/>\n"
        return out + text(350, y, Table.cut(row.text, 68))
    }

    private static func box(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: String) -> String {
        "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"6\" fill=\"\(colour)\" fill-opacity=\"0.06\" "
            + "stroke=\"\(colour)\"/>\n"
    }

    private static func text(
        _ x: Int, _ y: Int, _ text: String, size: Int = 12, weight: String = "normal", fill: String = "#222"
    ) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" font-weight=\"\(weight)\" fill=\"\(fill)\">\(escaped(text))</text>\n"
    }

    /// Names and commands are strangers': nothing of them is markup.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "\"": out += "&quot;"
            default: if scalar.value >= 32 { out.unicodeScalars.append(scalar) }
            }
        }
        return out
    }
}
