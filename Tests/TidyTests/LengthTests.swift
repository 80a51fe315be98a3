import Testing

/// Files, functions and lines that a person can take in.
@Suite struct LengthTests {
    static let longestFile = 500
    static let longestFunction = 70
    static let longestLine = 140

    @Test func files() {
        for file in SourceTree.files {
            #expect(file.lines.count <= Self.longestFile, "\(file) has \(file.lines.count) lines")
        }
    }

    @Test func cWrappersStayThin() {
        let count = SourceTree.files.filter { $0.module == "CLinux" }.map(\.lines.count).reduce(0, +)
        #expect(count < 500, "CLinux has \(count) lines")
    }

    @Test func functions() {
        for file in SourceTree.swift {
            for function in Self.functions(of: file) {
                #expect(
                    function.length <= Self.longestFunction,
                    "\(file):\(function.line): \(function.name) has \(function.length) lines")
            }
        }
    }

    @Test func linesAndTheirEnds() {
        for file in SourceTree.files {
            for (index, line) in file.lines.enumerated() {
                #expect(line.count <= Self.longestLine, "\(file):\(index + 1) has \(line.count) columns")
                #expect(line.last.map { !$0.isWhitespace } ?? true, "\(file):\(index + 1) ends in white space")
                #expect(!line.contains("\t"), "\(file):\(index + 1) has a tab")
            }
            #expect(file.lines.last == "" && file.lines.dropLast().last != "", "\(file) must end in one new line")
        }
    }

    /// From the line of `func` or `init` to the one that closes it at the same indentation.
    static func functions(of file: SourceFile) -> [(name: String, line: Int, length: Int)] {
        var found: [(String, Int, Int)] = []
        for (index, line) in file.lines.enumerated() {
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(where: { $0 == "func" || $0.hasPrefix("init(") || $0.hasPrefix("init?(") }),
                words[..<at].allSatisfy({ $0.first?.isLetter == true || $0.first == "@" }), !line.contains("//")
            else { continue }
            let indent = line.prefix { $0 == " " }
            guard let end = file.lines[(index + 1)...].firstIndex(where: { $0 == "\(indent)}" }) else { continue }
            // A one-line function ends before a deeper line comes.
            if line.hasSuffix("}") { continue }
            found.append((String(words[at...].prefix(2).joined(separator: " ")), index + 1, end - index + 1))
        }
        return found
    }
}
