internal import CLinux
internal import Glibc
internal import SystemPackage

/// Which namespaces: the CLONE_NEW* flags of namespaces(7).
public struct NamespaceFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let mount = NamespaceFlags(rawValue: 0x0002_0000)
    public static let cgroup = NamespaceFlags(rawValue: 0x0200_0000)
    public static let uts = NamespaceFlags(rawValue: 0x0400_0000)
    public static let ipc = NamespaceFlags(rawValue: 0x0800_0000)
    public static let user = NamespaceFlags(rawValue: 0x1000_0000)
    public static let pid = NamespaceFlags(rawValue: 0x2000_0000)
    public static let network = NamespaceFlags(rawValue: 0x4000_0000)
    public static let time = NamespaceFlags(rawValue: 0x80)

    /// For messages: `pid network`.
    package var label: String { names }

    var names: String {
        let all: [(NamespaceFlags, String)] = [
            (.user, "user"), (.mount, "mount"), (.pid, "pid"), (.network, "network"), (.uts, "uts"), (.ipc, "ipc"),
            (.cgroup, "cgroup"), (.time, "time"),
        ]
        return all.filter { contains($0.0) }.map(\.1).joined(separator: " ")
    }
}

public enum Namespaces {
    /// Which of two processes one is after `clone`.
    public enum Side: Sendable, Equatable { case parent(child: Int32), child }

    /// Makes a process in new namespaces that goes on in the caller's code. clone3(2), as fork(2) otherwise.
    ///
    /// The caller has to have one thread: the child has no other, and a lock another one held stays locked in it.
    ///
    /// - Parameters:
    ///   - cgroup: the v2 group the child is born in (CLONE_INTO_CGROUP), or nil for the caller's own.
    ///   - asSibling: the child's parent is the caller's parent (CLONE_PARENT).
    /// - Throws: EINVAL also when the process has threads; EPERM without the right to make these namespaces.
    public static func clone(
        _ new: NamespaceFlags, cgroup: CInt? = nil, asSibling: Bool = false
    ) throws(SystemError) -> Side {
        guard Processes.threadCount == 1 else {
            throw SystemError("clone3", "the process has threads", .invalidArgument)
        }
        let flags = new.rawValue | (asSibling ? 0x8000 : 0)
        let exitSignal = asSibling ? 0 : SIGCHLD
        let pid = try systemCall("clone3", new.names + (cgroup == nil ? "" : ", into its cgroup")) {
            hako_clone3(flags, nil, exitSignal, cgroup ?? -1)
        }
        return pid == 0 ? .child : .parent(child: pid)
    }

    /// Moves the caller into the namespace that a /proc/PID/ns/* file, or a bind mount of one, names. setns(2).
    public static func join(_ namespace: borrowing Descriptor, _ kind: NamespaceFlags = []) throws(SystemError) {
        let raw = namespace.raw
        let type = CInt(truncatingIfNeeded: kind.rawValue)
        try systemCall("setns", "fd \(raw) \(kind.names)") { hako_setns(raw, type) }
    }

    /// Leaves the shared namespaces for new ones. unshare(2).
    public static func unshare(_ new: NamespaceFlags) throws(SystemError) {
        let flags = CInt(truncatingIfNeeded: new.rawValue)
        try systemCall("unshare", new.names) { hako_unshare(flags) }
    }

    /// sethostname(2).
    public static func setHostname(_ name: String) throws(SystemError) {
        try systemCall("sethostname", name) { unsafe sethostname(name, name.utf8.count) }
    }

    /// setdomainname(2).
    public static func setDomainname(_ name: String) throws(SystemError) {
        try systemCall("setdomainname", name) { unsafe setdomainname(name, name.utf8.count) }
    }

    /// Brings an interface of the caller's network namespace up. ioctl SIOCSIFFLAGS, netdevice(7).
    public static func bringUp(interface name: String) throws(SystemError) {
        try systemCall("ioctl", "SIOCSIFFLAGS \(name) up") { unsafe hako_interface_up(name) }
    }
}
