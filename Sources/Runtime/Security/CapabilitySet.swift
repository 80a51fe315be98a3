/// A set of capabilities: bit n is the capability with number n. capabilities(7).
package struct CapabilitySet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The one with this number (linux/capability.h).
    package init(number: UInt8) { rawValue = number < 64 ? 1 << UInt64(number) : 0 }

    /// The one of this name: `CAP_NET_RAW`, `net_raw`; `ALL` is every one known. Nil when there is none.
    package init?(name: String) {
        var name = name.uppercased()
        if name == "ALL" {
            self = .all
            return
        }
        if name.hasPrefix("CAP_") { name.removeFirst(4) }
        guard let number = Self.shortNames.firstIndex(of: name) else { return nil }
        self.init(number: UInt8(number))
    }

    /// The numbers in it, ascending.
    package var numbers: [UInt8] { (0..<64).filter { rawValue & (1 << UInt64($0)) != 0 } }

    /// As the runtime-spec has them: `CAP_CHOWN`; one without a name is `CAP_45`.
    package var names: [String] {
        numbers.map { Int($0) < Self.shortNames.count ? "CAP_\(Self.shortNames[Int($0)])" : "CAP_\($0)" }
    }

    /// Every capability up to CAP_CHECKPOINT_RESTORE, 40.
    package static let all = CapabilitySet(rawValue: (1 << UInt64(shortNames.count)) - 1)

    /// The eleven that Podman grants a container.
    package static let granted: CapabilitySet = [
        .chown, .dacOverride, .fowner, .fsetid, .kill, .setgid, .setuid, .setpcap, .netBindService, .sysChroot, .setfcap,
    ]

    package static let chown = CapabilitySet(number: 0), dacOverride = CapabilitySet(number: 1)
    package static let dacReadSearch = CapabilitySet(number: 2), fowner = CapabilitySet(number: 3)
    package static let fsetid = CapabilitySet(number: 4), kill = CapabilitySet(number: 5), setgid = CapabilitySet(number: 6)
    package static let setuid = CapabilitySet(number: 7), setpcap = CapabilitySet(number: 8)
    package static let netBindService = CapabilitySet(number: 10), netAdmin = CapabilitySet(number: 12)
    package static let sysModule = CapabilitySet(number: 16), sysRawio = CapabilitySet(number: 17)
    package static let sysChroot = CapabilitySet(number: 18), sysPtrace = CapabilitySet(number: 19)
    package static let sysPacct = CapabilitySet(number: 20), sysAdmin = CapabilitySet(number: 21)
    package static let sysBoot = CapabilitySet(number: 22), sysNice = CapabilitySet(number: 23)
    package static let sysTime = CapabilitySet(number: 25), sysTTYConfig = CapabilitySet(number: 26)
    package static let auditWrite = CapabilitySet(number: 29), setfcap = CapabilitySet(number: 31)
    package static let syslog = CapabilitySet(number: 34), perfmon = CapabilitySet(number: 38), bpf = CapabilitySet(number: 39)

    /// By number, 0 first.
    private static let shortNames = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]
}
