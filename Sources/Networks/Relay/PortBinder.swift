package import Linux

/// Takes ports of the host's for those who are in a plain user's networks, where the host's are out of reach: one process a
/// user, outside, which hands over sockets that are bound. unix(7), SCM_RIGHTS.
package struct PortBinder {
    /// The folder of the user's networks.
    private let place: String

    package init(_ place: String) { self.place = place }

    private var socket: String { "\(place)/ports.sock" }
    private var file: ProcessFile { ProcessFile("\(place)/ports.pid") }

    package var isAlive: Bool { file.alive != nil }

    // MARK: Its starter

    /// - Parameters:
    ///   - program: hako-runtime.
    ///   - holder: the process with which it ends.
    package func start(program: String, holder: Int32) throws(NetworkError) {
        try networking("start \(program)") { () throws(SystemError) in
            let listener = try Sockets.listen(at: socket, .messages)
            let null = try File.open("/dev/null", .readWrite)
            let words = [program, "port-binder", "--holder", "\(holder)", "--socket-fd", "3"]
            let child = try Spawn(
                path: program, arguments: words, environment: [],
                descriptors: [0: null.raw, 1: null.raw, 2: null.raw, 3: listener.raw],
                newSession: true
            ).start()
            try file.write(child)
        }
    }

    package func end() {
        if let pid = file.alive { try? Processes.kill(pid, Signals.kill) }
        try? File.remove(file.path)
    }

    // MARK: The process

    /// How long somebody who connected may say nothing, in milliseconds.
    private static let patience: Int32 = 2000

    /// Serves until the holder ends.
    package static func serve(_ listener: consuming Descriptor, holder: Int32) throws(SystemError) {
        let process = try Processes.open(holder)
        while true {
            var poll = Poll()
            let end = poll.watch(process.raw, .readable)
            poll.watch(listener.raw, .readable)
            _ = try poll.wait()
            if !poll[end].isEmpty { return }
            // One at a time: nobody has much to say. Who breaks off costs the others nothing.
            do throws(SystemError) { try answer(try Sockets.accept(on: listener)) } catch { continue }
        }
    }

    private static func answer(_ connection: consuming Descriptor) throws(SystemError) {
        while true {
            var poll = Poll()
            poll.watch(connection.raw, .readable)
            guard try poll.wait(milliseconds: patience) else { return }
            let (bytes, descriptors) = try Sockets.receive(on: connection, limit: Request.longest + 1)
            for descriptor in descriptors { _ = Descriptor(owning: descriptor) }
            guard let request = Request(bytes) else { return }
            do throws(SystemError) {
                let socket = try PortReservation.take(
                    request.address.bytes, port: request.port, protocol: PublishedPort.TransportProtocol.udp.number)
                try Sockets.send([0], descriptors: [socket.raw], on: connection)
            } catch {
                try Sockets.send([UInt8(clamping: error.errno.rawValue)], on: connection)
            }
        }
    }

    private struct Request {
        static let longest = 2 + 16
        let address: IPAddress
        let port: UInt16

        init(_ address: IPAddress, _ port: UInt16) {
            self.address = address
            self.port = port
        }

        init?(_ bytes: [UInt8]) {
            guard bytes.count > 2, let address = IPAddress(bytes: bytes.dropFirst(2)) else { return nil }
            self.init(address, UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
        }

        var bytes: [UInt8] { [UInt8(port >> 8), UInt8(port & 255)] + address.bytes }
    }

    // MARK: Its client

    /// Asks the binder at a path for sockets.
    struct Client: ~Copyable {
        private let connection: Descriptor

        init(_ path: String) throws(SystemError) { connection = try Sockets.connect(to: path, .messages) }

        /// A socket of UDP. - Throws: what bind(2) said.
        func take(_ address: IPAddress, port: UInt16) throws(SystemError) -> Descriptor {
            try Sockets.send(Request(address, port).bytes, on: connection)
            let (bytes, descriptors) = try Sockets.receive(on: connection, limit: 1)
            guard let raw = descriptors.first, bytes == [0] else {
                throw SystemError("bind", "\(address) \(port)", bytes.first.map { .init(rawValue: CInt($0)) } ?? .brokenPipe)
            }
            return Descriptor(owning: raw)
        }
    }

    /// Where the user's binder is asked, for containers on the networks of a state directory; nil where there is none: where
    /// the networks are not a plain user's.
    static func path(_ state: String) -> String? {
        let place = "\(NetworkDirectory.root(state))/user"
        return File.exists(place) ? PortBinder(place).socket : nil
    }
}
