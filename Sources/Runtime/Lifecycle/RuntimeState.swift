package import JSON
internal import Linux
package import OCI

/// What the runtime remembers of a container between its commands: `state.json` in the container's state directory.
package struct RuntimeState: JSONRecord {
    package var id = ""
    package var pid: Int32 = 0
    /// Clock ticks since boot; with the process id it names the init for ever.
    package var startTime: UInt64 = 0
    package var bundle = ""
    /// RFC 3339.
    package var created = ""
    package var annotations: [String: String]?
    package var cgroup: Cgroup?
    package var terminal = false
    /// It was brought back from a checkpoint.
    package var isRestored = false
    /// Those that run after the start and after the end.
    package var hooks: Hooks?
    package var unknown = JSONObject()

    package init() {}

    /// Of a container whose first process is there.
    init(of pid: Int32, id: String, _ bundle: Bundle, _ cgroup: Cgroup) throws(RuntimeError) {
        self.id = id
        self.pid = pid
        startTime = try explaining("look at the container's process") { () throws(SystemError) in
            try Processes.startTime(of: pid)
        }
        self.bundle = bundle.path
        created = WallClock.now()
        annotations = bundle.spec.annotations
        self.cgroup = cgroup
        hooks = bundle.spec.hooks?.later
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "pid", "startTime", "bundle")
        try fields("id", &id)
        try fields("pid", &pid)
        try fields("startTime", &startTime)
        try fields("bundle", &bundle)
        try fields("created", &created)
        try fields("annotations", &annotations)
        try fields("cgroup", &cgroup)
        try fields("terminal", &terminal)
        try fields("restored", &isRestored)
        try fields("hooks", &hooks)
    }

    /// The status as it is now: of the process, of its control group, and whether `start` has come.
    package func status(waitsForStart: Bool) -> ContainerState.Status {
        guard Processes.isAlive(pid, startTime: startTime) else { return .stopped }
        if waitsForStart { return .created }
        return cgroup?.isFrozen == true ? .paused : .running
    }
}
