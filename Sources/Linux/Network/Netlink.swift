internal import Glibc
internal import SystemPackage

/// A message of rtnetlink(7), as it is put together or taken apart. In the machine's byte order.
struct NetlinkMessage {
    var type: UInt16
    var flags: UInt16
    private(set) var body: [UInt8] = []

    init(_ type: UInt16, flags: UInt16 = 0) {
        self.type = type
        self.flags = flags
    }

    fileprivate init(_ type: UInt16, _ body: ArraySlice<UInt8>) {
        self.init(type)
        self.body = Array(body)
    }

    mutating func append<Number: FixedWidthInteger>(_ value: Number) {
        unsafe withUnsafeBytes(of: value) { unsafe body.append(contentsOf: $0) }
    }

    /// An attribute: length, type, and what it holds, padded to four bytes.
    mutating func append(_ attribute: UInt16, _ bytes: [UInt8]) {
        append(UInt16(4 + bytes.count))
        append(attribute)
        body += bytes
        while body.count % 4 != 0 { body.append(0) }
    }

    mutating func append(_ attribute: UInt16, _ value: UInt32) { append(attribute, Self.bytes(of: value)) }
    mutating func append(_ attribute: UInt16, name: String) { append(attribute, Array(name.utf8) + [0]) }

    static func bytes<Number: FixedWidthInteger>(of value: Number) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
    }

    func number<Number: FixedWidthInteger>(at offset: Int) -> Number? { Self.number(body[...], offset) }

    /// An attribute that is one number.
    static func whole(_ bytes: ArraySlice<UInt8>) -> UInt32? { number(bytes, 0) }

    fileprivate static func number<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> Number? {
        let start = bytes.startIndex + offset
        let size = MemoryLayout<Number>.size
        guard start + size <= bytes.endIndex else { return nil }
        return unsafe bytes[start..<(start + size)].withUnsafeBytes { unsafe $0.loadUnaligned(as: Number.self) }
    }

    /// The attributes after a header of so many bytes.
    func attributes(after header: Int) -> [UInt16: ArraySlice<UInt8>] {
        var found: [UInt16: ArraySlice<UInt8>] = [:]
        var rest = body.dropFirst(header)
        while let length: UInt16 = Self.number(rest, 0), let type: UInt16 = Self.number(rest, 2), length >= 4,
            Int(length) <= rest.count
        {
            found[type & 0x3fff] = rest.dropFirst(4).prefix(Int(length) - 4)
            rest = rest.dropFirst((Int(length) + 3) / 4 * 4)
        }
        return found
    }

    fileprivate func encoded(sequence: UInt32) -> [UInt8] {
        var whole = NetlinkMessage(0)
        whole.append(UInt32(16 + body.count))
        whole.append(type)
        whole.append(flags)
        whole.append(sequence)
        whole.append(UInt32(0))
        return whole.body + body
    }

    /// The messages of one datagram.
    fileprivate static func all(in bytes: [UInt8]) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var rest = bytes[...]
        while let length: UInt32 = number(rest, 0), let type: UInt16 = number(rest, 4), length >= 16, Int(length) <= rest.count {
            messages.append(NetlinkMessage(type, rest.dropFirst(16).prefix(Int(length) - 16)))
            rest = rest.dropFirst((Int(length) + 3) / 4 * 4)
        }
        return messages
    }
}

/// A connection to the kernel's network configuration: of the network namespace it was opened in. rtnetlink(7).
struct Netlink: ~Copyable {
    private let socket: Descriptor
    private var sequence: UInt32 = 0

    private static let request: UInt16 = 1
    private static let acknowledge: UInt16 = 4
    private static let dump: UInt16 = 0x300
    private static let errorType: UInt16 = 2
    private static let doneType: UInt16 = 3

    init() throws(SystemError) {
        socket = Descriptor(
            owning: try systemCall("socket", "netlink") {
                Glibc.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            })
    }

    /// Asks for one thing to be done, or for one answer. - Throws: the errno the kernel answers.
    @discardableResult
    mutating func ask(_ message: NetlinkMessage, _ subject: String) throws(SystemError) -> [NetlinkMessage] {
        try exchange(message, Self.request | Self.acknowledge, subject)
    }

    /// Asks for a list.
    mutating func list(_ message: NetlinkMessage, _ subject: String) throws(SystemError) -> [NetlinkMessage] {
        try exchange(message, Self.request | Self.dump, subject)
    }

    private mutating func exchange(
        _ message: NetlinkMessage, _ flags: UInt16, _ subject: String
    ) throws(SystemError) -> [NetlinkMessage] {
        sequence += 1
        var message = message
        message.flags |= flags
        try socket.write(message.encoded(sequence: sequence))
        var answers: [NetlinkMessage] = []
        while true {
            for answer in NetlinkMessage.all(in: try socket.read(upTo: 65536)) {
                switch answer.type {
                case Self.doneType: return answers
                case Self.errorType:
                    let code: Int32 = answer.number(at: 0) ?? -EBADMSG
                    if code == 0 { return answers }
                    throw SystemError("rtnetlink", subject, Errno(rawValue: -code))
                default: answers.append(answer)
                }
            }
        }
    }
}
