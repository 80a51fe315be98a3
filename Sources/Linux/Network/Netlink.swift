internal import Glibc
internal import SystemPackage

/// A connection to a part of the kernel's network configuration: of the network namespace it was opened in. netlink(7).
public struct Netlink: ~Copyable {
    /// Which part.
    public enum Family: CInt, Sendable {
        /// Links, addresses, routes: rtnetlink(7).
        case route = 0
        /// Packet filters: nf_tables.
        case netfilter = 12

        var name: String { self == .route ? "rtnetlink" : "nf_tables" }
    }

    private let socket: Descriptor
    private let family: Family
    private var sequence: UInt32 = 0

    private static let request: UInt16 = 1
    private static let acknowledge: UInt16 = 4
    private static let dump: UInt16 = 0x300
    /// NLM_F_DUMP_INTR: the list changed while it was read.
    private static let isInterrupted: UInt16 = 0x10
    private static let errorType: UInt16 = 2
    private static let doneType: UInt16 = 3
    /// A list that changes is read again, so often.
    private static let mostTries = 20
    private static let largestDatagram = 64 << 10

    public init(_ family: Family = .route) throws(SystemError) {
        self.family = family
        let socket = Descriptor(
            owning: try systemCall("socket", "netlink") {
                Glibc.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), family.rawValue)
            })
        let raw = socket.raw
        // SOL_NETLINK: NETLINK_CAP_ACK, NETLINK_EXT_ACK: answers say why, and do not repeat the question.
        for option: CInt in [10, 11] {
            var on: CInt = 1
            try systemCall("setsockopt", "netlink") {
                unsafe setsockopt(raw, 270, option, &on, socklen_t(MemoryLayout<CInt>.size))
            }
        }
        self.socket = socket
    }

    /// The socket, for whoever closes it later.
    public consuming func release() -> Descriptor { socket }

    /// That of a namespace named by a descriptor; the caller, which has one thread, goes there and comes back. setns(2).
    public static func of(_ namespace: borrowing Descriptor, _ family: Family = .route) throws(SystemError) -> Netlink {
        let own = try File.open("/proc/self/ns/net", .read)
        try Namespaces.join(namespace, .network)
        do throws(SystemError) {
            let netlink = try Netlink(family)
            try Namespaces.join(own, .network)
            return netlink
        } catch {
            try Namespaces.join(own, .network)
            throw error
        }
    }

    /// Asks for one thing to be done, or for one answer. - Throws: the errno the kernel answers.
    @discardableResult
    public mutating func ask(_ message: NetlinkMessage, _ subject: String) throws(SystemError) -> [NetlinkMessage] {
        try explain(subject) { (netlink) throws(SystemError) in
            try netlink.send([message], Self.request | Self.acknowledge)
            return try netlink.answers(subject)
        }
    }

    /// Asks for a list; once more where it changed meanwhile.
    public mutating func list(_ message: NetlinkMessage, _ subject: String) throws(SystemError) -> [NetlinkMessage] {
        try explain(subject) { (netlink) throws(SystemError) in
            for _ in 0..<Self.mostTries {
                try netlink.send([message], Self.request | Self.dump)
                let answers = try netlink.answers(subject)
                if !answers.contains(where: { $0.flags & Self.isInterrupted != 0 }) { return answers }
            }
            throw SystemError(netlink.family.name, subject, .resourceTemporarilyUnavailable)
        }
    }

    /// Has several things done, in their order, by one write. Of rtnetlink's each stands for itself; nf_tables does all of a batch
    /// or nothing.
    ///
    /// - Parameter framed: whether the first and the last only frame the others.
    /// - Throws: the first error there was.
    public mutating func transact(
        _ messages: [NetlinkMessage], framed: Bool = false, _ subject: String
    ) throws(SystemError) {
        try explain(subject) { (netlink) throws(SystemError) in
            let first = netlink.sequence + 1
            let wanted =
                framed ? (first + 1)...(first + UInt32(messages.count) - 2) : first...(first + UInt32(messages.count) - 1)
            try netlink.send(messages, Self.request, acknowledged: wanted)
            try netlink.acknowledgements(wanted, subject)
        }
    }

    /// Has it stand in a trace by what is done, beside the system calls.
    private mutating func explain<Result>(
        _ subject: String, _ body: (inout Netlink) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        let start = unsafe Trace.isOn ? Trace.now() : 0
        do throws(SystemError) {
            let result = try body(&self)
            if start != 0 { Trace.record(family.name, subject, start: start, errno: 0) }
            return result
        } catch {
            if start != 0 { Trace.record(family.name, subject, start: start, errno: error.errno.rawValue) }
            throw error
        }
    }

    // MARK: Messages

    private mutating func send(
        _ messages: [NetlinkMessage], _ flags: UInt16, acknowledged: ClosedRange<UInt32>? = nil
    ) throws(SystemError) {
        var bytes: [UInt8] = []
        for message in messages {
            sequence += 1
            var message = message
            message.flags |= flags
            if acknowledged?.contains(sequence) == true { message.flags |= Self.acknowledge }
            bytes += message.encoded(sequence: sequence)
        }
        try socket.write(bytes)
    }

    /// What comes for the last request, to its end.
    private func answers(_ subject: String) throws(SystemError) -> [NetlinkMessage] {
        var answers: [NetlinkMessage] = []
        while true {
            for answer in NetlinkMessage.all(in: try socket.read(upTo: Self.largestDatagram)) where answer.sequence == sequence {
                switch answer.type {
                case Self.doneType: return answers
                case Self.errorType:
                    if let error = failure(answer, subject) { throw error }
                    return answers
                default: answers.append(answer)
                }
            }
        }
    }

    /// Takes an answer for each that asked for one. The kernel has them all ready when it has taken the messages.
    private func acknowledgements(_ wanted: ClosedRange<UInt32>, _ subject: String) throws(SystemError) {
        var first: SystemError?
        var missing = Set(wanted)
        while !missing.isEmpty, let datagram = try readWhatIsThere() {
            for answer in NetlinkMessage.all(in: datagram) where answer.type == Self.errorType {
                missing.remove(answer.sequence)
                if let error = failure(answer, subject), first == nil { first = error }
            }
        }
        if let first { throw first }
        guard missing.isEmpty else { throw SystemError(family.name, "\(subject): an answer is missing", .badMessage) }
    }

    /// recv(2) without waiting; nil where nothing is there.
    private func readWhatIsThere() throws(SystemError) -> [UInt8]? {
        let raw = socket.raw
        do throws(SystemError) {
            return try unsafe bytesFromSystemCall("recv", "netlink", upTo: Self.largestDatagram) {
                unsafe recv(raw, $0, Self.largestDatagram, CInt(MSG_DONTWAIT))
            }
        } catch {
            guard error.errno == .resourceTemporarilyUnavailable else { throw error }
            return nil
        }
    }

    /// An answer's error; nil where it says that all is well.
    private func failure(_ answer: NetlinkMessage, _ subject: String) -> SystemError? {
        let code: Int32 = answer.number(at: 0) ?? -EBADMSG
        guard code != 0 else { return nil }
        // NLMSGERR_ATTR_MSG, after the error and the header of the question.
        let words = answer.attributes(after: 20)[1].map { " (\(NetlinkMessage.text($0)))" } ?? ""
        return SystemError(family.name, subject + words, Errno(rawValue: -code))
    }
}
