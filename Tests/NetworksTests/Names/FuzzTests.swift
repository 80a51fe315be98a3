import Testing

@testable import Networks

/// What strangers send: nothing of it ends the process, goes on for ever, or is answered with more than there is room for.
@Suite struct FuzzTests {
    /// SplitMix64: the same packets each time.
    private struct Source {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
            return value ^ value >> 31
        }
    }

    private static let good: [[UInt8]] = [
        Wire.query("db"), Wire.query("all.web", type: 28), Wire.query("5.0.89.10.in-addr.arpa", type: 12),
        Wire.query("example.com", edns: Wire.options(payload: 4096, security: true)),
        Wire.query(String(repeating: "abcdefgh.", count: 25) + "web"),
        Wire.query("x", edns: Wire.options(payload: 512, version: 3)),
    ]

    private func packet(_ source: inout Source) -> [UInt8] {
        guard source.next() % 4 > 0 else {
            var bytes: [UInt8] = []
            for _ in 0..<(source.next() % 16) {
                let word = source.next()
                for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift * 8))) }
            }
            return bytes
        }
        var bytes = Self.good[Int(source.next() % UInt64(Self.good.count))]
        for _ in 0...(source.next() % 6) where !bytes.isEmpty {
            let at = Int(source.next() % UInt64(bytes.count))
            switch source.next() % 6 {
            case 0: bytes[at] = UInt8(source.next() & 0xff)
            case 1: bytes[at] ^= 1 << UInt8(source.next() % 8)
            case 2: bytes.removeSubrange(at...)
            case 3: bytes.insert(contentsOf: bytes[at...].prefix(20), at: at)
            case 4: bytes.replaceSubrange(at..<(at + 1), with: [0xc0, UInt8(source.next() % 65)])
            default: bytes.remove(at: at)
            }
        }
        return bytes
    }

    @Test func twoHundredThousandPackets() {
        var source = Source(state: 20_26)
        let desk = Desk([("aa", ["db", "all"], ["10.89.0.5", "fd00::5"]), ("bb", ["all"], ["10.89.0.6"])])
        for index in 0..<35 { desk.add("m\(index)", ["all"], ["10.89.1.\(index)"]) }
        var (answered, forwarded, dropped, wrong) = (0, 0, 0, 0)
        for _ in 0..<200_000 {
            let message = packet(&source)
            switch desk.ask(message) {
            case .answered:
                answered += 1
                let bytes = desk.responder.answer.bytes
                if bytes.count > 1232 || Wire.Answer(bytes) == nil || bytes[..<2] != message[..<2] { wrong += 1 }
            case .forwarded(let query):
                forwarded += 1
                if query.name.bytes.count > 255 || query.questionEnd > message.count { wrong += 1 }
            case .dropped:
                dropped += 1
                if message.count >= 12, message[2] & 0x80 == 0 { wrong += 1 }
            }
        }
        #expect(wrong == 0)
        #expect(answered > 10_000 && forwarded > 1000 && dropped > 10_000, "\(answered) \(forwarded) \(dropped)")
    }
}
