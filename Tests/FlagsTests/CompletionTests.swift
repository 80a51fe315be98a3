import Testing

@testable import Flags

private struct CraneFlags: FlagSet {
    var root: String?
    static let flags: [Flag<Self>] = [.value("root", of: "DIR", help: "Where.") { $0.root = $1 }]
}

private struct Begin: Command {
    static let name = "begin"
    static let summary = "Begin."
    static let words = "BOX [WORD...]"
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("signal", "s", of: "SIGNAL", help: "Which.") { $0.signal = $1 },
                .toggle("soon", help: "Soon.") { $0.soon = $1 },
            ])
    ]
    var globals = CraneFlags()
    var words: [String] = []
    var signal = ""
    var soon = false
    func run() throws -> Int32 { 0 }
}

private struct BoxList: Command {
    static let name = "box ls"
    static let summary = ".List - all \\ of them."
    var globals = CraneFlags()
    var words: [String] = []
    func run() throws -> Int32 { 0 }
}

private struct Secret: Command {
    static let name = "bare"
    static let summary = "Not for people."
    static let isHidden = true
    var globals = CraneFlags()
    var words: [String] = []
    func run() throws -> Int32 { 0 }
}

private let program = Program<CraneFlags>(
    name: "crane", summary: "Lifts.", version: "1", commands: [.init(Begin.self), .init(BoxList.self), .init(Secret.self)])

@Suite struct CompletionTests {
    private func texts(_ words: String...) -> [String] {
        let completion = Completion(of: program) { kind in
            ["BOX": ["red", "round"], "SIGNAL": ["TERM", "KILL"]][kind] ?? []
        }
        return completion.candidates(words).map(\.text)
    }

    @Test func commands() {
        #expect(texts("") == ["begin", "box"])
        #expect(texts("be") == ["begin"])
        #expect(texts("box", "") == ["ls"])
        #expect(texts("--root", "/x", "b") == ["begin", "box"])
        #expect(texts("--") == ["--root"])
    }

    @Test func flagsAndValues() {
        #expect(texts("begin", "--s") == ["--signal", "--soon"])
        #expect(texts("begin", "--signal", "") == ["TERM", "KILL"])
        #expect(texts("begin", "-s", "K") == ["KILL"])
        #expect(texts("begin", "-s", "KILL", "r") == ["red", "round"])
        #expect(texts("begin", "--soon", "ro") == ["round"])
        #expect(texts("begin", "red", "") == [])
        #expect(texts("begin", "--root", "") == [])
    }

    @Test(arguments: Completion.shells) func scripts(_ shell: String) throws {
        let script = try #require(Completion.script(shell, for: "crane"))
        #expect(script.contains("crane complete -- "))
    }

    @Test func manualPages() throws {
        let whole = ManPage.page(of: program)
        #expect(whole.hasPrefix(".TH CRANE 1\n") && whole.contains("crane begin") && !whole.contains("bare"))
        let list = try #require(program.descriptions.first { $0.name == "box ls" })
        let page = ManPage.page(of: list, in: program)
        #expect(page.name == "crane-box-ls" && page.text.contains(".List \\- all \\e of them."))
        #expect(!page.text.contains("\n.List"))
    }
}
