import Testing

@testable import Linux

@Suite struct NetlinkTests {
    @Test func attributesAreReadAsTheyWereWritten() {
        var message = NetlinkMessage(16)
        message.append(UInt32(7))
        message.append(3, name: "eth0")
        message.nest(18) { inner in
            inner.append(1, [1, 2, 3])
            inner.append(2, UInt32(9))
        }
        let attributes = message.attributes(after: 4)
        #expect(attributes[3].map { NetlinkMessage.text($0) } == "eth0")
        let inner = NetlinkMessage.attributes(in: attributes[18] ?? [])
        #expect(inner[1].map(Array.init) == [1, 2, 3] && inner[2].flatMap { NetlinkMessage.whole($0) as UInt32? } == 9)
    }

    /// Whatever comes from a socket: lengths that lie, messages that are cut short, nothing at all.
    @Test func brokenMessagesAreLeftOut() {
        var source = SeededGenerator(state: 42)
        var message = NetlinkMessage(16)
        message.append(UInt32(7))
        message.append(3, name: "eth0")
        let whole = message.encoded(sequence: 1)
        for _ in 0..<20_000 {
            var bytes = whole + whole
            for _ in 0..<Int.random(in: 1...6, using: &source) {
                bytes[Int.random(in: bytes.indices, using: &source)] = UInt8.random(in: 0...255, using: &source)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &source))
            for found in NetlinkMessage.all(in: bytes) {
                for (_, value) in found.attributes(after: 4) { _ = NetlinkMessage.attributes(in: value) }
                let _: UInt64? = found.number(at: 1)
            }
        }
        #expect(NetlinkMessage.all(in: []).isEmpty)
        #expect(NetlinkMessage.all(in: whole).count == 1)
        #expect(NetlinkMessage.all(in: Array(whole.dropLast())).isEmpty)
    }
}

private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
