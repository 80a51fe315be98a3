import Testing

@testable import Engine

@Suite struct CopyTests {
    struct Rule: CustomTestStringConvertible {
        var directory = false
        var content = false
        var target: CopyPlace.Target
        var slash = false
        var place: CopyPlace?
        var testDescription: String { "\(self)" }
    }

    /// docker cp, Extended description.
    @Test(arguments: [
        Rule(target: .missing, place: .named), Rule(target: .missing, slash: true), Rule(target: .file, place: .onto),
        Rule(target: .file, slash: true), Rule(target: .directory, place: .inside),
        Rule(target: .directory, slash: true, place: .inside), Rule(directory: true, target: .missing, place: .named),
        Rule(directory: true, target: .missing, slash: true, place: .named), Rule(directory: true, target: .file),
        Rule(directory: true, target: .directory, place: .inside),
        Rule(directory: true, content: true, target: .directory, place: .content),
        Rule(directory: true, content: true, target: .missing, place: .named),
    ])
    func places(_ rule: Rule) throws {
        let place = try? CopyPlace.choose(
            sourceIsDirectory: rule.directory, isContent: rule.content, target: rule.target, endsInSlash: rule.slash, path: "/x")
        #expect(place == rule.place)
    }

    @Test func ends() throws {
        #expect(try CopyEnd("c1:/a:b") == .container("c1", path: "/a:b"))
        #expect(try CopyEnd("c1:a") == .container("c1", path: "/a"))
        #expect(try CopyEnd("./c1:a") == .host("./c1:a"))
        #expect(try CopyEnd("/c1:a") == .host("/c1:a"))
        #expect(try CopyEnd("a") == .host("a"))
        #expect(try CopyEnd("-") == .stream)
        for text in ["", ":a", "c1:", "a\0b"] { #expect(throws: EngineError.self) { try CopyEnd(text) } }
    }

    @Test func paths() throws {
        let plain = try CopyPath("/a/b")
        #expect(plain.parent == "/a" && plain.name == "b" && !plain.endsInSlash)
        #expect(try CopyPath("/a/b/").name == "b" && CopyPath("/a/b/").endsInSlash)
        #expect(try CopyPath("/a/.").name == "" && CopyPath("/a/.").parent == "/a/.")
        #expect(try CopyPath("/").name == "" && CopyPath("/a").parent == "/")
        #expect(throws: EngineError.self) { try CopyPath("/a/..") }
    }
}
