internal import Linux

/// Queries that wait for another server's answer.
///
/// Each has a socket of its own, connected to the server asked, so that the kernel drops what comes from anybody else, and
/// whoever wants to forge an answer has to guess its port besides its id. RFC 5452, section 9.
final class Forwarder {
    /// Who asked.
    enum Asker {
        case datagram(listener: Int, InternetEndpoint)
        case stream(connection: UInt32)
    }

    /// A query on its way.
    final class Exchange {
        let query: DNSQuery
        /// As it came.
        let message: [UInt8]
        let asker: Asker
        /// The container that asked, or nothing for anybody else: they share its bound.
        let client: String
        fileprivate var servers: ArraySlice<Upstream>
        fileprivate var serial: UInt32 = 0
        fileprivate var id: UInt16 = 0
        fileprivate var socket: SharedDescriptor?
        /// Of a stream: what is to be sent, and what has come.
        fileprivate var output: [UInt8] = []
        fileprivate var input: [UInt8] = []

        init(_ query: DNSQuery, _ message: [UInt8], asker: Asker, client: String, servers: [Upstream]) {
            self.query = query
            self.message = message
            self.asker = asker
            self.client = client
            self.servers = servers[...]
        }

        fileprivate var isStream: Bool { if case .stream = asker { true } else { false } }
    }

    /// The end of an exchange: the first `count` bytes of `answer`, or nothing where no server answered.
    struct Reply {
        var exchange: Exchange
        var count: Int?
    }

    static let most = 1024
    static let mostOfClient = 128
    /// Nanoseconds until the next server is asked.
    static let patience: UInt64 = 2_000_000_000
    static let port: UInt16 = 53

    /// The last answer, whole.
    private(set) var answer = [UInt8](repeating: 0, count: 65535)
    private var exchanges: [UInt32: Exchange] = [:]
    private var clients: [String: Int] = [:]
    private var lastSerial: UInt32 = 0
    private var random = RandomNumbers()
    /// In the order of time, as all wait equally long. What has its answer by then is no longer in `exchanges`.
    private var deadlines: [(time: UInt64, serial: UInt32)] = []
    private var firstDeadline = 0

    /// When the next one has waited long enough; nanoseconds of the monotonic clock.
    var deadline: UInt64 { firstDeadline < deadlines.count ? deadlines[firstDeadline].time : .max }

    /// Asks the first server. - Returns: a reply at once where there is none, or too many wait.
    func start(_ exchange: Exchange, _ queue: borrowing EventQueue) -> Reply? {
        guard exchanges.count < Self.most, clients[exchange.client, default: 0] < Self.mostOfClient else {
            return Reply(exchange: exchange, count: nil)
        }
        clients[exchange.client, default: 0] += 1
        return ask(exchange, queue)
    }

    /// Asks the next server that can be asked.
    private func ask(_ exchange: Exchange, _ queue: borrowing EventQueue) -> Reply? {
        exchanges[exchange.serial] = nil
        exchange.socket = nil
        exchange.input = []
        while let server = exchange.servers.popFirst() {
            lastSerial &+= 1
            exchange.serial = lastSerial
            guard (try? open(exchange, server, queue)) != nil else { continue }
            exchanges[lastSerial] = exchange
            deadlines.append((Trace.now() + Self.patience, lastSerial))
            return nil
        }
        return end(exchange, count: nil)
    }

    private func open(_ exchange: Exchange, _ server: Upstream, _ queue: borrowing EventQueue) throws(SystemError) {
        exchange.id = try random.next()
        var message = exchange.message
        message.set16(exchange.id, at: 0)
        let endpoint = InternetEndpoint(server.address, port: Self.port, scope: server.scope)
        let token = NameServerLoop.Source.upstream.token(exchange.serial)
        if exchange.isStream {
            let socket = try InternetSockets.connect(.stream, to: endpoint)
            exchange.output = []
            exchange.output.append16(UInt16(message.count))
            exchange.output += message
            try queue.add(socket, token: token, readable: false, writable: true)
            exchange.socket = SharedDescriptor(socket)
        } else {
            let socket = try InternetSockets.connect(.datagrams, to: endpoint)
            try queue.add(socket, token: token)
            guard try InternetSockets.send(message, on: socket) != nil else {
                throw SystemError("send", "\(server)", .wouldBlock)
            }
            exchange.socket = SharedDescriptor(socket)
        }
    }

    private func end(_ exchange: Exchange, count: Int?) -> Reply {
        exchanges[exchange.serial] = nil
        exchange.socket = nil
        let others = clients[exchange.client, default: 1] - 1
        clients[exchange.client] = others > 0 ? others : nil
        return Reply(exchange: exchange, count: count)
    }

    /// Goes on with an exchange whose socket has something.
    func handle(_ event: EventQueue.Event, _ queue: borrowing EventQueue) -> Reply? {
        guard let exchange = exchanges[UInt32(truncatingIfNeeded: event.token)], let socket = exchange.socket else { return nil }
        do throws(SystemError) {
            if exchange.isStream { return try handleStream(exchange, socket, queue) }
            // What was forged, or is late, is passed over; a few at a time.
            for _ in 0..<16 {
                guard let count = try InternetSockets.receive(on: socket.descriptor, into: &answer) else { return nil }
                if Self.accepts(answer, count: count, for: exchange) { return end(exchange, count: count) }
            }
            return nil
        } catch {
            // Refused, or no way there.
            return ask(exchange, queue)
        }
    }

    private func handleStream(
        _ exchange: Exchange, _ socket: SharedDescriptor, _ queue: borrowing EventQueue
    ) throws(SystemError) -> Reply? {
        if !exchange.output.isEmpty {
            guard let sent = try InternetSockets.send(exchange.output, on: socket.descriptor) else { return nil }
            exchange.output.removeFirst(sent)
            guard exchange.output.isEmpty else { return nil }
            let token = NameServerLoop.Source.upstream.token(exchange.serial)
            try queue.change(socket.descriptor, token: token, readable: true, writable: false)
            return nil
        }
        guard let count = try InternetSockets.receive(on: socket.descriptor, into: &answer) else { return nil }
        exchange.input += answer[..<count]
        guard exchange.input.count >= 2 else { return count == 0 ? ask(exchange, queue) : nil }
        let size = Int(exchange.input.number16(at: 0))
        if exchange.input.count - 2 >= size {
            answer.replaceSubrange(0..<size, with: exchange.input[2..<(2 + size)])
            return Self.accepts(answer, count: size, for: exchange) ? end(exchange, count: size) : ask(exchange, queue)
        }
        return count == 0 ? ask(exchange, queue) : nil
    }

    /// Whether it is the answer: by its id and its question. RFC 5452, section 9.1.
    static func accepts(_ answer: [UInt8], count: Int, for exchange: Exchange) -> Bool {
        guard let header = DNSHeader(answer, count: count), header.isResponse, header.isStandardQuery,
            header.id == exchange.id, header.questions == 1
        else { return false }
        var at = DNSHeader.size
        guard DNSName(in: answer, count: count, at: &at) == exchange.query.name, at + 4 <= count else { return false }
        return answer.number16(at: at) == exchange.query.type && answer.number16(at: at + 2) == exchange.query.recordClass
    }

    /// The replies of those that have waited long enough and have nobody left to ask.
    func expire(_ now: UInt64, _ queue: borrowing EventQueue) -> [Reply] {
        var replies: [Reply] = []
        while firstDeadline < deadlines.count, deadlines[firstDeadline].time <= now {
            let serial = deadlines[firstDeadline].serial
            firstDeadline += 1
            if let exchange = exchanges[serial], let reply = ask(exchange, queue) { replies.append(reply) }
        }
        // What was answered in time leaves its deadline behind.
        while firstDeadline < deadlines.count, exchanges[deadlines[firstDeadline].serial] == nil { firstDeadline += 1 }
        if firstDeadline > 256, firstDeadline * 2 > deadlines.count {
            deadlines.removeFirst(firstDeadline)
            firstDeadline = 0
        }
        return replies
    }
}
