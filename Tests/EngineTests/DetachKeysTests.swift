import Testing

@testable import Engine

@Suite struct DetachKeysTests {
    private static let p: UInt8 = 16, q: UInt8 = 17

    @Test(
        arguments: [
            ([[p, q]], [], true), ([[p], [q]], [], true), ([[65, p, q, 66]], [65], true), ([[p, 65]], [p, 65], false),
            ([[p], [65]], [p, 65], false),
            ([[p, p, q]], [p], true), ([[p]], [], false), ([[q, p]], [q], false), ([[65, 66]], [65, 66], false),
        ] as [([[UInt8]], [UInt8], Bool)])
    func sequence(pieces: [[UInt8]], passed: [UInt8], detached: Bool) throws {
        var keys = try DetachKeys(DetachKeys.standard)
        var all: [UInt8] = []
        var left = false
        for piece in pieces where !left {
            let (pass, done) = keys.feed(piece)
            all += pass
            left = done
        }
        #expect(all == passed)
        #expect(left == detached)
    }

    /// The end of one attempt can be the beginning of the next.
    @Test func overlappingSequence() throws {
        var keys = try DetachKeys("a,a,b")
        let (pass, detached) = keys.feed(Array("aaab".utf8))
        #expect(pass == Array("a".utf8) && detached)
    }

    @Test func noneAtAll() throws {
        var keys = try DetachKeys("")
        let (pass, detached) = keys.feed([Self.p, Self.q])
        #expect(pass == [Self.p, Self.q] && !detached)
    }

    @Test(arguments: ["ctrl-", "ctrl-1", "ab", "ctrl-pp", "é"])
    func badKeys(text: String) { #expect(throws: EngineError.self) { try DetachKeys(text) } }

    @Test(arguments: ["ctrl-@", "ctrl-[", "ctrl-_", "a", "a,ctrl-b"])
    func goodKeys(text: String) throws { _ = try DetachKeys(text) }
}
