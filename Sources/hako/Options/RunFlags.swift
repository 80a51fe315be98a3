internal import ArgumentParser

/// The flags of `run` and `create`, as text. `ArgumentOrder` knows their names; `RunOptions` is what they become.
struct RunFlags: ParsableArguments {
    @OptionGroup(title: "Root file system and process") var process: ProcessFlags
    @OptionGroup(title: "Isolation") var isolation: IsolationFlags
    @OptionGroup(title: "Files and devices") var files: FileFlags
    @OptionGroup(title: "Limits") var limits: LimitFlags
}

struct ProcessFlags: ParsableArguments {
    @Flag(help: "The first argument is a root file system: DIR, DIR:O (an overlay over it) or a tar file.")
    var rootfs = false
    @Flag(name: .shortAndLong, help: "Keep standard input open.") var interactive = false
    @Flag(name: [.customShort("t"), .long], help: "Give the container a terminal.") var tty = false
    @Flag(name: .shortAndLong, help: "Run in the background and print the container's id.") var detach = false
    @Flag(name: .customLong("rm"), help: "Remove the container when it ends.") var remove = false
    @Flag(name: .customLong("init"), help: "Put an init before the command that reaps and passes signals on.") var reaper = false
    @Option(help: "A name for the container.") var name: String?
    @Option(help: "A program to put before the command; or a JSON array of words.") var entrypoint: String?
    @Option(name: .shortAndLong, help: "Set a variable: KEY=VALUE, or KEY as it is here.") var env: [String] = []
    @Option(help: "Read variables from a file.") var envFile: [String] = []
    @Option(name: .shortAndLong, help: "Who the command runs as: USER[:GROUP].") var user: String?
    @Option(help: "A further group.") var groupAdd: [String] = []
    @Option(name: .shortAndLong, help: "The command's directory.") var workdir: String?
    @Option(help: "The mask of new files' permissions (default: 0022).") var umask: String?
    @Option(help: "The time zone: local, or a name such as Asia/Tokyo.") var timezone: String?
    @Option(name: .shortAndLong, help: "A label, KEY=VALUE.") var label: [String] = []
    @Option(help: "Read labels from a file.") var labelFile: [String] = []
    @Option(help: "An annotation of the OCI configuration, KEY=VALUE.") var annotation: [String] = []
    @Option(help: "Write the container's id to a file.") var cidfile: String?
    @Option(help: "What stop sends first (default: SIGTERM).") var stopSignal: String?
    @Option(help: "Seconds until stop kills (default: 10).") var stopTimeout: String?
    @Option(help: "Keys that leave the container running (default: ctrl-p,ctrl-q).") var detachKeys: String?
    @Option(help: "Pass signals on to the command (default: true; never with -t).") var sigProxy: String?
    @Option(help: ArgumentHelp("Say every step: as text, or as a Chrome trace with =FILE.json.", valueName: "file")) var explain:
        String?
}

struct IsolationFlags: ParsableArguments {
    @Option(help: "none, host or ns:PATH (default: none; bridges come with a later version).") var network: String?
    @Option(help: "private, host or ns:PATH.") var pid: String?
    @Option(help: "private, host or ns:PATH.") var ipc: String?
    @Option(help: "private, host or ns:PATH.") var uts: String?
    @Option(help: "private or host.") var cgroupns: String?
    @Option(help: "private, host, or offsets in seconds: monotonic=N,boottime=N.") var time: String?
    @Option(help: "auto, auto:size=N, host or keep-id.") var userns: String?
    @Option(help: "Map user ids: CONTAINER:HOST:COUNT.") var uidmap: [String] = []
    @Option(help: "Map group ids: CONTAINER:HOST:COUNT.") var gidmap: [String] = []
    @Option(name: .shortAndLong, help: "The container's host name.") var hostname: String?
    @Option(help: "The container's domain name.") var domainname: String?
    @Option(help: "Grant a capability, or ALL.") var capAdd: [String] = []
    @Option(help: "Take a capability, or ALL.") var capDrop: [String] = []
    @Option(help: "seccomp=FILE|unconfined, no-new-privileges, apparmor=, label=, systempaths=, mask=, unmask=.")
    var securityOpt: [String] = []
    @Flag(help: "All capabilities, devices and kernel files, and the host's user ids.") var privileged = false
    @Flag(help: "Make the root file system read-only.") var readOnly = false
    @Option(help: "Set a kernel parameter of the container's namespaces.") var sysctl: [String] = []
}

struct FileFlags: ParsableArguments {
    @Option(name: .shortAndLong, help: "Mount a directory or file: SOURCE:DESTINATION[:ro,rro,U,...].") var volume: [String] = []
    @Option(help: "Mount: type=bind|tmpfs,source=,target=,...") var mount: [String] = []
    @Option(help: "Mount a tmpfs: DESTINATION[:OPTIONS].") var tmpfs: [String] = []
    @Option(help: "Give a device: SOURCE[:DESTINATION[:rwm]].") var device: [String] = []
    @Option(help: "Allow devices: \"c 10:200 rwm\".") var deviceCgroupRule: [String] = []
    @Option(help: "The size of /dev/shm (default: 64m).") var shmSize: String?
}

struct LimitFlags: ParsableArguments {
    @Option(name: .shortAndLong, help: "Memory, such as 512m.") var memory: String?
    @Option(help: "Memory and swap together; -1 for no limit.") var memorySwap: String?
    @Option(help: "Memory to keep to when the host has little.") var memoryReservation: String?
    @Option(help: "How readily memory is swapped, 0 to 100.") var memorySwappiness: String?
    @Flag(help: "Do not kill when memory runs out (cgroup v1).") var oomKillDisable = false
    @Option(help: "Preference of the out-of-memory killer, -1000 to 1000.") var oomScoreAdj: String?
    @Option(help: "Processors, such as 1.5.") var cpus: String?
    @Option(name: [.customShort("c"), .long], help: "Relative weight for processor time.") var cpuShares: String?
    @Option(help: "Microseconds of a period.") var cpuPeriod: String?
    @Option(help: "Microseconds of processor time a period.") var cpuQuota: String?
    @Option(help: "Which processors, such as 0-3,6.") var cpusetCpus: String?
    @Option(help: "Which memory nodes.") var cpusetMems: String?
    @Option(help: "How many processes; -1 for no limit (default: 2048).") var pidsLimit: String?
    @Option(help: "Relative weight for block devices, 10 to 1000.") var blkioWeight: String?
    @Option(help: "The same for one device: PATH:WEIGHT.") var blkioWeightDevice: [String] = []
    @Option(help: "Bytes read a second: PATH:RATE.") var deviceReadBps: [String] = []
    @Option(help: "Bytes written a second: PATH:RATE.") var deviceWriteBps: [String] = []
    @Option(help: "Reads a second: PATH:RATE.") var deviceReadIops: [String] = []
    @Option(help: "Writes a second: PATH:RATE.") var deviceWriteIops: [String] = []
    @Option(help: "The control group to be below, such as /my-group.") var cgroupParent: String?
    @Option(help: "A resource limit: NAME=SOFT[:HARD].") var ulimit: [String] = []
}
