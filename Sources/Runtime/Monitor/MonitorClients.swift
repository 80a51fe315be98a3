internal import Linux

/// Those attached to a container: the one who started it, and each who connects to the attach socket.
final class MonitorClients {
    private struct Client {
        let socket: SharedDescriptor
        let isControl: Bool
        var reader = MonitorMessageReader()
        var pending: [UInt8] = []
        var index: Int?
    }

    private var clients: [Client] = []
    private var listener: SharedDescriptor?
    private var listenerIndex: Int?

    /// As many bytes may wait for a client before the container is made to wait.
    private static let mostPending = 1 << 20
    private static let mostClients = 64

    init(control: consuming Descriptor) {
        try? control.setNonBlocking()
        clients = [Client(socket: SharedDescriptor(control), isControl: true)]
    }

    var hasControl: Bool { clients.contains(where: \.isControl) }
    var hasRoom: Bool { clients.allSatisfy { $0.pending.count < Self.mostPending } }

    func listen(at path: String) { listener = SharedDescriptor?(try? Sockets.listen(at: path)) }

    /// Nobody is attached any more, and nobody can be until the next `listen`.
    func letGo() {
        clients = []
        listener = nil
    }

    func watch(in poll: inout Poll) {
        for number in clients.indices {
            clients[number].index = poll.watch(
                clients[number].socket.raw, clients[number].pending.isEmpty ? .readable : [.readable, .writable])
        }
        listenerIndex = nil
        if let listener, clients.count < Self.mostClients { listenerIndex = poll.watch(listener.raw, .readable) }
    }

    /// Writes what waits for clients; gives what they said.
    func serve(_ poll: Poll) -> [MonitorMessage] {
        var said: [MonitorMessage] = []
        for number in clients.indices.reversed() {
            guard let index = clients[number].index, !poll[index].isEmpty else { continue }
            if poll[index].contains(.writable), !flush(number) { clients.remove(at: number); continue }
            if !poll[index].isDisjoint(with: [.readable, .hangUp, .error]), !read(number, into: &said) {
                clients.remove(at: number)
            }
        }
        if let index = listenerIndex, poll[index].contains(.readable), let listener { accept(on: listener) }
        return said
    }

    private func accept(on listener: SharedDescriptor) {
        do throws(SystemError) {
            let socket = SharedDescriptor(try Sockets.accept(on: listener.descriptor))
            try socket.descriptor.setNonBlocking()
            clients.append(Client(socket: socket, isControl: false))
        } catch {}  // Whoever knocked has gone again.
    }

    func send(_ message: MonitorMessage) {
        let frame = message.frame
        for number in clients.indices.reversed() {
            clients[number].pending += frame
            if !flush(number) { clients.remove(at: number) }
        }
    }

    /// Waits, a bounded time, until all have what was sent.
    func flushAll() {
        while clients.contains(where: { !$0.pending.isEmpty }) {
            var poll = Poll()
            for client in clients { poll.watch(client.socket.raw, client.pending.isEmpty ? [] : .writable) }
            guard (try? poll.wait(milliseconds: 60_000)) == true else { return }
            for number in clients.indices.reversed() where !flush(number) { clients.remove(at: number) }
        }
    }

    /// Waits, at most a second, until the one who started the container has gone.
    func awaitControlsEnd() {
        let deadline = Trace.now() + 1_000_000_000
        while hasControl {
            var poll = Poll()
            watch(in: &poll)
            guard (try? poll.wait(until: deadline)) == true else { return }
            _ = serve(poll)
        }
    }

    private func read(_ number: Int, into said: inout [MonitorMessage]) -> Bool {
        let socket = clients[number].socket
        do throws(SystemError) {
            let bytes = try socket.descriptor.read(upTo: 64 << 10)
            if bytes.isEmpty { return false }
            clients[number].reader.append(bytes)
        } catch {
            return error.errno == .resourceTemporarilyUnavailable
        }
        while true {
            do throws(MonitorMessageReader.Malformed) {
                guard let message = try clients[number].reader.next() else { return true }
                said.append(message)
            } catch {
                return false
            }
        }
    }

    /// False when the client is gone.
    private func flush(_ number: Int) -> Bool {
        let socket = clients[number].socket
        while !clients[number].pending.isEmpty {
            do throws(SystemError) {
                clients[number].pending.removeFirst(try socket.descriptor.writeSome(clients[number].pending))
            } catch {
                return error.errno == .resourceTemporarilyUnavailable
            }
        }
        return true
    }
}
