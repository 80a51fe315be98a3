import Testing

@testable import Networks

@Suite struct ResponderTests {
    private let members: [(id: String, names: [String], addresses: [String])] = [
        ("aa", ["db", "aa", "all"], ["10.89.0.5", "fd00::5"]), ("bb", ["Www", "all"], ["10.89.0.6"]),
        ("cc", ["cache", "all"], ["10.89.0.7", "fd00::7"]),
    ]

    @Test(arguments: ["db", "DB", "db.web", "dB.WeB", "aa", "aa.web"]) func namesAreFound(_ name: String) throws {
        let desk = Desk(members)
        let answer = try #require(desk.answer(Wire.query(name)))
        #expect(answer.code == 0 && answer.id == 0x1234 && answer.addresses == ["10.89.0.5"])
        #expect(answer.flags == 0x8580, "authoritative, recursion desired and available: \(String(answer.flags, radix: 16))")
        #expect(answer.records.first?.timeToLive == 5)
        #expect(try #require(desk.answer(Wire.query(name, type: 28))).addresses == ["fd00::5"])
    }

    @Test func theQuestionComesBackAsItWas() throws {
        let desk = Desk(members)
        let query = Wire.query("wWw.WEB")
        #expect(desk.ask(query) == .answered)
        #expect(desk.responder.answer.bytes[12..<query.count].elementsEqual(query[12...]))
    }

    @Test(arguments: [28, 15, 16, 255, 65, 6]) func aKnownNameHasNoOtherRecords(_ type: Int) throws {
        let desk = Desk(members)
        let answer = try #require(desk.answer(Wire.query("www", type: type)))
        #expect(answer.code == 0 && answer.records.isEmpty)
    }

    @Test func aSharedNameTurns() throws {
        let desk = Desk(members)
        var firsts: [String] = []
        for _ in 0..<6 {
            let addresses = try #require(desk.answer(Wire.query("all"))).addresses
            #expect(Set(addresses) == ["10.89.0.5", "10.89.0.6", "10.89.0.7"] && addresses.count == 3)
            firsts.append(addresses[0])
            // Asked in between, as most do, it has its own turn.
            #expect(try #require(desk.answer(Wire.query("all", type: 28))).addresses.count == 2)
        }
        #expect(Set(firsts[..<3]).count == 3 && firsts[..<3] == firsts[3...])
    }

    @Test func whoGoesIsForgotten() throws {
        let desk = Desk(members)
        desk.names.remove("aa")
        #expect(try #require(desk.answer(Wire.query("all"))).addresses.count == 2)
        guard case .forwarded = desk.ask(Wire.query("db")) else { return #expect(Bool(false), "db is still there") }
        #expect(desk.names.member(at: IPAddress("10.89.0.5")!) == nil)
        desk.add("bb", ["other"], ["10.89.0.9"])
        #expect(try #require(desk.answer(Wire.query("other.web"))).addresses == ["10.89.0.9"])
        guard case .forwarded = desk.ask(Wire.query("www")) else { return #expect(Bool(false), "www is still there") }
        desk.names.remove("bb")
        desk.names.remove("cc")
        #expect(desk.names.find(DNSName("all")!) == nil)
    }

    @Test func addressesHaveTheirFirstName() throws {
        let desk = Desk(members)
        let answer = try #require(desk.answer(Wire.query("6.0.89.10.in-addr.arpa", type: 12)))
        #expect(answer.code == 0 && answer.records.map(\.data) == [Wire.name("www")])
        let name = IPAddress("fd00::7")!.bytes.flatMap { [$0 >> 4, $0 & 15] }.reversed().map { String($0, radix: 16) }
        let six = try #require(desk.answer(Wire.query(name.joined(separator: ".") + ".ip6.arpa", type: 12)))
        #expect(six.records.map(\.data) == [Wire.name("cache")])
        // Nobody's, of the network and not; and another type.
        #expect(try #require(desk.answer(Wire.query("99.0.89.10.in-addr.arpa", type: 12))).code == 3)
        guard case .forwarded = desk.ask(Wire.query("99.0.88.10.in-addr.arpa", type: 12)) else {
            return #expect(Bool(false), "an address of nobody here is for others to know")
        }
        #expect(try #require(desk.answer(Wire.query("6.0.89.10.in-addr.arpa"))).records.isEmpty)
    }

    @Test func internalNetworksForwardNothing() throws {
        let desk = Desk(members)
        desk.responder.forwards = false
        let answer = try #require(desk.answer(Wire.query("example.com")))
        #expect(answer.code == 3 && answer.flags & 0x80 == 0)
    }

    @Test func otherNetworksComeAfterTheOwn() throws {
        let desk = Desk(members)
        var second = NetworkNames(name: "back", subnets: [Subnet("10.90.0.0/24")!])
        let member = NetworkMember(
            id: "dd", monitor: 1, names: ["db", "far"], addresses: [IPAddress("10.90.0.2")!])
        second.set(NetworkNames.Member(member))
        func ask(_ name: String, _ type: Int = 1) -> Wire.Answer? {
            let query = Wire.query(name, type: type)
            let outcome = desk.responder.respond(
                to: query, count: query.count, over: .datagram, own: &desk.names, others: { $0.look(in: &second) })
            return outcome == .answered ? Wire.Answer(desk.responder.answer.bytes) : nil
        }
        #expect(ask("db")?.addresses == ["10.89.0.5"])
        #expect(ask("far")?.addresses == ["10.90.0.2"])
        #expect(ask("db.back")?.addresses == ["10.90.0.2"])
        #expect(ask("far.web") == nil)
        #expect(ask("2.0.90.10.in-addr.arpa", 12)?.records.map(\.data) == [Wire.name("db")])
        #expect(ask("3.0.90.10.in-addr.arpa", 12)?.code == 3)
    }

    @Test func whatIsNoQueryOfTheInternetIsRefused() throws {
        let desk = Desk(members)
        #expect(try #require(desk.answer(Wire.query("db", flags: 0x2900))).flags & 0x780f == 0x2804)
        #expect(try #require(desk.answer(Wire.query("version.bind", type: 16, class: 3))).code == 5)
        #expect(try #require(desk.answer(Wire.query("db", type: 252))).code == 5)
        #expect(desk.ask(Wire.query("db", flags: 0x8100)) == .dropped)
        #expect(desk.ask(Array(Wire.query("db")[..<11])) == .dropped)
        #expect(desk.ask([]) == .dropped)
    }

    @Test func brokenQueriesAreFormatErrors() throws {
        let desk = Desk(members)
        var wrong = [Array(Wire.query("db")[..<12]), Array(Wire.query("db").dropLast()), Wire.query("db") + [0]]
        for at in [5, 7, 9, 11] {
            var counts = Wire.query("db")
            counts[at] = 2
            wrong.append(counts)
        }
        let options = Wire.options(payload: 1232)
        var two = Wire.query("db", edns: options) + options
        two[11] = 2
        wrong.append(two)
        // An OPT record that is not at the root, and one among the answers.
        wrong.append(Wire.query("db", edns: [1, 97] + options))
        var misplaced = Wire.query("db", edns: options)
        (misplaced[7], misplaced[11]) = (1, 0)
        wrong.append(misplaced)
        for message in wrong {
            #expect(try #require(desk.answer(message), "\(message)").code == 1, "\(message)")
        }
    }

    @Test func optionsAreAnswered() throws {
        let desk = Desk(members)
        let answer = try #require(desk.answer(Wire.query("db", edns: Wire.options(payload: 4096, security: true))))
        #expect(answer.options?.payload == 1232 && answer.options?.security == true && answer.options?.upperCode == 0)
        #expect(try #require(desk.answer(Wire.query("db"))).options == nil)
        let newer = try #require(desk.answer(Wire.query("db", edns: Wire.options(payload: 512, version: 1))))
        #expect(newer.options?.upperCode == 1 && newer.code == 0 && newer.records.isEmpty)
    }

    @Test func longAnswersAreTruncated() throws {
        let desk = Desk([])
        for index in 1...200 { desk.add("m\(index)", ["all"], ["10.89.0.\(index)"]) }
        let plain = try #require(desk.answer(Wire.query("all")))
        #expect(plain.isTruncated && desk.responder.answer.bytes.count <= 512 && plain.records.count == 30)
        let large = try #require(desk.answer(Wire.query("all", edns: Wire.options(payload: 65535))))
        #expect(large.isTruncated && desk.responder.answer.bytes.count <= 1232 && large.options != nil)
        let tiny = try #require(desk.answer(Wire.query("all", edns: Wire.options(payload: 0))))
        #expect(tiny.isTruncated && tiny.records.count == 30)
        let whole = try #require(desk.answer(Wire.query("all"), .stream))
        #expect(!whole.isTruncated && whole.records.count == 200 && Set(whole.addresses).count == 200)
        let other = Wire.query("example.com", flags: 0x0110, edns: Wire.options(payload: 512, security: true))
        let query = try DNSQuery(other, count: other.count)
        desk.responder.truncate([0x99, 0x99, 0x81, 0xa0] + [UInt8](repeating: 7, count: 900), for: query, of: other)
        let cut = try #require(Wire.Answer(desk.responder.answer.bytes))
        #expect(
            cut.isTruncated && cut.id == 0x1234 && cut.flags & 0x20 != 0 && cut.records.isEmpty && cut.options?.security == true)
    }

    @Test func failuresKeepTheQuestion() throws {
        let desk = Desk([])
        let message = Wire.query("example.com", edns: Wire.options(payload: 1232))
        desk.responder.fail(try DNSQuery(message, count: message.count), of: message)
        let answer = try #require(Wire.Answer(desk.responder.answer.bytes))
        #expect(answer.code == 2 && answer.options != nil && answer.id == 0x1234)
    }

    @Test func aThousandMembersAreCheap() throws {
        let desk = Desk([])
        for index in 0..<1000 { desk.add("m\(index)", ["n\(index)", "all"], ["10.89.\(index / 250).\(index % 250)"]) }
        for index in 0..<1000 {
            #expect(try #require(desk.answer(Wire.query("n\(index).web"))).addresses == ["10.89.\(index / 250).\(index % 250)"])
        }
    }
}
