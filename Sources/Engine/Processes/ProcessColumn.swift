internal import Linux

/// A column of `hako top`, by ps's names for them (ps(1), Standard Format Specifiers). Ids are the host's.
package struct ProcessColumn: Sendable {
    package let title: String
    package let text: @Sendable (ProcessFacts, ProcessClock) -> String

    private init(_ title: String, _ text: @escaping @Sendable (ProcessFacts, ProcessClock) -> String) {
        self.title = title
        self.text = text
    }

    // MARK: Which are asked for

    /// - Parameter words: what ps would be given: nothing, `-ef`, `aux`, `-o LIST`, or names of columns.
    package static func choose(_ words: [String]) throws(EngineError) -> [ProcessColumn] {
        var rest = words[...]
        var lists: [String] = []
        var isLong = words.isEmpty
        var isUserForm = false
        while let word = rest.popFirst() {
            switch word {
            case "-e", "-A", "-ef", "-Af", "-f", "-eF", "-F": isLong = true
            case "aux", "-aux", "au", "u", "ux": isUserForm = true
            case "-o", "o", "-eo", "-Ao", "axo", "-axo", "--format":
                guard let list = rest.popFirst() else { throw EngineError("top: \(word) takes a list of columns") }
                lists.append(list)
            case let word where word.hasPrefix("-eo") || word.hasPrefix("-Ao"): lists.append(String(word.dropFirst(3)))
            case let word where word.hasPrefix("-o"): lists.append(String(word.dropFirst(2)))
            case let word where word.hasPrefix("-"):
                throw EngineError("top: the option \(word) of ps is not known here; there are -ef, aux and -o LIST")
            default: lists.append(word)
            }
        }
        guard lists.isEmpty else {
            var columns: [ProcessColumn] = []
            for name in lists.flatMap({ $0.split(separator: ",") }) { columns.append(try column(String(name))) }
            return columns
        }
        return try (isUserForm && !isLong ? userForm : longForm).map { name throws(EngineError) in try column(name) }
    }

    private static let longForm = ["uid_name", "pid", "ppid", "c", "stime", "tty", "time", "cmd"]
    private static let userForm = [
        "user", "pid", "%cpu", "%mem", "vsz", "rss", "tt", "stat", "start", "bsdtime", "command",
    ]

    private static func column(_ text: String) throws(EngineError) -> ProcessColumn {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard let name = parts.first, let column = known[name.lowercased()] else {
            let names = known.keys.filter { $0 != "uid_name" }.sorted().joined(separator: ", ")
            throw EngineError("top: there is no column \"\(text)\"; there are \(names)")
        }
        return parts.count == 2 ? ProcessColumn(parts[1], column.text) : column
    }

    // MARK: What there is

    private static let known: [String: ProcessColumn] = {
        var columns = numbers.merging(words) { $1 }
        for (alias, name) in aliases { columns[alias] = columns[name] }
        return columns
    }()

    private static let numbers: [String: ProcessColumn] = [
        "pid": .init("PID") { process, _ in "\(process.pid)" }, "ppid": .init("PPID") { process, _ in "\(process.parent)" },
        "pgid": .init("PGID") { process, _ in "\(process.group)" }, "sid": .init("SID") { process, _ in "\(process.session)" },
        "uid": .init("UID") { process, _ in "\(process.user)" }, "ruid": .init("RUID") { process, _ in "\(process.realUser)" },
        "gid": .init("GID") { process, _ in "\(process.effectiveGroup)" },
        "rgid": .init("RGID") { process, _ in "\(process.realGroup)" },
        "c": .init("C") { process, clock in "\(min(share(process, clock) / 10, 99))" },
        "pcpu": .init("%CPU") { process, clock in tenths(share(process, clock)) },
        "pmem": .init("%MEM") { process, clock in tenths(Int64(process.residentSize * 1000 / max(clock.memory, 1))) },
        "vsz": .init("VSZ") { process, _ in "\(process.virtualSize / 1024)" },
        "rss": .init("RSS") { process, _ in "\(process.residentSize / 1024)" },
        "ni": .init("NI") { process, _ in "\(process.nice)" },
        "pri": .init("PRI") { process, _ in "\(39 - process.priority)" },
        "nlwp": .init("NLWP") { process, _ in "\(process.threads)" },
        "etimes": .init("ELAPSED") { process, clock in "\(age(process, clock))" },
    ]

    private static let words: [String: ProcessColumn] = [
        "uid_name": .init("UID") { process, clock in clock.users[process.user] ?? "\(process.user)" },
        "user": .init("USER") { process, clock in clock.users[process.user] ?? "\(process.user)" },
        "ruser": .init("RUSER") { process, clock in clock.users[process.realUser] ?? "\(process.realUser)" },
        "group": .init("GROUP") { process, clock in clock.groups[process.effectiveGroup] ?? "\(process.effectiveGroup)" },
        "tty": .init("TTY") { process, _ in terminal(process.terminal) },
        "tt": .init("TT") { process, _ in terminal(process.terminal) },
        "stat": .init("STAT") { process, _ in state(process) }, "s": .init("S") { process, _ in process.state },
        "stime": .init("STIME") { process, clock in started(process, clock) },
        "start": .init("START") { process, clock in started(process, clock) },
        "time": .init("TIME") { process, _ in hours(Int64(process.ticks / ProcessFacts.ticksPerSecond)) },
        "bsdtime": .init("TIME") { process, _ in minutes(Int64(process.ticks / ProcessFacts.ticksPerSecond)) },
        "etime": .init("ELAPSED") { process, clock in elapsed(age(process, clock)) },
        "comm": .init("COMMAND") { process, _ in process.name }, "cmd": .init("CMD") { process, _ in command(process) },
        "args": .init("COMMAND") { process, _ in command(process) },
    ]

    private static let aliases: [String: String] = [
        "hpid": "pid", "pgrp": "pgid", "sess": "sid", "session": "sid", "euid": "uid", "egid": "gid", "%cpu": "pcpu",
        "%mem": "pmem",
        "vsize": "vsz", "rssize": "rss", "nice": "ni", "thcount": "nlwp", "euser": "user", "uname": "user", "huser": "user",
        "egroup": "group", "tname": "tty", "state": "s", "cputime": "time", "start_time": "stime", "ucmd": "comm",
        "command": "args",
    ]

    // MARK: How they read

    private static func age(_ process: ProcessFacts, _ clock: ProcessClock) -> Int64 {
        max(clock.now - clock.boot - Int64(process.start / ProcessFacts.ticksPerSecond), 0)
    }

    /// Thousandths of one processor, since it started.
    private static func share(_ process: ProcessFacts, _ clock: ProcessClock) -> Int64 {
        Int64(process.ticks) * 1000 / Int64(ProcessFacts.ticksPerSecond) / max(age(process, clock), 1)
    }

    private static func tenths(_ value: Int64) -> String { "\(value / 10).\(value % 10)" }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func hours(_ seconds: Int64) -> String {
        "\(two(Int(seconds / 3600))):\(two(Int(seconds / 60 % 60))):\(two(Int(seconds % 60)))"
    }

    private static func minutes(_ seconds: Int64) -> String { "\(seconds / 60):\(two(Int(seconds % 60)))" }

    private static func elapsed(_ seconds: Int64) -> String {
        let rest = "\(two(Int(seconds / 60 % 60))):\(two(Int(seconds % 60)))"
        let (days, hours) = (seconds / 86400, Int(seconds / 3600 % 24))
        return days > 0 ? "\(days)-\(two(hours)):\(rest)" : hours > 0 ? "\(two(hours)):\(rest)" : rest
    }

    /// The time of day of one that started today, the day of one of this year, or the year.
    private static func started(_ process: ProcessFacts, _ clock: ProcessClock) -> String {
        let start = WallClock.local(clock.boot + Int64(process.start / ProcessFacts.ticksPerSecond))
        let now = WallClock.local(clock.now)
        guard start.year == now.year else { return "\(start.year)" }
        guard start.month == now.month, start.day == now.day else {
            return ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][start.month - 1]
                + two(start.day)
        }
        return "\(two(start.hour)):\(two(start.minute))"
    }

    /// Pseudo terminals are the majors from 136 on, those of the machine 4. Documentation/admin-guide/devices.txt.
    private static func terminal(_ device: Int32) -> String {
        let (major, minor) = (device >> 8 & 0xfff, (device & 0xff) | (device >> 12 & 0xfff00))
        switch major {
        case 136...143: return "pts/\(minor + (major - 136) * 256)"
        case 4: return minor < 64 ? "tty\(minor)" : "ttyS\(minor - 64)"
        default: return "?"
        }
    }

    private static func state(_ process: ProcessFacts) -> String {
        process.state + (process.nice < 0 ? "<" : process.nice > 0 ? "N" : "") + (process.session == process.pid ? "s" : "")
            + (process.threads > 1 ? "l" : "")
    }

    private static func command(_ process: ProcessFacts) -> String {
        process.arguments.isEmpty ? "[\(process.name)]" : process.arguments.joined(separator: " ")
    }
}

extension Engine {
    /// All processes of a container that runs, in the order of their numbers.
    package func processes(of record: ContainerRecord) throws(EngineError) -> [ProcessFacts] {
        let status = try status(record.id)
        guard status.pid != nil else { throw EngineError("container \(record.name) is not running") }
        return try processIDs(of: record, status).sorted().compactMap { ProcessFacts.read($0) }
    }
}
