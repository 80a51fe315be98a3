/// `--cap-add` and `--cap-drop`: names with or without CAP_, in any case, or ALL.
package enum CapabilityFlag {
    /// All there are, in the kernel's order. capabilities(7).
    package static let all = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE",
        "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
        "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
        "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ].map { "CAP_\($0)" }

    private static let known = Set(all)

    /// The full name, or `ALL`. One flag may hold several, with commas.
    package static func parse(_ text: String, flag: String) throws(EngineError) -> [String] {
        var names: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            var name = part.uppercased()
            if name != "ALL", !name.hasPrefix("CAP_") { name = "CAP_\(name)" }
            guard name == "ALL" || known.contains(name) else {
                throw EngineError.value(flag, text, "there is no capability \(part); see capabilities(7)")
            }
            names.append(name)
        }
        return names
    }

    /// What a container gets: its defaults, and what is added and dropped. Naming one wins over ALL.
    package static func resolve(defaults: [String], added: [String], dropped: [String], privileged: Bool) -> [String] {
        var granted = Set(privileged || added.contains("ALL") ? all : defaults)
        if dropped.contains("ALL") { granted = added.contains("ALL") ? granted : [] }
        granted.formUnion(added.filter { $0 != "ALL" })
        granted.subtract(dropped.filter { $0 != "ALL" && !(dropped.contains("ALL") && added.contains($0)) })
        return all.filter(granted.contains)
    }
}
