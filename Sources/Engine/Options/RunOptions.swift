package import OCI
package import Runtime

/// Everything `hako run` and `hako create` can be asked for, parsed and checked; a pure value, kept with the container.
package struct RunOptions: Sendable, Equatable {
    package var name: String?
    package var root: RootSource
    /// What `root` names, if it is an image.
    package var image: ImageRecord?
    package var command: [String] = []
    package var entrypoint: [String]?

    package var interactive = false
    package var terminal = false
    package var detach = false
    package var remove = false
    /// A process 1 that reaps and forwards signals: `--init`.
    package var reaper = false
    package var readOnly = false
    package var privileged = false

    /// `KEY=value`, the files' first.
    package var environment: [String] = []
    package var user: UserRequest?
    package var groups: [UserRequest.Name] = []
    package var workingDirectory: String?
    package var umask: UInt32?
    package var timezone: String?
    package var hostname: String?
    package var domainname: String?
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]

    package var mounts: [MountRequest] = []
    /// Containers whose volumes are mounted too.
    package var volumesFrom: [VolumesFromFlag] = []
    /// Where the image wants volumes; each not mounted otherwise gets one of the container's own.
    package var imageVolumes: [String] = []
    package var secrets: [SecretFlag] = []
    package var devices: [DeviceRequest] = []
    package var shmSize: Int64?
    package var rlimits: [Rlimit] = []
    package var sysctls: [String: String] = [:]
    package var capabilitiesAdded: [String] = []
    package var capabilitiesDropped: [String] = []
    package var security = SecurityRequest()
    package var oomScoreAdjustment: Int?

    package var network = NamespaceMode.own
    /// How a network namespace of its own is connected.
    package var networking = NetworkingRequest()
    package var pid = NamespaceMode.own
    package var ipc = NamespaceMode.own
    package var uts = NamespaceMode.own
    package var cgroup = NamespaceMode.own
    package var time = TimeRequest()
    /// Nil where nothing was asked: own, or the host's for a privileged container.
    package var users: UserNamespaceMode?

    package var resources = ResourceRequest()
    package var cgroupParent: String?

    package var stopSignal: Int32?
    /// Seconds between the stop signal and SIGKILL; -1 waits for ever.
    package var stopTimeout: Int?
    package var restart: RestartPolicy?
    package var health = HealthRequest()
    /// The image's own check of health.
    package var imageHealth: ImageConfig.Healthcheck?
    package var log = LogRequest()
    /// Containers that are started first.
    package var requires: [String] = []
    /// The pod it is a member of, by the id of that one's infra container.
    package var podID: String?
    /// Of an infra container: the pod it is.
    package var pod: PodDocument?

    package init(root: RootSource) { self.root = root }

    /// What the flags contradict together.
    package func check() throws(EngineError) {
        if uts != .own, hostname != nil || domainname != nil {
            throw EngineError("--hostname and --domainname need a UTS namespace of the container's own; leave out --uts")
        }
        if let directory = workingDirectory, !directory.hasPrefix("/") {
            throw EngineError.value("--workdir", directory, "the directory is an absolute path in the container")
        }
        if let parent = cgroupParent, !parent.hasPrefix("/") || parent.split(separator: "/").contains("..") {
            throw EngineError.value("--cgroup-parent", parent, "the group is an absolute path such as /my-group")
        }
        if case .host = users, privileged == false, !security.label.isEmpty, security.labelDisabled {
            throw EngineError("--security-opt label=disable contradicts the other labels")
        }
        if let first = (entrypoint ?? []).first ?? command.first, first.isEmpty {
            throw EngineError("the command is an empty string; name a program to run")
        }
        for word in command + (entrypoint ?? []) { try Numbers.checkNoZero(word, flag: "the command") }
        if remove, let restart, restart.kind != .no {
            throw EngineError("--rm and --restart contradict each other: what is to start again is not removed when it ends")
        }
        let destinations = mounts.map(\.destination)
        if let twice = Dictionary(grouping: destinations, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
            throw EngineError("two mounts go to \(twice) in the container; leave one out")
        }
        let targets = secrets.map { ($0.isVariable ? "variable " : "") + ($0.target ?? $0.secret) }
        if Set(targets).count != targets.count { throw EngineError("--secret names a target twice") }
        let names = rlimits.map(\.type)
        if Set(names).count != names.count { throw EngineError("--ulimit names a limit twice") }
        try resources.check()
    }
}
