internal import DBus
internal import Linux

/// A connection to systemd: the system's, or that of a plain user's session. org.freedesktop.systemd1(5).
struct SystemdConnection: ~Copyable {
    private var connection: DBusConnection

    private static let name = "org.freedesktop.systemd1"

    /// - Parameter isUser: that of the caller's session, not the system's.
    /// - Throws: where none can be reached.
    init(isUser: Bool) throws(RuntimeError) {
        var failure: RuntimeError?
        for place in Self.places(isUser: isUser) {
            do throws(SystemError) {
                connection = try Self.connect(to: place.path, isBus: place.isBus)
                return
            } catch {
                failure = failure ?? RuntimeError("cannot talk to systemd at \(place.path): \(error)")
            }
        }
        throw failure ?? RuntimeError("cannot talk to the session's systemd: XDG_RUNTIME_DIR is not set")
    }

    /// systemd's own sockets, then the buses.
    private static func places(isUser: Bool) -> [(path: String, isBus: Bool)] {
        guard isUser else { return [("/run/systemd/private", false), (DBusConnection.systemBus, true)] }
        var places: [(String, Bool)] = []
        let directory = Environment.value("XDG_RUNTIME_DIR")
        if let directory { places.append(("\(directory)/systemd/private", false)) }
        if let address = Environment.value("DBUS_SESSION_BUS_ADDRESS"), address.hasPrefix("unix:path=") {
            places.append((String(address.dropFirst(10).prefix { $0 != "," && $0 != ";" }), true))
        }
        if let directory { places.append(("\(directory)/bus", true)) }
        return places
    }

    private static func connect(to path: String, isBus: Bool) throws(SystemError) -> DBusConnection {
        var connection = try DBusConnection(to: path, "systemd", isBus: isBus)
        if isBus {
            try connection.subscribe("type='signal',interface='\(name).Manager',member='JobRemoved'")
            _ = try connection.answer(to: managerCall("Subscribe"))
        }
        return connection
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
            let reply = try connection.call(message)
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
            let signal = try connection.nextSignal()
            let words = signal.words
            if signal.member == "JobRemoved", words.count == 4, words[1] == job { return words[3] }
        }
    }
}
