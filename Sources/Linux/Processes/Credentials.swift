internal import CLinux
internal import Glibc

/// Users and groups of the calling process, and its resource limits.
public enum Credentials {
    /// setresuid(2): real, effective and saved.
    public static func setUser(_ uid: UInt32) throws(SystemError) {
        try systemCall("setresuid", "\(uid)") { hako_setresuid(uid) }
    }

    /// setresgid(2): real, effective and saved.
    public static func setGroup(_ gid: UInt32) throws(SystemError) {
        try systemCall("setresgid", "\(gid)") { hako_setresgid(gid) }
    }

    /// setgroups(2).
    public static func setSupplementaryGroups(_ gids: [UInt32]) throws(SystemError) {
        try systemCall("setgroups", gids.map(String.init).joined(separator: " ")) {
            unsafe gids.withUnsafeBufferPointer { unsafe hako_setgroups($0.baseAddress, $0.count) }
        }
    }

    /// prlimit(2) on a process, 0 being the caller.
    public static func setLimit(of pid: Int32 = 0, _ resource: Int32, soft: UInt64, hard: UInt64) throws(SystemError) {
        try systemCall("prlimit", "pid \(pid) resource \(resource) \(soft):\(hard)") {
            hako_prlimit(pid, resource, soft, hard)
        }
    }

    /// RLIMIT_NOFILE.
    package static let openFiles: Int32 = 7

    /// How many descriptors this process may have: as many as `wanted`, or its hard limit. getrlimit(2), prlimit(2).
    @discardableResult
    package static func raiseOpenFiles(to wanted: UInt64) throws(SystemError) -> UInt64 {
        var limit = rlimit()
        try systemCall("getrlimit", "RLIMIT_NOFILE") { unsafe getrlimit(__rlimit_resource_t(UInt32(openFiles)), &limit) }
        let soft = UInt64(limit.rlim_cur)
        guard soft < wanted else { return soft }
        let raised = min(wanted, UInt64(limit.rlim_max))
        try setLimit(openFiles, soft: raised, hard: UInt64(limit.rlim_max))
        return raised
    }
}
