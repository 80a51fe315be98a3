internal import Linux
package import OCI

/// A compiled system call filter, ready to be installed between clone and exec.
package struct SeccompFilter: Sendable, Equatable {
    /// Classic BPF, `struct sock_filter` of 8 bytes each.
    package var program: [UInt8]
    /// SECCOMP_FILTER_FLAG_*.
    package var flags: UInt32
    /// Some calls are another process's to answer (SCMP_ACT_NOTIFY).
    package var notifies = false

    package init(program: [UInt8], flags: UInt32, notifies: Bool = false) {
        self.program = program
        self.flags = flags
        self.notifies = notifies
    }

    /// Compiles a profile, or takes it from the cache.
    ///
    /// - Parameter cache: a directory of the caller's, made when it is not there; nil to compile always.
    /// - Throws: an action, architecture, comparison or flag that is none, naming the field. Names of system
    ///   calls that libseccomp does not know are passed over, as runc does.
    package static func compile(_ profile: Seccomp, cache: String? = nil) throws(RuntimeError) -> SeccompFilter {
        let flags = try SeccompProfile.flags(profile.flags ?? [])
        let notifies = try SeccompProfile.checkNotifications(profile)
        let store = cache.flatMap { SeccompCache(directory: $0, profile: profile) }
        if let program = store?.read() { return SeccompFilter(program: program, flags: flags, notifies: notifies) }
        let compiled = try Trace.purpose("compile the seccomp profile") { () throws(RuntimeError) in
            try SeccompCompiler(profile).program()
        }
        let program = FilterReduction.reduce(try NewSystemCalls.stub(for: profile) + compiled)
        store?.write(program)
        return SeccompFilter(program: program, flags: flags, notifies: notifies)
    }

    /// Installs it on the calling thread, for good. Takes no_new_privs, or CAP_SYS_ADMIN in the user namespace.
    ///
    /// - Returns: for a filter that notifies, the descriptor of the listener.
    package func install() throws(RuntimeError) -> CInt? {
        // The init has one thread: there is nothing to synchronize, which does not go with a listener.
        let flags = notifies ? flags & ~1 | SystemCallFilter.newListener : flags
        let listener = try explaining("install the seccomp filter", hint: "without CAP_SYS_ADMIN it needs no-new-privileges") {
            () throws(SystemError) in
            try SystemCallFilter.install(program, flags: flags)
        }
        return notifies ? listener : nil
    }
}
