package import JSON
package import Runtime

/// What hako itself has to know of a container later on, beside its OCI configuration; kept in the database.
package struct ContainerSettings: JSONRecord, Equatable {
    /// Standard input stays open for those who attach.
    package var interactive = false
    package var terminal = false
    /// A reaping init stands before the command: `--init`.
    package var reaper = false
    package var stopSignal: Int32?
    /// Seconds between the stop signal and SIGKILL; -1 waits for ever.
    package var stopTimeout: Int?
    package var labels: [String: String]?
    /// The limit of memory, in bytes.
    package var memory: Int64?
    package var privileged = false
    /// The first words of its command, which the user or the image put there.
    package var entrypoint: [String]?
    /// How its output is kept; nil is the usual way.
    package var log: LogRequest?
    package var restart: RestartPolicy?
    package var health: HealthCheck?
    /// Ids of containers that are started first.
    package var requires: [String]?
    package var mounts: [ContainerMount]?
    /// Ids of containers whose namespaces it shares, by kind: `network`, `pid`, `ipc`, `uts`, `user`.
    package var shared: [String: String]?
    /// The pod it is a member of.
    package var podID: String?
    /// Of an infra container: the pod it is.
    package var pod: PodDocument?
    package var unknown = JSONObject()

    package init() {}

    package init(_ options: RunOptions) throws(EngineError) {
        interactive = options.interactive
        terminal = options.terminal
        reaper = options.reaper
        stopSignal = options.stopSignal
        stopTimeout = options.stopTimeout
        labels = options.labels.isEmpty ? nil : options.labels
        memory = options.resources.memory
        privileged = options.privileged
        entrypoint = options.entrypoint
        log = options.log == LogRequest() ? nil : options.log
        restart = options.restart
        health = try options.health.check(image: options.imageHealth)
        requires = options.requires.isEmpty ? nil : options.requires
        let kept = options.mounts.compactMap(ContainerMount.init)
        mounts = kept.isEmpty ? nil : kept
        shared = options.shared.isEmpty ? nil : options.shared
        podID = options.podID
        pod = options.pod
    }

    /// What the container's monitor has to know; nil where that is nothing.
    package var policy: MonitorPolicy? {
        guard restart != nil || health != nil else { return nil }
        var policy = MonitorPolicy()
        policy.restart = restart
        policy.health = health
        policy.stopSignal = stopSignal
        policy.stopTimeout = stopTimeout
        return policy
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("interactive", &interactive)
        try fields("terminal", &terminal)
        try fields("reaper", &reaper)
        try fields("stopSignal", &stopSignal)
        try fields("stopTimeout", &stopTimeout)
        try fields("labels", &labels)
        try fields("memory", &memory)
        try fields("privileged", &privileged)
        try fields("entrypoint", &entrypoint)
        try fields("log", &log)
        try fields("restart", &restart)
        try fields("health", &health)
        try fields("requires", &requires)
        try fields("mounts", &mounts)
        try fields("shared", &shared)
        try fields("podID", &podID)
        try fields("pod", &pod)
    }
}
