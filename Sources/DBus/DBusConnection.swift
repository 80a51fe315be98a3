package import Linux

/// A connection to a bus, or to a service that has a socket of its own. D-Bus specification.
///
/// Ours, since no static library of it is to be had, and a few calls are all it takes.
package struct DBusConnection: ~Copyable {
    private let socket: Descriptor
    /// For what is said of a failure.
    private let peer: String
    private var lastSerial: UInt32 = 0
    private var received: [UInt8] = []
    /// Signals that came while a reply was awaited.
    private var signals: [DBusMessage] = []

    package static let systemBus = "/run/dbus/system_bus_socket"
    /// Milliseconds until an answer has to come.
    private static let patience: Int32 = 30_000
    /// The bus itself.
    private static let bus = "org.freedesktop.DBus"

    /// - Parameters:
    ///   - peer: who answers, in what is said of a failure.
    ///   - isBus: not a service's own socket.
    package init(to path: String, _ peer: String, isBus: Bool) throws(SystemError) {
        let socket = try Sockets.connect(to: path)
        try self.init(socket, peer, isBus: isBus)
    }

    private init(_ socket: consuming Descriptor, _ peer: String, isBus: Bool) throws(SystemError) {
        self.socket = socket
        self.peer = peer
        try authenticate()
        if isBus { _ = try answer(to: Self.busCall("Hello")) }
    }

    private static func busCall(_ method: String) -> DBusMessage {
        DBusMessage(call: method, of: bus, at: "/org/freedesktop/DBus", on: bus)
    }

    /// The kernel says who we are (SO_PEERCRED); the name that goes with it is left out, as ids differ in a user namespace.
    private mutating func authenticate() throws(SystemError) {
        try socket.write([0] + Array("AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n".utf8))
        while true {
            guard let end = received.firstIndex(of: 0x0a) else {
                try receiveMore()
                continue
            }
            let line = String(decoding: received[..<end], as: UTF8.self)
            received.removeFirst(end + 1)
            if line.hasPrefix("OK ") { return }
            if line.hasPrefix("REJECTED") || line.hasPrefix("ERROR") {
                throw SystemError("AUTH EXTERNAL", "D-Bus", .permissionDenied)
            }
        }
    }

    private mutating func receiveMore() throws(SystemError) {
        var poll = Poll()
        poll.watch(socket.raw, .readable)
        guard try poll.wait(milliseconds: Self.patience) else { throw SystemError("poll", "\(peer) does not answer", .timedOut) }
        let bytes = try socket.read(upTo: 65536)
        if bytes.isEmpty { throw SystemError("read", "\(peer) has closed the connection", .connectionReset) }
        received += bytes
    }

    private mutating func next() throws(SystemError) -> DBusMessage {
        while true {
            if received.count >= DBusMessage.fixedHeader {
                guard let length = DBusMessage.length(of: received) else {
                    throw SystemError("read", "no message that D-Bus allows", .badMessage)
                }
                if received.count >= length {
                    let message = DBusMessage(parsing: Array(received[..<length]))
                    received.removeFirst(length)
                    if let message { return message }
                    continue
                }
            }
            try receiveMore()
        }
    }

    /// - Returns: the answer, an error that the other side sends too.
    package mutating func call(_ message: DBusMessage) throws(SystemError) -> DBusMessage {
        var message = message
        lastSerial += 1
        message.serial = lastSerial
        try socket.write(message.encoded())
        while true {
            let answer = try next()
            if answer.kind == .signal { signals.append(answer) }
            if answer.answers == lastSerial { return answer }
        }
    }

    /// As `call`, for what has to succeed.
    package mutating func answer(to message: DBusMessage) throws(SystemError) -> DBusMessage {
        let answer = try call(message)
        if answer.kind == .error { throw SystemError(message.member, answer.errorName, .permissionDenied) }
        return answer
    }

    /// Asks the bus for signals.
    ///
    /// - Parameter rule: as the specification's Match Rules.
    package mutating func subscribe(_ rule: String) throws(SystemError) {
        var match = Self.busCall("AddMatch")
        match.setBody("s") { $0.string(rule) }
        _ = try answer(to: match)
    }

    package mutating func nextSignal() throws(SystemError) -> DBusMessage {
        while true {
            let message = signals.isEmpty ? try next() : signals.removeFirst()
            if message.kind == .signal { return message }
        }
    }
}
