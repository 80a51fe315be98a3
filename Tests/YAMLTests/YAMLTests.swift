import JSON
import Testing

@testable import YAML

@Suite struct YAMLTests {
    private func read(_ text: String) throws -> [JSONValue] { try YAMLReader.documents(Array(text.utf8)) }

    @Test func documentsAndBlocks() throws {
        let documents = try read(
            """
            # a comment
            kind: Pod
            list:
            - a
            - {b: [1, 2.5, -3]}
            text: |
              first
                second
            folded: >-
              one
              two
            ---
            ---
            "quoted": '1'
            ...
            """)
        #expect(documents.count == 2)
        #expect(
            documents[0] == [
                "kind": "Pod", "list": ["a", ["b": [1, .number(2.5), -3]]], "text": "first\n  second\n", "folded": "one two",
            ])
        #expect(documents[1] == ["quoted": "1"])
    }

    @Test(arguments: [
        ("yes", JSONValue.bool(true)), ("off", false), ("~", nil), ("0644", 420), ("0o17", 15), ("0x1F", 31), ("1_000", 1000),
        ("1e3", .number(1000)), ("-0", 0), ("100m", "100m"), ("1.2.3", "1.2.3"), ("0x", "0x"), ("2026-01-01", "2026-01-01"),
        ("18446744073709551615", .unsigned(.max)), ("!!str 1", "1"), ("! 1", "1"), ("09", 9), ("+", "+"), ("nan", "nan"),
    ])
    func words(_ text: String, _ value: JSONValue) throws {
        #expect(try read("v: \(text)") == [["v": value]])
    }

    @Test func anchorsAndMerges() throws {
        let text = "base: &b {x: 1, y: 2}\none: *b\ntwo:\n  <<: *b\n  y: 3\n"
        #expect(try read(text) == [["base": ["x": 1, "y": 2], "one": ["x": 1, "y": 2], "two": ["y": 3, "x": 1]]])
    }

    @Test func aPageOfAliasesDoesNotBecomeABillionValues() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        #expect { try read(text) } throws: { ($0 as? YAMLError)?.reason.contains("more than 200000 values") == true }
    }

    @Test(arguments: [
        ("a: 1\na: 2", "twice"), ("a: *nobody", "no anchor"), ("a: [1", "line"), ("a: !thing x", "tag"), ("? [a]\n: b", "word"),
        (String(repeating: "[", count: 100), "deeper"), ("a: &x [*x]", "no anchor"), ("a: !!int x", "its tag"),
        ("<<: 1", "object"),
        ("a:\tb: c", "line"), ("a: \u{1}", "line"),
    ])
    func whatIsWrongIsSaid(_ text: String, _ part: String) {
        #expect { try read(text) } throws: { "\($0)".contains(part) && "\($0)".contains("line ") }
    }

    @Test func whatIsNoTextIsRefused() {
        #expect(throws: YAMLError.self) { try YAMLReader.documents([0x61, 0x3a, 0x20, 0xff, 0xfe]) }
        #expect(throws: YAMLError.self) { try YAMLReader.documents([UInt8](repeating: 32, count: YAMLReader.mostBytes + 1)) }
    }

    @Test func whatItWritesItReads() throws {
        let value: JSONValue = [
            "kind": "Pod", "yes": "yes", "number": "12", "empty": "", "list": ["a", ["b": [], "c": ["d: e", nil]], [["x"]]],
            "object": [:], "lines": "one\ntwo", "on": true, "n": 3, "unicode": "箱 \"x\" \\",
        ]
        #expect(try read(YAMLWriter.text(value)) == [value])
    }
}
