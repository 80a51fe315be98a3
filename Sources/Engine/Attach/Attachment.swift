package import Linux
package import Runtime

/// A connection to a container's monitor. Closing it detaches; the container goes on.
package struct Attachment: ~Copyable {
    package let socket: Descriptor
    package var reader = MonitorMessageReader()

    package init(socket: consuming Descriptor) { self.socket = socket }

    /// Connects to the socket of a container that runs.
    package static func connect(_ locations: Locations, _ id: String) throws(EngineError) -> Attachment {
        try attempt("reach the container's monitor") { () throws(SystemError) in
            Attachment(socket: try Sockets.connect(to: locations.attachSocket(id)))
        }
    }

    /// The next message, waiting for it; nil where the monitor went away.
    package mutating func next() -> MonitorMessage? {
        while true {
            if let message = try? reader.next() { return message }
            guard let bytes = try? socket.read(upTo: 64 << 10), !bytes.isEmpty else { return nil }
            reader.append(bytes)
        }
    }

    /// Reads and forgets until the monitor closes the connection, which it does when all is recorded.
    ///
    /// - Returns: false when that took longer than `milliseconds` (-1: for ever).
    package consuming func drain(milliseconds: Int32) -> Bool {
        let deadline = milliseconds < 0 ? nil : Trace.now() + UInt64(milliseconds) * 1_000_000
        while true {
            if let deadline, Trace.now() >= deadline { return false }
            var poll = Poll()
            poll.watch(socket.raw, .readable)
            guard (try? poll.wait(until: deadline)) == true else { continue }
            guard let bytes = try? socket.read(upTo: 64 << 10), !bytes.isEmpty else { return true }
        }
    }

    /// Reads until the monitor says that the container has ended, which is when all is recorded.
    ///
    /// - Returns: the exit code; nil where the monitor went away without a word.
    package consuming func awaitExit() -> Int32? {
        while let message = next() {
            if case .exited(let code, _) = message { return code }
        }
        return nil
    }
}
