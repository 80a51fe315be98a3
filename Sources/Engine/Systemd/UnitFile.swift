/// A file of systemd's: sections of keys and values, in their order. systemd.syntax(7).
package struct UnitFile: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var key: String
        package var value: String
    }

    package struct Section: Sendable, Equatable {
        package var name: String
        package var entries: [Entry] = []
    }

    package var sections: [Section] = []

    /// - Throws: for a line that is none of the form, with its number.
    package init(_ text: String) throws(EngineError) {
        var held = ""
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = Self.trimmed(line)
            // Within a value that goes on, comments are left out.
            if trimmed.hasPrefix("#") || trimmed.hasPrefix(";") || (trimmed.isEmpty && held.isEmpty) { continue }
            if trimmed.hasSuffix("\\") {
                held += trimmed.dropLast() + " "
                continue
            }
            try add(held + trimmed, line: number + 1)
            held = ""
        }
        if !held.isEmpty { try add(held, line: text.split(separator: "\n", omittingEmptySubsequences: false).count) }
    }

    private mutating func add(_ line: String, line number: Int) throws(EngineError) {
        if line.hasPrefix("["), line.hasSuffix("]") {
            sections.append(Section(name: String(line.dropFirst().dropLast())))
            return
        }
        guard let equals = line.firstIndex(of: "="), !sections.isEmpty else {
            throw EngineError("line \(number): \"\(line)\" is neither [SECTION] nor KEY=VALUE in one")
        }
        let entry = Entry(key: Self.trimmed(line[..<equals]), value: Self.trimmed(line[line.index(after: equals)...]))
        sections[sections.count - 1].entries.append(entry)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(
            text.drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }
                .reversed())
    }

    /// Of all sections of a name. An empty value takes those before it away.
    package func entries(_ name: String) -> [Entry] {
        var found: [Entry] = []
        for entry in sections.filter({ $0.name == name }).flatMap(\.entries) {
            if entry.value.isEmpty { found.removeAll { $0.key == entry.key } } else { found.append(entry) }
        }
        return found
    }

    package var text: String {
        sections.map { section in
            "[\(section.name)]\n" + section.entries.map { "\($0.key)=\($0.value)\n" }.joined()
        }.joined(separator: "\n")
    }

    /// The words of a value: quotes hold words together, and a backslash takes the next character as it is.
    package static func words(_ text: String) throws(EngineError) -> [String] {
        var words: [String] = []
        var word = ""
        var (quote, isWord, isEscaped): (Character?, Bool, Bool) = (nil, false, false)
        for letter in text {
            if isEscaped {
                word.append(letter == "n" ? "\n" : letter == "t" ? "\t" : letter)
                isEscaped = false
            } else if letter == "\\" {
                (isEscaped, isWord) = (true, true)
            } else if let open = quote {
                if letter == open { quote = nil } else { word.append(letter) }
            } else if letter == "\"" || letter == "'" {
                (quote, isWord) = (letter, true)
            } else if letter == " " || letter == "\t" {
                if isWord { words.append(word) }
                (word, isWord) = ("", false)
            } else {
                word.append(letter)
                isWord = true
            }
        }
        guard quote == nil else { throw EngineError("\"\(text)\": a quote has no end") }
        return isWord ? words + [word] : words
    }
}
