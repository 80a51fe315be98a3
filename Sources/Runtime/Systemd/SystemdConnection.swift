internal import Linux

/// A connection to systemd: the system's, or that of a plain user's session. org.freedesktop.systemd1(5).
///
/// Ours, since no static library of sd-bus is to be had, and four calls are all it takes.
struct SystemdConnection: ~Copyable {
    private let socket: Descriptor
    private var lastSerial: UInt32 = 0
    private var received: [UInt8] = []
    /// Signals that came while a reply was awaited.
    private var signals: [DBusMessage] = []

    /// Milliseconds until systemd has to answer, or to finish a job.
    private static let patience: Int32 = 30_000
    private static let name = "org.freedesktop.systemd1"

    /// - Parameter isUser: that of the caller's session, not the system's.
    /// - Throws: where none can be reached.
    init(isUser: Bool) throws(RuntimeError) {
        var failure: RuntimeError?
        for place in Self.places(isUser: isUser) {
            do throws(SystemError) {
                let socket = try Sockets.connect(to: place.path)
                try self.init(socket, isBus: place.isBus)
                return
            } catch {
                failure = failure ?? RuntimeError("cannot talk to systemd at \(place.path): \(error)")
            }
        }
        throw failure ?? RuntimeError("cannot talk to the session's systemd: XDG_RUNTIME_DIR is not set")
    }

    /// systemd's own sockets, then the buses.
    private static func places(isUser: Bool) -> [(path: String, isBus: Bool)] {
        guard isUser else { return [("/run/systemd/private", false), ("/run/dbus/system_bus_socket", true)] }
        var places: [(String, Bool)] = []
        let directory = Environment.value("XDG_RUNTIME_DIR")
        if let directory { places.append(("\(directory)/systemd/private", false)) }
        if let address = Environment.value("DBUS_SESSION_BUS_ADDRESS"), address.hasPrefix("unix:path=") {
            places.append((String(address.dropFirst(10).prefix { $0 != "," && $0 != ";" }), true))
        }
        if let directory { places.append(("\(directory)/bus", true)) }
        return places
    }

    private init(_ socket: consuming Descriptor, isBus: Bool) throws(SystemError) {
        self.socket = socket
        try authenticate()
        guard isBus else { return }
        let bus = "org.freedesktop.DBus"
        try check(call(DBusMessage(call: "Hello", of: bus, at: "/org/freedesktop/DBus", on: bus)), "Hello")
        var match = DBusMessage(call: "AddMatch", of: bus, at: "/org/freedesktop/DBus", on: bus)
        match.setBody("s") { $0.string("type='signal',interface='\(Self.name).Manager',member='JobRemoved'") }
        try check(call(match), "AddMatch")
        try check(call(Self.managerCall("Subscribe")), "Subscribe")
    }

    private func check(_ reply: DBusMessage, _ call: String) throws(SystemError) {
        if reply.kind == .error { throw SystemError(call, reply.errorName, .permissionDenied) }
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
        guard try poll.wait(milliseconds: Self.patience) else { throw SystemError("poll", "systemd does not answer", .timedOut) }
        let bytes = try socket.read(upTo: 65536)
        if bytes.isEmpty { throw SystemError("read", "systemd has closed the connection", .connectionReset) }
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

    private mutating func call(_ message: DBusMessage) throws(SystemError) -> DBusMessage {
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

    // MARK: The manager

    private static func managerCall(_ method: String) -> DBusMessage {
        DBusMessage(call: method, of: "\(name).Manager", at: "/org/freedesktop/systemd1", on: name)
    }

    /// An error of systemd's own.
    struct Refusal {
        let name: String
        let text: String
        var isNoSuchUnit: Bool { name.hasSuffix(".NoSuchUnit") }
    }

    /// Calls a method that starts a job, and waits until the job is done.
    ///
    /// - Returns: nil, or why systemd refuses. - Throws: a connection that fails, a job that does.
    mutating func run(
        _ method: String, _ signature: String, unit: String, _ body: (inout DBusWriter) -> Void
    ) throws(RuntimeError) -> Refusal? {
        var message = Self.managerCall(method)
        message.setBody(signature, body)
        do throws(SystemError) {
            let reply = try call(message)
            if reply.kind == .error { return Refusal(name: reply.errorName, text: reply.words.first ?? reply.errorName) }
            // Where no job comes of it, there is none to wait for.
            guard reply.signature == "o", let job = reply.words.first else { return nil }
            let result = try result(of: job)
            guard result == "done" || result == "skipped" else {
                return Refusal(name: result, text: "its job ended as \(result)")
            }
            return nil
        } catch {
            throw RuntimeError("cannot have systemd \(method) \(unit): \(error)")
        }
    }

    /// How a job has ended: JobRemoved(id, job, unit, result).
    private mutating func result(of job: String) throws(SystemError) -> String {
        while true {
            let signal = signals.isEmpty ? try next() : signals.removeFirst()
            guard signal.kind == .signal, signal.member == "JobRemoved" else { continue }
            let words = signal.words
            if words.count == 4, words[1] == job { return words[3] }
        }
    }
}
