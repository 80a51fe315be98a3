package import JSON
internal import Linux

/// A container that is connected to a network now: `members/<container id>.json` in the network's folder. It is there before
/// anything of the host's is changed for the container, so that whoever comes after a crash can take that back; the network's name
/// server reads it as well.
package struct NetworkMember: JSONRecord, Equatable, Sendable {
    package var id = ""
    /// The process id of the container's monitor: when it ends, the container is not there any more.
    package var monitor: Int32 = 0
    /// What it is found by, the first being what its addresses are called.
    package var names: [String] = []
    package var addresses: [IPAddress] = []
    /// Servers that answer its other queries; empty for the network's.
    package var upstreams: [String] = []
    /// When the monitor started, in clock ticks since the boot: its number may be another's by now. proc_pid_stat(5).
    package var monitorStart: UInt64 = 0
    package var ports: [PublishedPort] = []
    /// The device on the host, on the network's bridge.
    package var link: String?
    /// The device in the container, and its hardware address.
    package var interface: String?
    package var hardware: String?
    package var unknown = JSONObject()

    package init() {}

    package init(id: String, monitor: Int32, names: [String], addresses: [IPAddress], upstreams: [String] = []) {
        self.id = id
        self.monitor = monitor
        self.names = names
        self.addresses = addresses
        self.upstreams = upstreams
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "monitor")
        try fields("id", &id)
        try fields("monitor", &monitor)
        try fields("names", &names)
        try fields.texts("addresses", &addresses) { IPAddress($0) }
        try fields("upstreams", &upstreams)
        try fields("monitorStart", &monitorStart)
        try fields("ports", &ports)
        try fields("link", &link)
        try fields("interface", &interface)
        try fields("hardware", &hardware)
    }

    package var isAlive: Bool { Processes.isAlive(monitor, startTime: monitorStart) }

    /// Whether it is gone within a second: one that was killed may need a moment to close what it has.
    package func awaitEnd() -> Bool {
        guard let process = try? Processes.open(monitor), isAlive else { return true }
        var poll = Poll()
        poll.watch(process.raw, .readable)
        return (try? poll.wait(milliseconds: 1000)) == true
    }

    /// More bytes are no member: nobody reads without end.
    static let longestFile = 1 << 20

    static func file(_ id: String) -> String { "\(id).json" }

    private static let suffix = Array(".json".utf8)

    /// Its container's id for a file's name; nil for a file that is none of a member, such as one being written.
    static func id(ofFile name: String) -> String? {
        let bytes = name.utf8
        guard bytes.count > suffix.count, bytes.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        let id = bytes.dropLast(suffix.count)
        return id.allSatisfy { (48...57).contains($0) || (97...122).contains($0) } ? String(Substring(id)) : nil
    }
}

/// Files of live state, which whoever serves names may read without any rights. They are on tmpfs: nothing is synchronized.
enum StateFile {
    /// One that is there is fine. The process's umask does not count.
    static func makeDirectory(_ path: String) throws(SystemError) {
        do throws(SystemError) { try File.makeDirectories(path) } catch {
            guard error.errno == .fileExists else { throw error }
        }
        let directory = try File.open(path, [.read, .directory])
        if try directory.status().permissions != 0o755 { try directory.setPermissions(0o755) }
    }

    /// So that a reader sees the old file or the new one, whole.
    static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let staged = "\(path).\(Processes.id).new"
        do throws(SystemError) {
            let file = try File.open(staged, [.write, .create, .truncate, .noFollow], mode: 0o644)
            try file.setPermissions(0o644)
            try file.write(bytes)
            try File.rename(staged, to: path)
        } catch {
            try? File.remove(staged)
            throw error
        }
    }
}
