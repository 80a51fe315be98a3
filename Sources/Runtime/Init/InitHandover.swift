package import Linux

/// What the launcher gives the init besides the plan: descriptors that the clone inherits, and facts of the host.
package struct InitHandover: Sendable {
    /// v1 `tasks` files, into each of which the init writes itself.
    package var cgroupJoins: [CInt] = []
    package var cgroupHost: CgroupHost
    /// The launcher has privilege over the host and sends the sources of a container in a user namespace.
    package var launcherSendsSources = false
    /// Namespaces the init makes itself: that of control groups begins at the groups it is in by then, and it joins those of
    /// v1 itself.
    package var lateNamespaces: NamespaceFlags = []
    /// The launcher says when to go on even without a user namespace.
    package var waitsForLauncher = false
    /// Standard input, output and error; nil where the caller's are kept.
    package var standard: [CInt]?
    /// The socket on which the init waits for `start`; nil to execute at once.
    package var startSocket: CInt?
    /// The compiled system call filter and its flags.
    package var seccompFilter: SeccompFilter?
    /// Whether the command ends with the launcher: not when create leaves it behind.
    package var diesWithLauncher = true

    package init(cgroupHost: CgroupHost) { self.cgroupHost = cgroupHost }

    func sendsSource(_ source: HostSource) -> Bool { launcherSendsSources && source.device == nil }
}
