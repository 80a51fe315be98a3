internal import Flags

/// The flags of `run` and `create`, as text; `RunOptions` is what they become.
struct RunFlags: Sendable {
    var registry = RegistryFlags()
    var process = ProcessFlags()
    var life = LifeFlags()
    var network = NetworkFlags()
    var isolation = IsolationFlags()
    var files = FileFlags()
    var limits = LimitFlags()

    /// The flags of a command that has these.
    static func groups<C>(_ own: @escaping PartAccess<C, RunFlags>) -> [FlagGroup<C>] {
        func group<Part>(
            _ title: String, _ flags: [Flag<Part>], _ part: @escaping PartAccess<RunFlags, Part>
        ) -> FlagGroup<C> {
            FlagGroup(title, flags.lifted { (whole: inout C, body) in own(&whole) { part(&$0, body) } })
        }
        return [
            group("Process", ProcessFlags.flags) { $1(&$0.process) },
            group("Life and log", LifeFlags.flags) { $1(&$0.life) },
            group("Network", NetworkFlags.flags) { $1(&$0.network) },
            group("Isolation", IsolationFlags.flags) { $1(&$0.isolation) },
            group("Files and devices", FileFlags.flags) { $1(&$0.files) },
            group("Limits", LimitFlags.flags) { $1(&$0.limits) },
            group("Registry", RegistryFlags.flags) { $1(&$0.registry) },
        ]
    }
}

struct ProcessFlags: FlagSet {
    var rootfs = false
    var interactive = false
    var tty = false
    var detach = false
    var remove = false
    var reaper = false
    var name: String?
    var entrypoint: String?
    var env: [String] = []
    var envFile: [String] = []
    var user: String?
    var groupAdd: [String] = []
    var workdir: String?
    var umask: String?
    var timezone: String?
    var label: [String] = []
    var labelFile: [String] = []
    var annotation: [String] = []
    var cidfile: String?
    var stopSignal: String?
    var stopTimeout: String?
    var detachKeys: String?
    var sigProxy: String?
    var explain: String?
    var pull = "missing"
    var platform: String?

    static let flags: [Flag<Self>] = [
        .toggle(
            "rootfs", help: "The first argument is a root file system: DIR, DIR:O (an overlay over it) or a tar file."
        ) { $0.rootfs = $1 },
        .toggle("interactive", "i", help: "Keep standard input open.") { $0.interactive = $1 },
        .toggle("tty", "t", help: "Give the container a terminal.") { $0.tty = $1 },
        .toggle("detach", "d", help: "Run in the background and print the container's id.") { $0.detach = $1 },
        .toggle("rm", help: "Remove the container when it ends.") { $0.remove = $1 },
        .toggle("init", help: "Put an init before the command that reaps and passes signals on.") { $0.reaper = $1 },
        .value("name", of: "NAME", help: "A name for the container.") { $0.name = $1 },
        .value("entrypoint", of: "WORD", help: "A program to put before the command; or a JSON array of words.") {
            $0.entrypoint = $1
        },
        .value("env", "e", of: "KEY=VALUE", help: "Set a variable: KEY=VALUE, or KEY as it is here.") { $0.env.append($1) },
        .value("env-file", of: "FILE", help: "Read variables from a file.") { $0.envFile.append($1) },
        .value("user", "u", of: "USER[:GROUP]", help: "Who the command runs as: USER[:GROUP].") { $0.user = $1 },
        .value("group-add", of: "GROUP", help: "A further group.") { $0.groupAdd.append($1) },
        .value("workdir", "w", of: "DIR", help: "The command's directory.") { $0.workdir = $1 },
        .value("umask", of: "MASK", help: "The mask of new files' permissions (default: 0022).") { $0.umask = $1 },
        .value("timezone", "tz", of: "ZONE", help: "The time zone: local, or a name such as Asia/Tokyo.") { $0.timezone = $1 },
        .value("label", "l", of: "KEY=VALUE", help: "A label, KEY=VALUE.") { $0.label.append($1) },
        .value("label-file", of: "FILE", help: "Read labels from a file.") { $0.labelFile.append($1) },
        .value("annotation", of: "KEY=VALUE", help: "An annotation of the OCI configuration, KEY=VALUE.") {
            $0.annotation.append($1)
        },
        .value("cidfile", of: "FILE", help: "Write the container's id to a file.") { $0.cidfile = $1 },
        .value("stop-signal", of: "SIGNAL", help: "What stop sends first (default: SIGTERM).") { $0.stopSignal = $1 },
        .value("stop-timeout", of: "SECONDS", help: "Seconds until stop kills (default: 10).") { $0.stopTimeout = $1 },
        .value("detach-keys", of: "KEYS", help: "Keys that leave the container running (default: ctrl-p,ctrl-q).") {
            $0.detachKeys = $1
        },
        .value("pull", of: "WHEN", help: "When the image is pulled: always, missing, newer or never (default: missing).") {
            $0.pull = $1
        },
        .value("platform", of: "OS/ARCH", help: "The image's platform, such as linux/arm64.") { $0.platform = $1 },
        .optional(
            "sig-proxy", of: "BOOL", default: "true",
            help: "Pass signals on to the command (default: true)."
        ) { $0.sigProxy = $1 },
        .optional(
            "explain", of: "FILE.json", default: "-",
            help: "Say every step: as text, or as a Chrome trace with =FILE.json."
        ) { $0.explain = $1 },
    ]
}

struct IsolationFlags: FlagSet {
    var pid: String?
    var ipc: String?
    var uts: String?
    var cgroupns: String?
    var time: String?
    var userns: String?
    var uidmap: [String] = []
    var gidmap: [String] = []
    var pod: String?
    var hostname: String?
    var domainname: String?
    var capAdd: [String] = []
    var capDrop: [String] = []
    var securityOpt: [String] = []
    var privileged = false
    var readOnly = false
    var sysctl: [String] = []

    static let flags: [Flag<Self>] = [
        .value("pid", of: "MODE", help: "private, host, ns:PATH or container:NAME.") { $0.pid = $1 },
        .value("ipc", of: "MODE", help: "private, host, ns:PATH or container:NAME.") { $0.ipc = $1 },
        .value("uts", of: "MODE", help: "private, host, ns:PATH or container:NAME.") { $0.uts = $1 },
        .value("cgroupns", of: "MODE", help: "private or host.") { $0.cgroupns = $1 },
        .value("time", of: "CLOCKS", help: "private, host, or offsets in seconds: monotonic=N,boottime=N.") { $0.time = $1 },
        .value("userns", of: "MODE", help: "auto, auto:size=N, host, keep-id or container:NAME.") { $0.userns = $1 },
        .value("uidmap", of: "MAP", help: "Map user ids: CONTAINER:HOST:COUNT.") { $0.uidmap.append($1) },
        .value("gidmap", of: "MAP", help: "Map group ids: CONTAINER:HOST:COUNT.") { $0.gidmap.append($1) },
        .value("pod", of: "POD", help: "The pod to be in; new:NAME makes one.") { $0.pod = $1 },
        .value("hostname", "h", of: "NAME", help: "The container's host name.") { $0.hostname = $1 },
        .value("domainname", of: "NAME", help: "The container's domain name.") { $0.domainname = $1 },
        .value("cap-add", of: "NAME", help: "Grant a capability, or ALL.") { $0.capAdd.append($1) },
        .value("cap-drop", of: "NAME", help: "Take a capability, or ALL.") { $0.capDrop.append($1) },
        .value(
            "security-opt", of: "OPTION",
            help: "seccomp=FILE|unconfined, no-new-privileges, apparmor=, label=, systempaths=, mask=, unmask=."
        ) { $0.securityOpt.append($1) },
        .toggle("privileged", help: "All capabilities, devices and kernel files, and the host's user ids.") {
            $0.privileged = $1
        },
        .toggle("read-only", help: "Make the root file system read-only.") { $0.readOnly = $1 },
        .value("sysctl", of: "KEY=VALUE", help: "Set a kernel parameter of the container's namespaces.") { $0.sysctl.append($1) },
    ]
}

struct FileFlags: FlagSet {
    var volume: [String] = []
    var mount: [String] = []
    var volumesFrom: [String] = []
    var secret: [String] = []
    var tmpfs: [String] = []
    var device: [String] = []
    var deviceCgroupRule: [String] = []
    var shmSize: String?

    static let flags: [Flag<Self>] = [
        .value(
            "volume", "v", of: "MOUNT",
            help: "Mount a volume, directory or file: SOURCE:DESTINATION[:ro,rro,U,nocopy,...], or DESTINATION."
        ) { $0.volume.append($1) },
        .value("mount", of: "OPTIONS", help: "Mount: type=bind|tmpfs|volume,source=,target=,...") { $0.mount.append($1) },
        .value("volumes-from", of: "CONTAINER[:ro]", help: "Mount what another container has mounted.") {
            $0.volumesFrom.append($1)
        },
        .value(
            "secret", of: "SECRET[,OPTION]",
            help: "Give a secret: NAME[,type=mount|env,target=,uid=,gid=,mode=], as /run/secrets/NAME."
        ) { $0.secret.append($1) },
        .value("tmpfs", of: "MOUNT", help: "Mount a tmpfs: DESTINATION[:OPTIONS].") { $0.tmpfs.append($1) },
        .value("device", of: "DEVICE", help: "Give a device: SOURCE[:DESTINATION[:rwm]].") { $0.device.append($1) },
        .value("device-cgroup-rule", of: "RULE", help: "Allow devices: \"c 10:200 rwm\".") { $0.deviceCgroupRule.append($1) },
        .value("shm-size", of: "SIZE", help: "The size of /dev/shm (default: 64m).") { $0.shmSize = $1 },
    ]
}

struct LimitFlags: FlagSet {
    var memory: String?
    var memorySwap: String?
    var memoryReservation: String?
    var memorySwappiness: String?
    var oomKillDisable = false
    var oomScoreAdj: String?
    var cpus: String?
    var cpuShares: String?
    var cpuPeriod: String?
    var cpuQuota: String?
    var cpusetCpus: String?
    var cpusetMems: String?
    var pidsLimit: String?
    var blkioWeight: String?
    var blkioWeightDevice: [String] = []
    var deviceReadBps: [String] = []
    var deviceWriteBps: [String] = []
    var deviceReadIops: [String] = []
    var deviceWriteIops: [String] = []
    var cgroupParent: String?
    var ulimit: [String] = []

    static let flags: [Flag<Self>] = changeable + fixed

    /// What can be changed while the container runs.
    static let changeable: [Flag<Self>] = [
        .value("memory", "m", of: "SIZE", help: "Memory, such as 512m.") { $0.memory = $1 },
        .value("memory-swap", of: "SIZE", help: "Memory and swap together; -1 for no limit.") { $0.memorySwap = $1 },
        .value("memory-reservation", of: "SIZE", help: "Memory to keep to when the host has little.") {
            $0.memoryReservation = $1
        },
        .value("memory-swappiness", of: "N", help: "How readily memory is swapped, 0 to 100.") { $0.memorySwappiness = $1 },
        .value("cpus", of: "N", help: "Processors, such as 1.5.") { $0.cpus = $1 },
        .value("cpu-shares", "c", of: "N", help: "Relative weight for processor time.") { $0.cpuShares = $1 },
        .value("cpu-period", of: "N", help: "Microseconds of a period.") { $0.cpuPeriod = $1 },
        .value("cpu-quota", of: "N", help: "Microseconds of processor time a period.") { $0.cpuQuota = $1 },
        .value("cpuset-cpus", of: "LIST", help: "Which processors, such as 0-3,6.") { $0.cpusetCpus = $1 },
        .value("cpuset-mems", of: "LIST", help: "Which memory nodes.") { $0.cpusetMems = $1 },
        .value("pids-limit", of: "N", help: "How many processes; -1 for no limit (default: 2048).") { $0.pidsLimit = $1 },
        .value("blkio-weight", of: "N", help: "Relative weight for block devices, 10 to 1000.") { $0.blkioWeight = $1 },
        .value("blkio-weight-device", of: "PATH:N", help: "The same for one device: PATH:WEIGHT.") {
            $0.blkioWeightDevice.append($1)
        },
        .value("device-read-bps", of: "PATH:RATE", help: "Bytes read a second: PATH:RATE.") { $0.deviceReadBps.append($1) },
        .value("device-write-bps", of: "PATH:RATE", help: "Bytes written a second: PATH:RATE.") { $0.deviceWriteBps.append($1) },
        .value("device-read-iops", of: "PATH:RATE", help: "Reads a second: PATH:RATE.") { $0.deviceReadIops.append($1) },
        .value("device-write-iops", of: "PATH:RATE", help: "Writes a second: PATH:RATE.") { $0.deviceWriteIops.append($1) },
    ]
    private static let fixed: [Flag<Self>] = [
        .toggle("oom-kill-disable", help: "Do not kill when memory runs out (cgroup v1).") { $0.oomKillDisable = $1 },
        .value("oom-score-adj", of: "N", help: "Preference of the out-of-memory killer, -1000 to 1000.") { $0.oomScoreAdj = $1 },
        .value("cgroup-parent", of: "GROUP", help: "The control group to be below, such as /my-group.") { $0.cgroupParent = $1 },
        .value("ulimit", of: "LIMIT", help: "A resource limit: NAME=SOFT[:HARD].") { $0.ulimit.append($1) },
    ]
}
