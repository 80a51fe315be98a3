internal import Linux

/// Somebody who asks over TCP: messages after their lengths, several in turn. RFC 7766.
final class Connection {
    let serial: UInt32
    let peer: IPAddress
    let client: String
    private let socket: Descriptor
    private var input = [UInt8](repeating: 0, count: 512)
    private var filled = 0
    private var output: [UInt8] = []
    private var sent = 0
    private var watchesReading = true
    private var watchesWriting = false
    /// The other end sends nothing more.
    private var isEnded = false
    /// Queries that others were asked for.
    var waiting = 0
    /// Nanoseconds of the monotonic clock.
    private(set) var deadline: UInt64 = 0

    /// A query has a few dozen bytes; a longer message is none.
    static let longestQuery = 4096
    /// With so much to send nothing more is read.
    private static let fullOutput = 64 << 10
    private static let mostWaiting = 32
    /// Nanoseconds without a whole query, or an answer taken, after which it is closed. RFC 7766, section 6.2.3.
    private static let patience: UInt64 = 10_000_000_000

    init(
        owning raw: CInt, serial: UInt32, peer: IPAddress, client: String, _ queue: borrowing EventQueue
    ) throws(SystemError) {
        socket = Descriptor(owning: raw)
        self.serial = serial
        self.peer = peer
        self.client = client
        touch()
        try queue.add(socket, token: NameServerLoop.Source.connection.token(serial))
    }

    private func touch() { deadline = Trace.now() + Self.patience }

    private var isFull: Bool { output.count - sent >= Self.fullOutput || waiting >= Self.mostWaiting }

    /// Nothing is left to do for it.
    var isDone: Bool { isEnded && waiting == 0 && sent == output.count }

    /// Reads what has come. - Throws: also for a message that is too long.
    func receive() throws(SystemError) {
        guard !isEnded, !isFull else { return }
        if filled == input.count {
            guard input.count < Self.longestQuery + 2 else { return }
            input += [UInt8](repeating: 0, count: Self.longestQuery + 2 - input.count)
        }
        guard let count = try InternetSockets.receive(on: socket, into: &input, from: filled) else { return }
        filled += count
        if count == 0 { isEnded = true }
    }

    /// The next whole query, unless too much waits already.
    func nextQuery() throws(SystemError) -> [UInt8]? {
        guard !isFull, filled >= 2 else { return nil }
        let size = Int(input.number16(at: 0))
        guard size <= Self.longestQuery else { throw SystemError("recv", "\(size) bytes", .messageTooLong) }
        guard filled >= size + 2 else { return nil }
        let query = Array(input[2..<(size + 2)])
        input.replaceSubrange(0..<(filled - size - 2), with: input[(size + 2)..<filled])
        // The replaced range is as long as what was moved, so that the buffer keeps its size.
        filled -= size + 2
        touch()
        return query
    }

    /// Whether another query is there whole, and may be answered.
    var canGoOn: Bool { !isFull && filled >= 2 && filled >= Int(input.number16(at: 0)) + 2 }

    func append(_ answer: [UInt8], count: Int) {
        output.append16(UInt16(count))
        output += answer[..<count]
    }

    /// Sends what can be sent, and says what is to be waited for next.
    func flush(_ queue: borrowing EventQueue) throws(SystemError) {
        while sent < output.count {
            guard let count = try InternetSockets.send(output, from: sent, on: socket) else { break }
            sent += count
            touch()
        }
        if sent == output.count {
            output.removeAll(keepingCapacity: output.capacity <= 4096)
            sent = 0
        }
        let (reading, writing) = (!isEnded && !isFull, sent < output.count)
        guard reading != watchesReading || writing != watchesWriting else { return }
        try queue.change(
            socket, token: NameServerLoop.Source.connection.token(serial), readable: reading, writable: writing)
        (watchesReading, watchesWriting) = (reading, writing)
    }
}
