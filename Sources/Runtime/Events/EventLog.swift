package import JSON
internal import Linux

/// Something that happened to a container, an image or a volume.
package struct Event: JSONRecord, Equatable, Sendable {
    /// RFC 3339, with nanoseconds.
    package var time = ""
    /// `container`, `image`, `volume` or `pod`.
    package var type = ""
    /// `create`, `start`, `die`, `pull` and so on, docker's words.
    package var action = ""
    /// The id, or the name of what has none.
    package var id = ""
    package var attributes: [String: String]?
    package var unknown = JSONObject()

    package init() {}

    package init(_ type: String, _ action: String, id: String, _ attributes: [String: String] = [:]) {
        time = WallClock.now()
        self.type = type
        self.action = action
        self.id = id
        self.attributes = attributes.isEmpty ? nil : attributes
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("time", "type", "action", "id")
        try fields("time", &time)
        try fields("type", &type)
        try fields("action", &action)
        try fields("id", &id)
        try fields("attributes", &attributes)
    }
}

/// What happened, a line of JSON each, appended by every hako and every monitor.
///
/// One write(2) with O_APPEND a line: lines of several processes do not mix. At 10 MB the file becomes `.1`, and the one
/// before it goes.
package struct EventLog: Sendable {
    package let path: String
    private static let mostBytes: Int64 = 10 << 20

    package init(path: String) { self.path = path }

    package var older: String { "\(path).1" }

    /// An event that cannot be written is lost; what it tells of is not.
    package func write(_ event: Event) {
        do throws(SystemError) {
            let file = try File.open(path, [.write, .create, .append, .noFollow], mode: 0o600)
            try file.write(event.json.bytes() + [10])
            if try file.status().size > Self.mostBytes { try turnOver(file) }
        } catch {}
    }

    /// Of those that find it full, the one that gets the lock and still finds this file there.
    private func turnOver(_ file: borrowing Descriptor) throws(SystemError) {
        try file.lock(.exclusive)
        guard try File.linkStatus(path).inode == file.status().inode else { return }
        try File.rename(path, to: older)
    }
}
