/// Files of /proc and /sys that tell about, or change, the host: hidden or write-protected.
package struct RestrictedPaths: Sendable, Equatable {
    package var masked: [String]?
    package var readOnly: [String]?

    static let defaultMasked = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ]
    static let defaultReadOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    package init(options: RunOptions) {
        let unmasked = options.security.unmasked
        let all = options.privileged || unmasked.contains("ALL")
        func kept(_ paths: [String]) -> [String] {
            all ? [] : paths.filter { path in !unmasked.contains { $0 == path || path.hasPrefix("\($0)/") } }
        }
        let hidden = kept(Self.defaultMasked) + options.security.masked
        masked = hidden.isEmpty ? nil : hidden
        let protected = kept(Self.defaultReadOnly)
        readOnly = protected.isEmpty ? nil : protected
    }
}
