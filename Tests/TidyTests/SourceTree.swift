import Foundation

/// One Swift or C file of the project.
struct SourceFile: CustomStringConvertible {
    /// From the project's folder: `Sources/Linux/Files/File.swift`.
    var path: String
    var lines: [String]

    var description: String { path }
    var name: String { path.components(separatedBy: "/").last ?? path }
    /// `Linux` of `Sources/Linux/Files/File.swift`.
    var module: String { path.components(separatedBy: "/").dropFirst().first ?? "" }
    var isTest: Bool { path.hasPrefix("Tests/") }

    /// The lines without comments and without what is between quotes, so that words are the code's own.
    var code: [(number: Int, text: String)] {
        var result: [(Int, String)] = []
        var inBlock = false
        for (index, line) in lines.enumerated() {
            if line.components(separatedBy: "\"\"\"").count == 2 {
                inBlock.toggle()
                continue
            }
            if inBlock { continue }
            result.append((index + 1, Self.withoutTextAndComments(line)))
        }
        return result
    }

    private static func withoutTextAndComments(_ line: String) -> String {
        var out = ""
        var inText = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" { inText.toggle() }
            if !inText, character == "/", previous == "/" { return String(out.dropLast()) }
            if !inText { out.append(character) }
            previous = character
        }
        return out
    }
}

/// All files under Sources and Tests.
enum SourceTree {
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let files: [SourceFile] = ["Sources", "Tests"].flatMap { read(folder: $0) }.sorted { $0.path < $1.path }

    static var swift: [SourceFile] { files.filter { $0.path.hasSuffix(".swift") } }

    private static func read(folder: String) -> [SourceFile] {
        let root = project.appending(path: folder).resolvingSymlinksInPath()
        guard let names = FileManager.default.enumerator(atPath: root.path) else { return [] }
        return names.compactMap { entry in
            guard let name = entry as? String, [".swift", ".c", ".h"].contains(where: name.hasSuffix),
                let text = try? String(contentsOf: root.appending(path: name), encoding: .utf8)
            else { return nil }
            return SourceFile(path: "\(folder)/\(name)", lines: text.components(separatedBy: "\n"))
        }
    }
}
