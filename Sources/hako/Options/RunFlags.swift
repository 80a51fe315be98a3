internal import Flags

/// The flags of `run` and `create`, as text; `RunOptions` is what they become.
struct RunFlags: Sendable {
    var process = ProcessFlags()
    var isolation = IsolationFlags()
    var files = FileFlags()
    var limits = LimitFlags()

    /// The flags of a command that has these.
    static func groups<C>(_ path: any WritableKeyPath<C, RunFlags> & Sendable) -> [FlagGroup<C>] {
        [
            FlagGroup("Process", ProcessFlags.flags.lifted(\RunFlags.process).lifted(path)),
            FlagGroup("Isolation", IsolationFlags.flags.lifted(\RunFlags.isolation).lifted(path)),
            FlagGroup("Files and devices", FileFlags.flags.lifted(\RunFlags.files).lifted(path)),
            FlagGroup("Limits", LimitFlags.flags.lifted(\RunFlags.limits).lifted(path)),
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

    static let flags: [Flag<Self>] = [
        .toggle(
            "rootfs", sets: \.rootfs, "The first argument is a root file system: DIR, DIR:O (an overlay over it) or a tar file."),
        .toggle("interactive", "i", sets: \.interactive, "Keep standard input open."),
        .toggle("tty", "t", sets: \.tty, "Give the container a terminal."),
        .toggle("detach", "d", sets: \.detach, "Run in the background and print the container's id."),
        .toggle("rm", sets: \.remove, "Remove the container when it ends."),
        .toggle("init", sets: \.reaper, "Put an init before the command that reaps and passes signals on."),
        .value("name", of: "NAME", sets: \.name, "A name for the container."),
        .value("entrypoint", of: "WORD", sets: \.entrypoint, "A program to put before the command; or a JSON array of words."),
        .list("env", "e", of: "KEY=VALUE", adds: \.env, "Set a variable: KEY=VALUE, or KEY as it is here."),
        .list("env-file", of: "FILE", adds: \.envFile, "Read variables from a file."),
        .value("user", "u", of: "USER[:GROUP]", sets: \.user, "Who the command runs as: USER[:GROUP]."),
        .list("group-add", of: "GROUP", adds: \.groupAdd, "A further group."),
        .value("workdir", "w", of: "DIR", sets: \.workdir, "The command's directory."),
        .value("umask", of: "MASK", sets: \.umask, "The mask of new files' permissions (default: 0022)."),
        .value("timezone", "tz", of: "ZONE", sets: \.timezone, "The time zone: local, or a name such as Asia/Tokyo."),
        .list("label", "l", of: "KEY=VALUE", adds: \.label, "A label, KEY=VALUE."),
        .list("label-file", of: "FILE", adds: \.labelFile, "Read labels from a file."),
        .list("annotation", of: "KEY=VALUE", adds: \.annotation, "An annotation of the OCI configuration, KEY=VALUE."),
        .value("cidfile", of: "FILE", sets: \.cidfile, "Write the container's id to a file."),
        .value("stop-signal", of: "SIGNAL", sets: \.stopSignal, "What stop sends first (default: SIGTERM)."),
        .value("stop-timeout", of: "SECONDS", sets: \.stopTimeout, "Seconds until stop kills (default: 10)."),
        .value("detach-keys", of: "KEYS", sets: \.detachKeys, "Keys that leave the container running (default: ctrl-p,ctrl-q)."),
        .optional(
            "sig-proxy", of: "BOOL", default: "true", sets: \.sigProxy,
            "Pass signals on to the command (default: true)."),
        .optional(
            "explain", of: "FILE.json", default: "-", sets: \.explain,
            "Say every step: as text, or as a Chrome trace with =FILE.json."),
    ]
}

struct IsolationFlags: FlagSet {
    var network: String?
    var pid: String?
    var ipc: String?
    var uts: String?
    var cgroupns: String?
    var time: String?
    var userns: String?
    var uidmap: [String] = []
    var gidmap: [String] = []
    var hostname: String?
    var domainname: String?
    var capAdd: [String] = []
    var capDrop: [String] = []
    var securityOpt: [String] = []
    var privileged = false
    var readOnly = false
    var sysctl: [String] = []

    static let flags: [Flag<Self>] = [
        .value(
            "network", "net", of: "MODE", sets: \.network,
            "none, host or ns:PATH (default: none; bridges come with a later version)."),
        .value("pid", of: "MODE", sets: \.pid, "private, host or ns:PATH."),
        .value("ipc", of: "MODE", sets: \.ipc, "private, host or ns:PATH."),
        .value("uts", of: "MODE", sets: \.uts, "private, host or ns:PATH."),
        .value("cgroupns", of: "MODE", sets: \.cgroupns, "private or host."),
        .value("time", of: "CLOCKS", sets: \.time, "private, host, or offsets in seconds: monotonic=N,boottime=N."),
        .value("userns", of: "MODE", sets: \.userns, "auto, auto:size=N, host or keep-id."),
        .list("uidmap", of: "MAP", adds: \.uidmap, "Map user ids: CONTAINER:HOST:COUNT."),
        .list("gidmap", of: "MAP", adds: \.gidmap, "Map group ids: CONTAINER:HOST:COUNT."),
        .value("hostname", "h", of: "NAME", sets: \.hostname, "The container's host name."),
        .value("domainname", of: "NAME", sets: \.domainname, "The container's domain name."),
        .list("cap-add", of: "NAME", adds: \.capAdd, "Grant a capability, or ALL."),
        .list("cap-drop", of: "NAME", adds: \.capDrop, "Take a capability, or ALL."),
        .list(
            "security-opt", of: "OPTION", adds: \.securityOpt,
            "seccomp=FILE|unconfined, no-new-privileges, apparmor=, label=, systempaths=, mask=, unmask=."),
        .toggle("privileged", sets: \.privileged, "All capabilities, devices and kernel files, and the host's user ids."),
        .toggle("read-only", sets: \.readOnly, "Make the root file system read-only."),
        .list("sysctl", of: "KEY=VALUE", adds: \.sysctl, "Set a kernel parameter of the container's namespaces."),
    ]
}

struct FileFlags: FlagSet {
    var volume: [String] = []
    var mount: [String] = []
    var tmpfs: [String] = []
    var device: [String] = []
    var deviceCgroupRule: [String] = []
    var shmSize: String?

    static let flags: [Flag<Self>] = [
        .list("volume", "v", of: "MOUNT", adds: \.volume, "Mount a directory or file: SOURCE:DESTINATION[:ro,rro,U,...]."),
        .list("mount", of: "OPTIONS", adds: \.mount, "Mount: type=bind|tmpfs,source=,target=,..."),
        .list("tmpfs", of: "MOUNT", adds: \.tmpfs, "Mount a tmpfs: DESTINATION[:OPTIONS]."),
        .list("device", of: "DEVICE", adds: \.device, "Give a device: SOURCE[:DESTINATION[:rwm]]."),
        .list("device-cgroup-rule", of: "RULE", adds: \.deviceCgroupRule, "Allow devices: \"c 10:200 rwm\"."),
        .value("shm-size", of: "SIZE", sets: \.shmSize, "The size of /dev/shm (default: 64m)."),
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

    static let flags: [Flag<Self>] = [
        .value("memory", "m", of: "SIZE", sets: \.memory, "Memory, such as 512m."),
        .value("memory-swap", of: "SIZE", sets: \.memorySwap, "Memory and swap together; -1 for no limit."),
        .value("memory-reservation", of: "SIZE", sets: \.memoryReservation, "Memory to keep to when the host has little."),
        .value("memory-swappiness", of: "N", sets: \.memorySwappiness, "How readily memory is swapped, 0 to 100."),
        .toggle("oom-kill-disable", sets: \.oomKillDisable, "Do not kill when memory runs out (cgroup v1)."),
        .value("oom-score-adj", of: "N", sets: \.oomScoreAdj, "Preference of the out-of-memory killer, -1000 to 1000."),
        .value("cpus", of: "N", sets: \.cpus, "Processors, such as 1.5."),
        .value("cpu-shares", "c", of: "N", sets: \.cpuShares, "Relative weight for processor time."),
        .value("cpu-period", of: "N", sets: \.cpuPeriod, "Microseconds of a period."),
        .value("cpu-quota", of: "N", sets: \.cpuQuota, "Microseconds of processor time a period."),
        .value("cpuset-cpus", of: "LIST", sets: \.cpusetCpus, "Which processors, such as 0-3,6."),
        .value("cpuset-mems", of: "LIST", sets: \.cpusetMems, "Which memory nodes."),
        .value("pids-limit", of: "N", sets: \.pidsLimit, "How many processes; -1 for no limit (default: 2048)."),
        .value("blkio-weight", of: "N", sets: \.blkioWeight, "Relative weight for block devices, 10 to 1000."),
        .list("blkio-weight-device", of: "PATH:N", adds: \.blkioWeightDevice, "The same for one device: PATH:WEIGHT."),
        .list("device-read-bps", of: "PATH:RATE", adds: \.deviceReadBps, "Bytes read a second: PATH:RATE."),
        .list("device-write-bps", of: "PATH:RATE", adds: \.deviceWriteBps, "Bytes written a second: PATH:RATE."),
        .list("device-read-iops", of: "PATH:RATE", adds: \.deviceReadIops, "Reads a second: PATH:RATE."),
        .list("device-write-iops", of: "PATH:RATE", adds: \.deviceWriteIops, "Writes a second: PATH:RATE."),
        .value("cgroup-parent", of: "GROUP", sets: \.cgroupParent, "The control group to be below, such as /my-group."),
        .list("ulimit", of: "LIMIT", adds: \.ulimit, "A resource limit: NAME=SOFT[:HARD]."),
    ]
}
