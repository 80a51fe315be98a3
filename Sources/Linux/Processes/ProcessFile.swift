/// A file that says which process does something: its id and when it started, as the id may be another's by now. proc_pid_stat(5).
public struct ProcessFile: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// The process; nil where none is written down, or where it is not alive.
    public var alive: Int32? {
        let numbers = ((try? File.readText(path, limit: 256)) ?? "").split(whereSeparator: \.isWhitespace)
        guard numbers.count == 2, let pid = Int32(numbers[0]), let start = UInt64(numbers[1]),
            Processes.isAlive(pid, startTime: start)
        else { return nil }
        return pid
    }

    /// For as long as the machine runs.
    public func write(_ pid: Int32) throws(SystemError) {
        let start = try Processes.startTime(of: pid)
        try File.replace(path, with: Array("\(pid) \(start)\n".utf8), mode: 0o600, durable: false)
    }
}
