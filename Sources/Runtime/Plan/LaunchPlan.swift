package import Linux
package import OCI

/// Everything it takes to start a process in a container, as data: made from the configuration without touching the
/// kernel, carried out by the launcher (outside) and the init (inside). `--explain` and the tests read the same values.
package struct LaunchPlan: Sendable {
    package var namespaces: NamespacePlan
    package var identity: IdentityPlan?
    /// Those of a user namespace that is joined, where the configuration tells them.
    package var joinedIdentity: IdentityPlan?
    /// Files and directories of the host that become part of the container.
    package var sources: [HostSource] = []
    /// The host's network devices that become the container's.
    package var networkDevices: [NetworkDevicePlan] = []
    /// Where the root is mounted before it becomes `/`; a directory of the host.
    package var mountPoint = ""
    package var steps: [InitStep] = []
    package var process: ProcessPlan
    /// Where the init waits for hooks, and runs its own.
    package var hooks: HookPlan?
    /// SELinux's context of the file systems that are made; the kernel has to run it.
    package var mountLabel: String?
    /// The process ends when the steps are done, and executes nothing.
    package var onlyFurnishes = false
    /// Secrets that become variables of the command, read when it starts.
    package var secretVariables: [SecretVariable] = []
}

/// Which namespaces are new, and which are joined.
package struct NamespacePlan: Sendable, Equatable {
    package struct Join: Sendable, Equatable {
        package var kind: NamespaceFlags
        package var path: String
    }

    package var new: NamespaceFlags = []
    /// In the order of the configuration.
    package var joins: [Join] = []
    /// `monotonic 3600 0`, a line each for /proc/self/timens_offsets. time_namespaces(7).
    package var timeOffsets: [String] = []

    /// New or joined: those that are not the caller's.
    package var all: NamespaceFlags { joins.reduce(new) { $0.union($1.kind) } }

    /// A process goes ahead and clones the init from inside: into namespaces that are there, or a clock that was set.
    var needsJoiner: Bool { !joins.isEmpty || !timeOffsets.isEmpty }

    package func makes(_ kind: NamespaceFlags) -> Bool { new.contains(kind) }
    package func joins(_ kind: NamespaceFlags) -> Bool { joins.contains { $0.kind == kind } }
}

/// The id maps of a new user namespace. user_namespaces(7).
package struct IdentityPlan: Sendable, Equatable {
    package var uids: [IDMapping]
    package var gids: [IDMapping]
}

/// A network device's name on the host, and inside.
package struct NetworkDevicePlan: Sendable, Equatable {
    package var name: String
    package var nameInside: String
}

/// Something of the host's that is mounted inside. Detached copies are taken of it before the root is made.
package struct HostSource: Sendable, Equatable {
    package enum IDMap: Sendable, Equatable {
        case none
        /// Through the container's user namespace.
        case container
        /// Through maps of its own.
        case own([IDMapping], [IDMapping])
    }

    package var path: String
    package var recursive: Bool
    package var idMap: IDMap
    /// A device node has to have this number.
    package var device: UInt64?
    /// Whether mounts made in the copy travel to the host's. Otherwise only the host's travel in.
    package var isShared = false
    /// Not mounted: opened, for what is in it.
    package var isContent = false
    /// Where the path is one of another mount namespace, as /proc/PID/root has it: that namespace.
    package var elsewhere: String?
    /// A path below `path` that is what is meant.
    package var subPath: String?

    package init(path: String, recursive: Bool = false, idMap: IDMap = .none, device: UInt64? = nil) {
        self.path = path
        self.recursive = recursive
        self.idMap = idMap
        self.device = device
    }

    /// `/proc/12/root/dev/shm` as /dev/shm in /proc/12/ns/mnt: nothing is taken from a mount namespace but inside it.
    mutating func findNamespace() {
        let parts = path.split(separator: "/", maxSplits: 3)
        guard parts.count == 4, parts[0] == "proc", UInt32(parts[1]) != nil, parts[2] == "root" else { return }
        elsewhere = "/proc/\(parts[1])/ns/mnt"
        path = "/\(parts[3])"
    }
}

/// One thing the init does, in order. Each says what it is for.
package enum InitStep: Sendable, Equatable {
    case propagation(MountPropagation)
    /// A bind mount of a source as the root.
    case bindRoot(source: Int, recursive: Bool)
    case overlayRoot(OverlayPlan)
    case mount(MountPlan)
    /// Writes secrets into their tmpfs.
    case secrets([SecretPlan])
    /// Takes away the mount at a path.
    case unmount(path: String)
    case cgroupMount(destination: String, attributes: MountAttributes)
    /// Makes a node with mknod(2).
    case node(Device)
    /// Mounts the host's node, where the namespace may not make one.
    case bindNode(source: Int, path: String)
    case symlink(path: String, target: String)
    case sysctl(path: String, value: String)
    case mask(path: String)
    case readOnly(path: String)
    case console(columns: UInt16, rows: UInt16)
    /// The root of a container that was joined.
    case joinedRoot
    /// A terminal for a process that joined, without /dev/console.
    case terminal(columns: UInt16, rows: UInt16)
    case hostname(String)
    case domainname(String)
    case loopback
    /// Waits for the runtime's hooks, then runs those of the container that come before the pivot.
    case hooks
    case pivot
    /// The same without pivot_root(2).
    case moveRoot
    case rootAttributes(readOnly: Bool, propagation: MountPropagation?)

    /// What the step is for, as `--explain` tells it.
    package var purpose: String {
        switch self {
        case .propagation: "keep the container's mounts from the host"
        case .bindRoot: "mount the root file system"
        case .overlayRoot(let plan): "layer \(plan.lowers.count) read-only and 1 writable directories as the root"
        case .mount(let plan): "\(plan.destination): \(plan.type ?? "bind mount")"
        case .secrets(let secrets): "write \(secrets.count) secrets into a tmpfs"
        case .unmount(let path): "take the mount at \(path) away"
        case .cgroupMount(let destination, _): "\(destination): the container's own control groups"
        case .node(let device): "make the device \(device.path)"
        case .bindNode(_, let path): "lend the host's device \(path)"
        case .symlink(let path, let target): "link \(path) to \(target)"
        case .sysctl(let path, let value): "set \(path) to \(value)"
        case .mask(let path): "hide \(path)"
        case .readOnly(let path): "make \(path) read-only"
        case .joinedRoot: "stand in the container's root"
        case .console, .terminal: "open a terminal inside"
        case .hostname(let name): "name the host \(name)"
        case .domainname(let name): "name the domain \(name)"
        case .loopback: "bring the loopback interface up"
        case .hooks: "run the hooks that come before the root is /"
        case .pivot: "make the root file system /, drop the host's"
        case .moveRoot: "move the root file system over /"
        case .rootAttributes(let readOnly, _): readOnly ? "make / read-only" : "set how / propagates"
        }
    }
}

/// An overlay as the root; numbers are indices of sources.
package struct OverlayPlan: Sendable, Equatable {
    /// The uppermost first.
    package var lowers: [Int]
    /// The directory that holds both the writable layer and overlayfs' work directory, and their names in it.
    package var upper: Int?
    package var upperName = ""
    package var workName = ""
    package var data: [FileSystemOption] = []
    package var attributes: MountAttributes = []
    /// Inside a user namespace overlayfs keeps its marks in `user.` attributes.
    package var marksInUserAttributes = false

    var isVolatile: Bool { data.contains { $0.key == VolatileOverlay.option } }
}

package struct MountPlan: Sendable, Equatable {
    package var destination: String
    /// Nil for a bind mount.
    package var type: String?
    package var sourceName: String?
    /// Of a bind mount.
    package var source: Int?
    package var options: MountOptions
}

/// The process itself.
package struct ProcessPlan: Sendable, Equatable {
    package var arguments: [String]
    package var environment: [String]
    package var directory: String
    package var user: User
    package var terminal: Bool
    package var startsSession = true
    package var rlimits: [Rlimit] = []
    package var oomScoreAdjustment: Int?
    package var noNewPrivileges: Bool
    package var apparmorProfile: String?
    package var selinuxLabel: String?
    package var capabilities: Capabilities?
    package var keyring: String?
    package var scheduling = SchedulingPlan()
    /// Joins a container that runs, instead of being its first process.
    package var isExec = false
    package var usesReaper = false
    /// Descriptors from 3 on that the process inherits.
    package var preservedDescriptors = 0

    /// There is nothing to run yet: `start` says so (runtime.md, Start).
    static let withoutCommand = ProcessPlan(
        arguments: [], environment: [], directory: "/", user: User(), terminal: false, noNewPrivileges: false)

    /// Whether starting it writes to files of /proc.
    var writesToProc: Bool {
        oomScoreAdjustment != nil || apparmorProfile?.isEmpty == false || selinuxLabel?.isEmpty == false
    }
}
