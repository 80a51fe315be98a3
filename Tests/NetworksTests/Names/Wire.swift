@testable import Networks

/// Messages as a client makes them, and as it reads them.
enum Wire {
    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static func number(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xff), UInt8(value & 0xff)] }

    static func query(
        _ text: String, type: Int = 1, class: Int = 1, id: Int = 0x1234, flags: Int = 0x0100, edns: [UInt8] = []
    ) -> [UInt8] {
        number(id) + number(flags) + number(1) + number(0) + number(0) + number(edns.isEmpty ? 0 : 1) + name(text) + number(type)
            + number(`class`) + edns
    }

    /// An OPT record. RFC 6891, section 6.1.2.
    static func options(payload: Int, version: UInt8 = 0, security: Bool = false) -> [UInt8] {
        [0] + number(41) + number(payload) + [0, version] + number(security ? 0x8000 : 0) + number(0)
    }

    /// An answer, taken apart; nil where it is none.
    struct Answer {
        var id = 0
        var flags = 0
        var code: Int { flags & 0xf }
        var isTruncated: Bool { flags & 0x200 != 0 }
        var records: [(type: Int, timeToLive: Int, data: [UInt8])] = []
        /// Payload and the upper bits of the time to live of an OPT record.
        var options: (payload: Int, upperCode: Int, security: Bool)?

        init?(_ bytes: [UInt8]) {
            guard bytes.count >= 12, bytes[2] & 0x80 != 0 else { return nil }
            func number(_ at: Int) -> Int { Int(bytes[at]) << 8 | Int(bytes[at + 1]) }
            id = number(0)
            flags = number(2)
            var at = 12
            for _ in 0..<number(4) {
                guard DNSName(in: bytes, count: bytes.count, at: &at) != nil, at + 4 <= bytes.count else { return nil }
                at += 4
            }
            for _ in 0..<(number(6) + number(8) + number(10)) {
                guard DNSName(in: bytes, count: bytes.count, at: &at) != nil, at + 10 <= bytes.count else { return nil }
                let (type, size) = (number(at), number(at + 8))
                guard at + 10 + size <= bytes.count else { return nil }
                if type == 41 {
                    options = (number(at + 2), Int(bytes[at + 4]), bytes[at + 6] & 0x80 != 0)
                } else {
                    let seconds = number(at + 4) << 16 | number(at + 6)
                    records.append((type, seconds, Array(bytes[(at + 10)..<(at + 10 + size)])))
                }
                at += 10 + size
            }
            guard at == bytes.count else { return nil }
        }

        var addresses: [String] { records.compactMap { IPAddress(bytes: $0.data)?.description } }
    }
}

/// A responder with a network, without a socket.
final class Desk {
    var responder = Responder(forwards: true)
    var names = NetworkNames(name: "web", subnets: [Subnet("10.89.0.0/24")!, Subnet("fd00::/64")!])

    init(_ members: [(id: String, names: [String], addresses: [String])]) {
        for member in members { add(member.id, member.names, member.addresses) }
    }

    func add(_ id: String, _ names: [String], _ addresses: [String]) {
        let member = NetworkMember(id: id, monitor: 1, names: names, addresses: addresses.compactMap { IPAddress($0) })
        self.names.set(NetworkNames.Member(member))
    }

    func ask(_ message: [UInt8], _ transport: Responder.Transport = .datagram) -> Responder.Outcome {
        responder.respond(to: message, count: message.count, over: transport, own: &names)
    }

    /// The answer, taken apart; nil where there is none.
    func answer(_ message: [UInt8], _ transport: Responder.Transport = .datagram) -> Wire.Answer? {
        ask(message, transport) == .answered ? Wire.Answer(responder.answer.bytes) : nil
    }
}
