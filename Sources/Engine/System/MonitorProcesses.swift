internal import Linux

/// The monitors that run on this machine, found by their command lines: each names its container.
enum MonitorProcesses {
    /// The ids of their containers.
    static func ids() -> Set<String> { Set(all().keys) }

    /// Their process ids, by those of their containers. proc_pid_cmdline(5).
    static func all() -> [String: Int32] {
        guard let directory = try? File.open("/proc", [.read, .directory]), let names = try? directory.list() else { return [:] }
        var monitors: [String: Int32] = [:]
        for name in names {
            guard let pid = Int32(name), let bytes = try? File.read("/proc/\(name)/cmdline", limit: 1 << 20) else { continue }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard words.contains("monitor"), let id = words.last, isID(id) else { continue }
            monitors[id] = pid
        }
        return monitors
    }

    /// 64 hexadecimal digits.
    static func isID(_ name: String) -> Bool {
        name.utf8.count == 64 && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
