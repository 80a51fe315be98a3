package import Linux

/// What the launcher gives the init besides the plan: descriptors that the clone inherits, and facts of the host.
package struct InitHandover: Sendable {
    /// v1 `tasks` files, into each of which the init writes itself.
    package var cgroupJoins: [CInt] = []
    package var cgroupHost: CgroupHost
    /// The launcher has privilege over the host and sends the sources of a container in a user namespace.
    package var launcherSendsSources = false
    /// The launcher has privilege over the host.
    package var isPrivileged = false
    /// Namespaces the init makes itself: that of control groups begins at the groups it is in by then, and it joins those of
    /// v1 itself.
    package var lateNamespaces: NamespaceFlags = []
    /// The launcher says when to go on even without a user namespace.
    package var waitsForLauncher = false
    /// The host's /proc, from before a container's is entered: in there something else may lie in its place, even another file of
    /// procfs (CVE-2025-52881). Nil where nothing is written to it.
    package var procDirectory: CInt?
    /// Standard input, output and error; nil where the caller's are kept.
    package var standard: [CInt]?
    /// The socket on which the init waits for `start`; nil to execute at once.
    package var startSocket: CInt?
    /// The compiled system call filter and its flags.
    package var seccompFilter: SeccompFilter?
    /// Whether the command ends with the launcher: not when create leaves it behind.
    package var diesWithLauncher = true

    /// Network devices come while the init works.
    package var awaitsDevices = false

    package init(cgroupHost: CgroupHost) { self.cgroupHost = cgroupHost }

    /// Until the command executes, no process of the container's, or of one that shares its pid namespace, may look into this one:
    /// its memory and descriptors are the runtime's (CVE-2016-9962). prctl(2), PR_SET_DUMPABLE.
    func hide() throws(RuntimeError) {
        guard isPrivileged else { return }
        try explaining("keep the container from looking into the runtime") { () throws(SystemError) in
            try Processes.setDumpable(false)
        }
    }

    /// A plain user's network comes from a program outside (pasta), which opens this process's namespaces while it works: that is
    /// allowed as long as the process counts as the user's own. proc_pid_ns(5), ptrace(2).
    var isOpenedByNetwork: Bool { awaitsDevices && !isPrivileged }

    func sendsSource(_ source: HostSource) -> Bool { launcherSendsSources && source.device == nil }
}
