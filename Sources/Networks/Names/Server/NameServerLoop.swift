internal import Linux

/// A network's name server at work: one thread, which waits for all of its sockets at once.
final class NameServerLoop {
    /// What an event is of.
    enum Source: UInt64 {
        case datagrams, streams, connection, upstream, monitor

        func token(_ number: UInt32) -> UInt64 { rawValue << 32 | UInt64(number) }
    }

    private var queue: EventQueue
    private let own: NetworkFolder
    private let others: OtherNetworks
    private let lock: ServerLock
    private let listeners: [Listener]
    private let addresses: [IPAddress]
    private var resolvers: HostResolvers
    private var responder: Responder
    private let forwarder = Forwarder()
    private var connections: [UInt32: Connection] = [:]
    private var lastConnection: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: Connection.longestQuery)
    /// A member has gone: it is to be seen whether there are others.
    private var mustLook = true

    private static let mostConnections = 128
    private static let mostConnectionsOfClient = 32
    /// So many datagrams of one socket are answered before the others have their turn.
    private static let burst = 64
    /// Nanoseconds between two looks for members that were taken away while their monitors live.
    private static let tick: UInt64 = 2_000_000_000

    init(
        _ queue: consuming EventQueue, own: NetworkFolder, others: OtherNetworks, lock: ServerLock, listeners: [Listener],
        resolvers: HostResolvers
    ) throws(SystemError) {
        self.queue = queue
        self.own = own
        self.others = others
        self.lock = lock
        self.listeners = listeners
        self.resolvers = resolvers
        addresses = listeners.map { IPAddress($0.endpoint) }
        responder = Responder(forwards: own.document.forward)
        for (index, listener) in listeners.enumerated() {
            try self.queue.add(listener.datagrams, token: Source.datagrams.token(UInt32(index)))
            try self.queue.add(listener.streams, token: Source.streams.token(UInt32(index)))
        }
    }

    /// Serves until the network has no member, or is gone.
    func run() throws(SystemError) {
        var nextLook: UInt64 = 0
        while true {
            let now = Trace.now()
            if mustLook || now >= nextLook {
                guard try isNeeded() else { return }
                mustLook = false
                nextLook = now + Self.tick
                for connection in connections.values where connection.deadline <= now { close(connection) }
                for index in listeners.indices { listen(index, true) }
            }
            for reply in forwarder.expire(now, queue) { deliver(reply) }
            for event in try queue.wait(until: min(nextLook, forwarder.deadline)) { handle(event) }
        }
    }

    private func handle(_ event: EventQueue.Event) {
        let number = UInt32(truncatingIfNeeded: event.token)
        switch Source(rawValue: event.token >> 32) {
        case .datagrams: receiveDatagrams(Int(number))
        case .streams: acceptStreams(Int(number))
        case .connection:
            guard let connection = connections[number] else { return }
            if event.isBroken { close(connection) } else { serve(connection, reads: event.isReadable) }
        case .upstream: if let reply = forwarder.handle(event, queue) { deliver(reply) }
        case .monitor:
            if own.monitorEnded(number) { mustLook = true } else { others.monitorEnded(number) }
        case nil: return
        }
    }

    // MARK: Life

    /// Whether somebody is there to serve.
    ///
    /// Who starts a container writes its member first, and then sees whether the lock is taken. So after letting the lock go
    /// one more look is due: who found it taken relies on that.
    private func isNeeded() throws(SystemError) -> Bool {
        guard own.refreshDocument(), try own.refresh(queue, force: own.isUnwatched) else { return false }
        others.refreshDocuments()
        responder.forwards = own.document.forward
        if !own.names.members.isEmpty { return true }
        try lock.release()
        guard try own.refresh(queue, force: true), !own.names.members.isEmpty else { return false }
        guard try lock.take() else { return false }
        try lock.sayReady()
        return true
    }

    // MARK: Questions

    /// Answers a query from what is known, or has others asked.
    ///
    /// - Returns: whether the answer is in the responder; otherwise it comes later, or never.
    private func answer(
        _ message: [UInt8], count: Int, from address: IPAddress, _ transport: Responder.Transport, _ asker: Forwarder.Asker
    ) -> Bool {
        // What was renamed into its place before the query came is in the directory by now.
        _ = try? own.refresh(queue)
        let member = own.names.member(at: address)
        let outcome = responder.respond(to: message, count: count, over: transport, own: &own.names) { lookup in
            guard let member else { return }
            for network in others.of(member.id, queue) { lookup.look(in: &network.names) }
        }
        switch outcome {
        case .answered: return true
        case .dropped: return false
        case .forwarded(let query):
            let exchange = Forwarder.Exchange(
                query, Array(message[..<count]), asker: asker, client: member?.id ?? "", servers: servers(for: member))
            guard let reply = forwarder.start(exchange, queue) else {
                if case .stream(let serial) = asker { connections[serial]?.waiting += 1 }
                return false
            }
            responder.fail(reply.exchange.query, of: reply.exchange.message)
            return true
        }
    }

    /// Whom a container's other queries go to: its own servers, the network's, or the host's.
    private func servers(for member: NetworkNames.Member?) -> [Upstream] {
        if let member, !member.upstreams.isEmpty { return member.upstreams.filter { !addresses.contains($0.address) } }
        if !own.document.upstreams.isEmpty { return Upstream.usable(own.document.upstreams, except: addresses) }
        return resolvers.servers(except: addresses)
    }

    private func receiveDatagrams(_ index: Int) {
        for _ in 0..<Self.burst {
            let received: (count: Int, sender: InternetEndpoint)?
            // What went wrong with an earlier answer says nothing about the next query.
            do throws(SystemError) {
                received = try InternetSockets.receiveDatagram(on: listeners[index].datagrams, into: &buffer)
            } catch { continue }
            guard let (count, sender) = received else { return }
            guard
                answer(
                    buffer, count: count, from: IPAddress(sender), .datagram, .datagram(listener: index, sender))
            else { continue }
            send(responder.answer.bytes, count: responder.answer.bytes.count, to: sender, index)
        }
    }

    /// An answer that cannot be sent is lost, as any datagram may be.
    private func send(_ bytes: [UInt8], count: Int, to endpoint: InternetEndpoint, _ listener: Int) {
        _ = try? InternetSockets.send(bytes, count: count, to: endpoint, on: listeners[listener].datagrams)
    }

    /// Hands on what another server answered, word for word save for the id; or that none did.
    private func deliver(_ reply: Forwarder.Reply) {
        let exchange = reply.exchange
        var answer: [UInt8]
        if let count = reply.count {
            answer = Array(forwarder.answer[..<count])
            answer.set16(exchange.query.header.id, at: 0)
        } else {
            responder.fail(exchange.query, of: exchange.message)
            answer = responder.answer.bytes
        }
        switch exchange.asker {
        case .datagram(let listener, let endpoint):
            if answer.count > exchange.query.payload {
                responder.truncate(answer, for: exchange.query, of: exchange.message)
                answer = responder.answer.bytes
            }
            send(answer, count: answer.count, to: endpoint, listener)
        case .stream(let serial):
            guard let connection = connections[serial] else { return }
            connection.waiting -= 1
            connection.append(answer, count: answer.count)
            serve(connection, reads: false)
        }
    }

    // MARK: Streams

    private func acceptStreams(_ index: Int) {
        for _ in 0..<Self.burst {
            let accepted: (raw: CInt, peer: InternetEndpoint)?
            do throws(SystemError) { accepted = try InternetSockets.accept(on: listeners[index].streams) } catch {
                // Out of descriptors, say: who waits goes on waiting, and is not to be heard of again and again.
                listen(index, false)
                return
            }
            guard let (raw, endpoint) = accepted else { return }
            let peer = IPAddress(endpoint)
            let client = own.names.member(at: peer)?.id ?? ""
            lastConnection &+= 1
            // It closes with this, if it is one too many.
            guard
                let connection = try? Connection(owning: raw, serial: lastConnection, peer: peer, client: client, queue),
                connections.count < Self.mostConnections,
                connections.values.count(where: { $0.client == client }) < Self.mostConnectionsOfClient
            else { continue }
            connections[lastConnection] = connection
        }
    }

    private func listen(_ index: Int, _ listens: Bool) {
        guard listeners[index].isAccepting != listens else { return }
        let token = Source.streams.token(UInt32(index))
        guard (try? queue.change(listeners[index].streams, token: token, readable: listens, writable: false)) != nil else {
            return
        }
        listeners[index].isAccepting = listens
    }

    /// Reads queries, answers them in turn, and sends answers, as far as it goes without waiting.
    private func serve(_ connection: Connection, reads: Bool) {
        do throws(SystemError) {
            if reads { try connection.receive() }
            repeat {
                while let query = try connection.nextQuery() {
                    guard
                        answer(query, count: query.count, from: connection.peer, .stream, .stream(connection: connection.serial))
                    else { continue }
                    connection.append(responder.answer.bytes, count: responder.answer.bytes.count)
                }
                try connection.flush(queue)
            } while connection.canGoOn
            if connection.isDone { close(connection) }
        } catch { close(connection) }
    }

    private func close(_ connection: Connection) { connections[connection.serial] = nil }
}
