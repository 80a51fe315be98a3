import Testing

@testable import JSON

@Suite struct JSONValueTests {
    private static let documents: [(String, JSONValue)] = [
        ("null", .null), (" true ", true), ("-12", -12), ("0", 0), ("18446744073709551615", .unsigned(.max)),
        ("1.5e3", .number(1500)), (#""a\"\\\/\b\f\n\r\té""#, "a\"\\/\u{8}\u{c}\n\r\té"), (#""\ud83d\ude00x""#, "😀x"),
        (#""\ud83dx""#, "\u{fffd}x"), ("[]", []), ("{}", [:]), ("[1,[2,{\"a\":null}]]", [1, [2, ["a": nil]]]),
        ("\u{feff}{\"b\" : 1 ,\n\"a\":2}", ["b": 1, "a": 2]),
    ]

    @Test(arguments: documents)
    func reads(_ text: String, _ expected: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == expected)
        #expect(try JSONValue(parsing: expected.bytes()) == expected)
        #expect(try JSONValue(parsing: expected.bytes(pretty: true)) == expected)
    }

    @Test(arguments: [
        "", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1,}", "{a:1}", "tru", "nul", "01", "1.", "1e", "-", "\"",
        "\"\\", "\"\\x\"",
        "\"\\u12g4\"", "\"\n\"", "1 2", "'a'", "[1 2]", "1e999", String(repeating: "[", count: 200),
    ])
    func refuses(_ text: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) }
        #expect(error?.description.hasPrefix("is not valid JSON: ") == true)
    }

    @Test func refusesBrokenUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xc3, 0x28, 0x22]) }
    }

    @Test func namesTheLine() {
        #expect(throws: JSONError("is not valid JSON: a member's name is expected (line 3)")) {
            try JSONValue(parsing: Array("{\n\"a\": 1,\n}".utf8))
        }
    }

    /// Nothing that is cut off or changed in one byte ends the process.
    @Test func survivesDamage() {
        let text = Array(#"{"a":[1,-2.5e-3,"\u00e9\ud83d\ude00",{"b":null,"c":true}],"d":"x"}"#.utf8)
        for end in text.indices { _ = try? JSONValue(parsing: Array(text[..<end])) }
        for index in text.indices {
            for byte: UInt8 in [0, 0x22, 0x5c, 0x7b, 0x7d, 0x2c, 0xff, 0x39] {
                var damaged = text
                damaged[index] = byte
                _ = try? JSONValue(parsing: damaged)
            }
        }
    }

    @Test func writesInOrderAndEscaped() {
        let value: JSONValue = ["z": ["\u{1}\"\\\n"], "a": [:]]
        #expect(value.text() == #"{"z":["\u0001\"\\\n"],"a":{}}"#)
        #expect(value.text(pretty: true) == "{\n  \"z\": [\n    \"\\u0001\\\"\\\\\\n\"\n  ],\n  \"a\": {}\n}")
    }
}

private struct Point: JSONRecord, Equatable {
    enum Colour: String, CaseIterable { case red, blue }
    var x = 0
    var name: String?
    var size: UInt8?
    var colour = Colour.red
    var tags: [String]?
    var parts: [Point]?
    var named: [String: Point]?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("x")
        try fields("x", &x)
        try fields("name", &name)
        try fields("size", &size)
        try fields("colour", &colour)
        try fields("tags", &tags)
        try fields("parts", &parts)
        try fields("named", &named)
    }
}

@Suite struct JSONRecordTests {
    @Test func unknownMembersSurvive() throws {
        let text =
            #"{"x":1,"size":255,"colour":"blue","parts":[{"x":2,"colour":"red","more":[1]}],"#
            + #""named":{"k":{"x":3,"colour":"red"}},"else":{"y":null}}"#
        let point = try Point(parsing: Array(text.utf8))
        #expect(point.parts?[0].unknown["more"] == [1] && point.unknown["else"] == ["y": nil])
        #expect(point.json.text() == text)
    }

    @Test func nullIsAbsent() throws {
        #expect(try Point(parsing: Array(#"{"x":1,"name":null,"parts":null}"#.utf8)).json == ["x": 1, "colour": "red"])
    }

    @Test(arguments: [
        (#"{}"#, "x is missing"), (#"{"x":"1"}"#, "x is a string, not a number"), (#"[]"#, "is a list, not an object"),
        (#"{"x":1.5}"#, "x is 1.5, which is not a whole number from -9223372036854775808 to 9223372036854775807"),
        (#"{"x":1,"size":256}"#, "size is 256, which is not a whole number from 0 to 255"),
        (#"{"x":1,"size":-1}"#, "size is -1, which is not a whole number from 0 to 255"),
        (#"{"x":1,"parts":[{"x":1},{"x":2,"tags":["a",1]}]}"#, "parts[1].tags[1] is a number, not a string"),
        (#"{"x":1,"named":{"k":{"colour":"green","x":1}}}"#, "named.k.colour is \"green\"; it is one of red, blue"),
    ])
    func namesTheField(_ text: String, _ message: String) {
        let error = #expect(throws: JSONError.self) { try Point(parsing: Array(text.utf8)) }
        #expect(error?.description == message)
    }

    @Test func ofTwoMembersTheLastCounts() throws { #expect(try Point(parsing: Array(#"{"x":1,"x":2}"#.utf8)).x == 2) }
}
