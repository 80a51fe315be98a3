internal import CLinux
internal import Glibc
internal import SystemPackage

/// prctl(2), PR_SET_NO_NEW_PRIVS: no program executed from now on gains rights by its set-user-id bit or file capabilities.
package enum NoNewPrivileges {
    package static func set() throws(SystemError) {
        try systemCall("prctl", "PR_SET_NO_NEW_PRIVS") { hako_prctl(CInt(PR_SET_NO_NEW_PRIVS), 1, 0, 0, 0) }
    }
}

/// A system call filter of the calling thread and all it makes. seccomp(2).
package enum SystemCallFilter {
    /// The most instructions the kernel takes: BPF_MAXINSNS.
    package static let mostInstructions = 4096

    /// SECCOMP_FILTER_FLAG_NEW_LISTENER: calls may be passed to another process, which answers them. seccomp_unotify(2).
    package static let newListener: UInt32 = 8

    /// Adds a filter, for good. seccomp(2), SECCOMP_SET_MODE_FILTER.
    ///
    /// - Parameters:
    ///   - program: classic BPF, `struct sock_filter` of 8 bytes each.
    ///   - flags: SECCOMP_FILTER_FLAG_*.
    /// - Throws: EACCES without no_new_privs and CAP_SYS_ADMIN in the user namespace; EINVAL for a wrong program or flag.
    /// - Returns: with `flags` of `newListener`, the descriptor that tells of calls and takes the answers.
    @discardableResult
    package static func install(_ program: [UInt8], flags: UInt32) throws(SystemError) -> CInt {
        let count = program.count / 8
        guard program.count % 8 == 0, count > 0, count <= mostInstructions else {
            throw SystemError("seccomp", "\(program.count) bytes of filter", .invalidArgument)
        }
        return try systemCall("seccomp", "SECCOMP_SET_MODE_FILTER \(count) instructions") {
            unsafe program.withUnsafeBytes { unsafe hako_seccomp_set_filter(flags, $0.baseAddress, UInt16(count)) }
        }
    }
}
