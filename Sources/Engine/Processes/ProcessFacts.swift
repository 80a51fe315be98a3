internal import Linux

/// One process as /proc shows it. proc_pid_stat(5), proc_pid_status(5).
package struct ProcessFacts: Sendable, Equatable {
    package var pid: Int32
    package var parent: Int32 = 0
    package var group: Int32 = 0
    package var session: Int32 = 0
    package var terminal: Int32 = 0
    package var state = "?"
    package var priority = 0
    package var nice = 0
    package var threads = 0
    /// Clock ticks of user and system time.
    package var ticks: UInt64 = 0
    /// Clock ticks since boot.
    package var start: UInt64 = 0
    /// Bytes.
    package var virtualSize: UInt64 = 0
    package var residentSize: UInt64 = 0
    package var realUser: UInt32 = 0
    package var user: UInt32 = 0
    package var realGroup: UInt32 = 0
    package var effectiveGroup: UInt32 = 0
    package var name = ""
    package var arguments: [String] = []

    package init(pid: Int32) { self.pid = pid }

    /// Clock ticks of a second: sysconf(3), _SC_CLK_TCK, which is 100 on all that Linux runs on.
    package static let ticksPerSecond: UInt64 = 100
    private static let pageSize: UInt64 = 4096

    /// Nil for one that is gone.
    static func read(_ pid: Int32) -> ProcessFacts? {
        guard let stat = try? File.readText("/proc/\(pid)/stat", limit: 1 << 16),
            let status = try? File.readText("/proc/\(pid)/status", limit: 1 << 16)
        else { return nil }
        let words = ((try? File.read("/proc/\(pid)/cmdline", limit: 4 << 20)) ?? []).split(separator: 0)
        return ProcessFacts(pid: pid, stat: stat, status: status, arguments: words.map { String(decoding: $0, as: UTF8.self) })
    }

    /// From the text of the files; nil where it is none.
    package init?(pid: Int32, stat: String, status: String, arguments: [String]) {
        // The command, field 2, stands in parentheses and may hold any character.
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ").map(String.init)
        guard fields.count > 21 else { return nil }
        self.init(pid: pid)
        func whole<I: FixedWidthInteger>(_ index: Int) -> I { I(fields[index]) ?? 0 }
        name = String(stat[stat.index(after: open)..<close])
        state = fields[0]
        (parent, group, session, terminal) = (whole(1), whole(2), whole(3), whole(4))
        let (userTicks, systemTicks): (UInt64, UInt64) = (whole(11), whole(12))
        ticks = userTicks &+ systemTicks
        (priority, nice, threads) = (whole(15), whole(16), whole(17))
        (start, virtualSize) = (whole(19), whole(20))
        residentSize = (UInt64(fields[21]) ?? 0) &* Self.pageSize
        (realUser, user) = Self.ids("Uid:", in: status)
        (realGroup, effectiveGroup) = Self.ids("Gid:", in: status)
        self.arguments = arguments
    }

    private static func ids(_ key: String, in status: String) -> (UInt32, UInt32) {
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) } ?? ""
        let numbers = line.split(whereSeparator: { $0 == "\t" || $0 == " " }).dropFirst().compactMap { UInt32($0) }
        return numbers.count > 1 ? (numbers[0], numbers[1]) : (0, 0)
    }
}

/// What the columns of a process list need of the machine.
package struct ProcessClock: Sendable {
    /// Seconds since 1970.
    package var now: Int64
    package var boot: Int64
    /// Bytes.
    package var memory: UInt64
    package var users: [UInt32: String] = [:]
    package var groups: [UInt32: String] = [:]

    package init(now: Int64, boot: Int64, memory: UInt64) {
        (self.now, self.boot, self.memory) = (now, boot, memory)
    }

    package static func read() -> ProcessClock {
        var clock = ProcessClock(
            now: Clock.seconds(), boot: Int64(field("/proc/stat", "btime ")), memory: totalMemory())
        clock.users = names("/etc/passwd")
        clock.groups = names("/etc/group")
        return clock
    }

    /// The machine's, in bytes.
    static func totalMemory() -> UInt64 { field("/proc/meminfo", "MemTotal:") * 1024 }

    private static func field(_ path: String, _ key: String) -> UInt64 {
        let line = ((try? File.readText(path)) ?? "").split(separator: "\n").first { $0.hasPrefix(key) } ?? ""
        return line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
    }

    private static func names(_ path: String) -> [UInt32: String] {
        var names: [UInt32: String] = [:]
        for line in ((try? File.readText(path)) ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 2, let id = UInt32(fields[2]), names[id] == nil { names[id] = String(fields[0]) }
        }
        return names
    }
}
