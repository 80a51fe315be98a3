internal import Linux
package import OCI

/// What the runtime remembers of a container between its commands: `state.json` in the container's state directory.
package struct RuntimeState: Codable, Sendable {
    package var id: String
    package var pid: Int32
    /// Clock ticks since boot; with the process id it names the init for ever.
    package var startTime: UInt64
    package var bundle: String
    /// RFC 3339.
    package var created: String
    package var annotations: [String: String]?
    package var cgroup: Cgroup?
    package var terminal: Bool

    /// The status as it is now: of the process, of its control group, and whether `start` has come.
    package func status(waitsForStart: Bool) -> ContainerState.Status {
        guard Processes.isAlive(pid, startTime: startTime) else { return .stopped }
        if waitsForStart { return .created }
        return cgroup?.isFrozen == true ? .paused : .running
    }
}
