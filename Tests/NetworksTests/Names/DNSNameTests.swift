import Testing

@testable import Networks

@Suite struct DNSNameTests {
    @Test func textBecomesLabels() throws {
        #expect(try #require(DNSName("Db.Web")).bytes == Wire.name("db.web"))
        #expect(DNSName("db.web.") == DNSName("db.web"))
        let longest = String(repeating: "a", count: 63)
        #expect(DNSName(longest) != nil)
        for wrong in ["", ".", "a..b", ".a", longest + "a", Array(repeating: longest, count: 4).joined(separator: ".")] {
            #expect(DNSName(wrong) == nil, "\(wrong)")
        }
        #expect(DNSName(Array(repeating: longest, count: 3).joined(separator: ".") + "." + longest.dropLast(2)) != nil)
    }

    @Test func aNetworksNameIsTakenFromTheEnd() throws {
        let web = try #require(DNSName("web"))
        #expect(DNSName("db.web")?.removing(suffix: web) == DNSName("db"))
        #expect(DNSName("a.b.web")?.removing(suffix: web) == DNSName("a.b"))
        #expect(DNSName("web")?.removing(suffix: web) == nil)
        #expect(DNSName("db.xweb")?.removing(suffix: web) == nil)
        // A label whose last bytes look like the suffix: its length is not on the way.
        let label: [UInt8] = [5, 97, 3, 119, 101, 98, 0]
        #expect(DNSName(wire: label).removing(suffix: web) == nil)
    }

    @Test func reverseNamesAreAddresses() throws {
        for text in ["10.89.0.5", "0.0.0.0", "255.255.255.255"] {
            let name = text.split(separator: ".").reversed().joined(separator: ".") + ".IN-ADDR.arpa"
            #expect(DNSName(name)?.reverseAddress == IPAddress(text))
        }
        let nibbles = try #require(IPAddress("fd00::ab5")).bytes.flatMap { [$0 >> 4, $0 & 15] }.reversed()
        let name = nibbles.map { String($0, radix: 16) }.joined(separator: ".") + ".ip6.arpa"
        #expect(DNSName(name)?.reverseAddress == IPAddress("fd00::ab5"))
        for wrong in [
            "89.10.in-addr.arpa", "1.5.0.89.10.in-addr.arpa", "05.0.89.10.in-addr.arpa", "256.0.89.10.in-addr.arpa",
            "x.0.89.10.in-addr.arpa", "5.0.89.10.in-addr.arpa.net", "1.ip6.arpa", "ip6.arpa", "in-addr.arpa",
            "g." + name.dropFirst(2),
        ] { #expect(DNSName(wrong)?.reverseAddress == nil, "\(wrong)") }
    }

    @Test func pointersLeadBackOnly() throws {
        let head = [UInt8](repeating: 0, count: 12)
        func read(_ body: [UInt8], at start: Int) -> (DNSName?, Int) {
            var at = start
            let message = head + body
            let name = DNSName(in: message, count: message.count, at: &at)
            return (name, at)
        }
        let (name, end) = read(Wire.name("web") + [2, 68, 98, 0xc0, 12], at: 17)
        #expect(name == DNSName("db.web") && end == 22)
        // To itself, forward, into the header, in a circle, cut off, and of the two kinds of labels that are none.
        #expect(read([0xc0, 12], at: 12).0 == nil)
        #expect(read([0xc0, 14, 1, 97, 0], at: 12).0 == nil)
        #expect(read([0xc0, 4], at: 12).0 == nil)
        #expect(read([1, 97, 0xc0, 16, 0xc0, 12], at: 16).0 == nil)
        #expect(read([3, 97, 98], at: 12).0 == nil)
        #expect(read([0xc0], at: 12).0 == nil)
        #expect(read([0x41, 97, 0], at: 12).0 == nil)
        #expect(read([0x81, 97, 0], at: 12).0 == nil)
    }

    @Test func aChainOfPointersEndsAtTheLongestName() {
        // Each name is ten bytes and a pointer to the one before: the 26th would have more than 255.
        var message = [UInt8](repeating: 0, count: 12) + [9] + [UInt8](repeating: 97, count: 9) + [0]
        var starts = [12]
        for _ in 0..<30 {
            starts.append(message.count)
            message += [9] + [UInt8](repeating: 97, count: 9) + [0xc0, UInt8(starts[starts.count - 2])].map { UInt8($0) }
            if message.count > 240 { break }
        }
        for start in starts {
            var at = start
            let name = DNSName(in: message, count: message.count, at: &at)
            #expect((name?.bytes.count ?? 256) <= 256)
        }
    }
}
