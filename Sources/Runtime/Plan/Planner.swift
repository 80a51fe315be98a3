package import Linux
package import OCI

/// What the plan depends on besides the configuration: facts of the host and of who asks.
package struct PlanContext: Sendable {
    package var bundle: String
    /// Whether the caller has privilege over the host (root of the initial user namespace).
    package var privileged: Bool
    package var joinsKeyring: Bool
    package var containerID: String
    /// What `create` makes may do without a process until `start`.
    package var waitsForStart = false
    /// The machine's root is a ramdisk, which pivot_root(2) cannot leave.
    package var withoutPivot = false

    package init(bundle: String, privileged: Bool, containerID: String, joinsKeyring: Bool = true) {
        self.bundle = bundle
        self.privileged = privileged
        self.containerID = containerID
        self.joinsKeyring = joinsKeyring
    }
}

/// Makes a launch plan from a configuration. Pure: the same input gives the same plan.
package struct Planner {
    private let spec: Spec
    private let linux: LinuxSpec
    private let context: PlanContext
    private var plan: LaunchPlan
    private var secrets: [SecretPlan] = []

    /// - Throws: for what the configuration lacks, contradicts, or asks that is not supported, naming the field.
    package static func plan(_ spec: Spec, in context: PlanContext) throws(RuntimeError) -> LaunchPlan {
        var planner = try Planner(spec, context)
        try planner.addNamespaces()
        try planner.addRoot()
        try planner.addMounts()
        try planner.addDevices()
        try planner.addSettings()
        planner.addPathRestrictions()
        planner.addEnd()
        return planner.plan
    }

    /// The plan that adds mounts to a container which runs, or takes them away: the last that was added first.
    package static func mounts(
        _ mounts: [Mount], of container: Spec, remove: Bool, in context: PlanContext
    ) throws(RuntimeError) -> LaunchPlan {
        var planner = try Planner(container, context)
        // Whether ids can be mapped.
        try planner.addNamespaces()
        planner.plan.steps = [.joinedRoot]
        planner.plan.onlyFurnishes = true
        for mount in remove ? mounts.reversed() : mounts {
            guard mount.destination.hasPrefix("/"), mount.destination.split(separator: "/").contains(where: { $0 != "." }) else {
                throw RuntimeError("\"\(mount.destination)\" is not a place for a mount: an absolute path below / is")
            }
            if remove { planner.plan.steps.append(.unmount(path: mount.destination)) } else { try planner.add(mount) }
        }
        guard context.privileged || planner.plan.sources.isEmpty else {
            throw RuntimeError(
                "only root may add a bind mount to a running container: the kernel shows a plain user's no host file")
        }
        planner.plan.namespaces = NamespacePlan()
        planner.plan.identity = nil
        return planner.plan
    }

    private init(_ spec: Spec, _ context: PlanContext) throws(RuntimeError) {
        try Self.checkVersion(spec.ociVersion)
        guard spec.process != nil || context.waitsForStart else { throw RuntimeError("config.json: process is missing") }
        try HookRunner.check(spec.hooks)
        if spec.linux?.intelRdt != nil { throw RuntimeError("config.json: linux.intelRdt is not supported yet; leave it out") }
        self.spec = spec
        self.context = context
        linux = spec.linux ?? LinuxSpec()
        var described = try spec.process.map { process throws(RuntimeError) in try Self.process(process) } ?? .withoutCommand
        if context.joinsKeyring { described.keyring = "_ses.\(context.containerID)" }
        plan = LaunchPlan(namespaces: NamespacePlan(), process: described)
        plan.mountLabel = spec.linux?.mountLabel.flatMap { $0.isEmpty ? nil : $0 }
        plan.hooks = HookPlan(
            spec.hooks,
            ContainerState(
                id: context.containerID, status: .creating, pid: nil, bundle: context.bundle, annotations: spec.annotations))
    }

    /// Versions of the same major number are compatible (config.md, Specification version).
    private static func checkVersion(_ text: String) throws(RuntimeError) {
        let core = text.prefix { $0 != "-" && $0 != "+" }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false).map { UInt($0) }
        guard numbers.count == 3, numbers.allSatisfy({ $0 != nil }) else {
            throw RuntimeError("config.json: ociVersion \"\(text)\" is no version such as 1.2.0")
        }
        guard numbers[0] == 1 else {
            throw RuntimeError("config.json: ociVersion is \(text); 1.x is supported")
        }
    }

    /// The plan of a process; also for exec, which has no other part.
    package static func process(_ process: Process) throws(RuntimeError) -> ProcessPlan {
        guard let arguments = process.args, let command = arguments.first, !command.isEmpty else {
            throw RuntimeError("config.json: process.args is empty; name a command to run")
        }
        guard process.cwd.hasPrefix("/") else {
            throw RuntimeError("config.json: process.cwd \"\(process.cwd)\" is not an absolute path")
        }
        // To the kernel the greatest means to leave the id as it is: root's. setresuid(2), setresgid(2).
        let user = process.user ?? User()
        guard user.uid < .max, user.gid < .max, !(user.additionalGids ?? []).contains(.max) else {
            throw RuntimeError("config.json: process.user has an id of \(UInt32.max), which is none")
        }
        let limits = process.rlimits ?? []
        guard Set(limits.map(\.type)).count == limits.count else {
            throw RuntimeError("config.json: process.rlimits names a limit twice")
        }
        var plan = ProcessPlan(
            arguments: arguments, environment: process.env ?? [], directory: process.cwd, user: process.user ?? User(),
            terminal: process.terminal ?? false, noNewPrivileges: process.noNewPrivileges ?? false)
        plan.rlimits = limits
        plan.oomScoreAdjustment = process.oomScoreAdj
        plan.apparmorProfile = process.apparmorProfile
        plan.selinuxLabel = process.selinuxLabel
        plan.capabilities = process.capabilities
        try plan.scheduling.add(process)
        return plan
    }

    // MARK: Namespaces

    private mutating func addNamespaces() throws(RuntimeError) {
        for namespace in linux.namespaces ?? [] {
            let flag = NamespaceFlags(namespace.type)
            if plan.namespaces.makes(flag) || plan.namespaces.joins(flag) {
                throw RuntimeError("config.json: linux.namespaces names \(namespace.type.rawValue) twice")
            }
            if let path = namespace.path, !path.isEmpty {
                guard path.hasPrefix("/") else {
                    throw RuntimeError("config.json: namespace path \"\(path)\" is not absolute")
                }
                plan.namespaces.joins.append(.init(kind: flag, path: path))
            } else {
                plan.namespaces.new.insert(flag)
            }
        }
        guard plan.namespaces.makes(.mount) else {
            throw RuntimeError("config.json: a new mount namespace is needed (linux.namespaces has none)")
        }
        if plan.namespaces.makes(.user) {
            guard let uids = linux.uidMappings, let gids = linux.gidMappings, !uids.isEmpty, !gids.isEmpty else {
                throw RuntimeError("config.json: a user namespace needs linux.uidMappings and linux.gidMappings")
            }
            plan.identity = IdentityPlan(uids: uids, gids: gids)
        } else if let uids = linux.uidMappings, !uids.isEmpty {
            guard plan.namespaces.joins(.user) else {
                throw RuntimeError("config.json: linux.uidMappings is set, but there is no user namespace")
            }
            if let gids = linux.gidMappings, !gids.isEmpty { plan.joinedIdentity = IdentityPlan(uids: uids, gids: gids) }
        }
        try addTimeOffsets()
        try addNetworkDevices()
    }

    private mutating func addNetworkDevices() throws(RuntimeError) {
        let devices = (linux.netDevices ?? [:]).sorted { $0.key < $1.key }
        guard !devices.isEmpty else { return }
        guard plan.namespaces.all.contains(.network) else {
            throw RuntimeError("config.json: linux.netDevices is set, but the container has no network namespace of its own")
        }
        for (name, device) in devices {
            let inside = device.name.flatMap { $0.isEmpty ? nil : $0 } ?? name
            for text in [name, inside] where !Self.isDeviceName(text) {
                throw RuntimeError("config.json: linux.netDevices: \"\(text)\" cannot be a network device's name")
            }
            guard !plan.networkDevices.contains(where: { $0.nameInside == inside }) else {
                throw RuntimeError("config.json: linux.netDevices gives two devices the name \(inside)")
            }
            plan.networkDevices.append(NetworkDevicePlan(name: name, nameInside: inside))
        }
    }

    /// As the kernel's dev_valid_name has it: 1 to 15 bytes, no slash, colon or space, and not `.` or `..`.
    private static func isDeviceName(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x2f && $0 != 0x3a && $0 != 0x7f }
    }

    private mutating func addTimeOffsets() throws(RuntimeError) {
        guard let offsets = linux.timeOffsets, !offsets.isEmpty else { return }
        guard plan.namespaces.makes(.time) else {
            throw RuntimeError("config.json: linux.timeOffsets is set, but there is no time namespace")
        }
        for (clock, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            guard clock == "monotonic" || clock == "boottime" else {
                throw RuntimeError("config.json: linux.timeOffsets has no clock \"\(clock)\"; it is monotonic or boottime")
            }
            plan.namespaces.timeOffsets.append("\(clock) \(offset.secs ?? 0) \(offset.nanosecs ?? 0)\n")
        }
    }

    private var hasUserNamespace: Bool {
        plan.namespaces.makes(.user) || plan.namespaces.joins(.user)
    }

    // MARK: Root and mounts

    private mutating func addRoot() throws(RuntimeError) {
        guard let root = spec.root else { throw RuntimeError("config.json: root is missing") }
        guard !root.path.isEmpty else { throw RuntimeError("config.json: root.path is empty") }
        let path = root.path.hasPrefix("/") ? root.path : "\(context.bundle)/\(root.path)"
        plan.mountPoint = path
        plan.steps.append(.propagation(try initialPropagation()))
        guard let mount = rootMount else {
            plan.steps.append(.bindRoot(source: add(HostSource(path: path, recursive: true)), recursive: true))
            return
        }
        let options = try MountOptions(mount.options ?? [], destination: "/")
        if mount.type == "overlay" {
            plan.steps.append(.overlayRoot(try addOverlay(mount, options)))
        } else if options.isBind || mount.type == "bind" {
            guard let source = mount.source else { throw RuntimeError("config.json: the mount of / has no source") }
            let host = HostSource(path: absolute(source), recursive: options.isRecursive, idMap: try idMap(of: mount, options))
            plan.steps.append(.bindRoot(source: add(host), recursive: options.isRecursive))
        } else {
            throw RuntimeError("config.json: the mount of / is neither a bind mount nor an overlay")
        }
    }

    /// Hako's convention: a first mount whose destination is `/` is the root itself, and root.path only where it is put.
    private var rootMount: Mount? {
        guard let first = spec.mounts?.first, first.destination == "/" else { return nil }
        return first
    }

    private mutating func addOverlay(_ mount: Mount, _ options: MountOptions) throws(RuntimeError) -> OverlayPlan {
        let map = try idMap(of: mount, options)
        var overlay = OverlayPlan(lowers: [])
        var upper: String?
        var work: String?
        for datum in options.data {
            switch datum.key {
            case "lowerdir":
                overlay.lowers += OverlayPaths.split(datum.value ?? "").map { add(HostSource(path: $0, idMap: map)) }
            case "upperdir": upper = datum.value
            case "workdir": work = datum.value
            default: overlay.data.append(datum)
            }
        }
        guard !overlay.lowers.isEmpty else { throw RuntimeError("config.json: the overlay of / has no lowerdir") }
        if let upper, let work {
            let (directory, name) = OverlayPaths.directoryAndName(upper)
            let (workDirectory, workName) = OverlayPaths.directoryAndName(work)
            guard directory == workDirectory else {
                throw RuntimeError("config.json: upperdir and workdir of / have to be in the same directory")
            }
            overlay.upper = add(HostSource(path: directory, idMap: map))
            overlay.upperName = name
            overlay.workName = workName
        }
        overlay.attributes = options.set
        overlay.marksInUserAttributes = hasUserNamespace || !context.privileged
        return overlay
    }

    private mutating func addMounts() throws(RuntimeError) {
        for mount in (spec.mounts ?? []).dropFirst(rootMount == nil ? 0 : 1) { try add(mount) }
        if !secrets.isEmpty { plan.steps.append(.secrets(secrets)) }
    }

    private mutating func add(_ mount: Mount) throws(RuntimeError) {
        if mount.type == SecretPlan.fileType || mount.type == SecretPlan.variableType { return try addSecret(mount) }
        var mount = mount
        // A relative destination is one of old tools, and taken from the root.
        if !mount.destination.hasPrefix("/") {
            mount.destination = "/\(mount.destination)"
        }
        let options = try MountOptions(mount.options ?? [], destination: mount.destination)
        if mount.type == "cgroup" || mount.type == "cgroup2" {
            plan.steps.append(.cgroupMount(destination: mount.destination, attributes: options.set))
            return
        }
        let isBind = mount.isBind
        var step = MountPlan(
            destination: mount.destination, type: isBind ? nil : mount.type, sourceName: mount.source, options: options)
        if isBind {
            guard let source = mount.source, !source.isEmpty else {
                throw RuntimeError("config.json: the bind mount at \(mount.destination) has no source")
            }
            var host = HostSource(path: absolute(source), recursive: options.isRecursive, idMap: try idMap(of: mount, options))
            host.subPath = options.subPath
            host.isShared = rootPropagation == .shared
            host.findNamespace()
            step.source = add(host)
        } else if mount.type == nil {
            throw RuntimeError("config.json: the mount at \(mount.destination) has no type")
        } else if let label = plan.mountLabel, !["proc", "sysfs", "mqueue"].contains(mount.type) {
            step.options.data.append(.init("context", label))
        }
        plan.steps.append(.mount(step))
    }

    private mutating func addSecret(_ mount: Mount) throws(RuntimeError) {
        guard let path = mount.source, path.hasPrefix("/") else {
            throw RuntimeError("config.json: the secret \(mount.destination) has no source")
        }
        guard mount.type == SecretPlan.fileType else {
            plan.secretVariables.append(SecretVariable(name: mount.destination, path: path))
            return
        }
        var source = HostSource(path: path)
        source.isContent = true
        secrets.append(try SecretPlan(mount, source: add(source)))
    }

    /// - Throws: for one map without the other, and where there is none to take.
    private func idMap(of mount: Mount, _ options: MountOptions) throws(RuntimeError) -> HostSource.IDMap {
        let (uids, gids) = (mount.uidMappings ?? [], mount.gidMappings ?? [])
        guard uids.isEmpty == gids.isEmpty else {
            throw RuntimeError(
                "config.json: the mount at \(mount.destination) needs both uidMappings and gidMappings, or neither")
        }
        if !uids.isEmpty { return .own(uids, gids) }
        if options.idMap == .none { return .none }
        guard hasUserNamespace else {
            throw RuntimeError(
                "config.json: the mount at \(mount.destination) has the option idmap, but neither maps nor a user namespace")
        }
        return .container
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(context.bundle)/\(path)" }

    private mutating func add(_ source: HostSource) -> Int {
        plan.sources.append(source)
        return plan.sources.count - 1
    }

    // MARK: Devices

    private mutating func addDevices() throws(RuntimeError) {
        for device in linux.devices ?? [] where !["c", "u", "b", "p"].contains(device.type) {
            throw RuntimeError("config.json: the type \"\(device.type)\" of the device \(device.path) is none of c, u, b, p")
        }
        // A container without a /dev of its own (a plain bind) keeps the one it has.
        guard (spec.mounts ?? []).contains(where: { $0.destination == "/dev" && $0.type == "tmpfs" }) else { return }
        let named = Set((linux.devices ?? []).map(\.path))
        for device in DefaultDevices.all where !named.contains(device.path) { addNode(device) }
        for device in linux.devices ?? [] { addNode(device) }
        for (path, target) in DefaultDevices.links { plan.steps.append(.symlink(path: path, target: target)) }
    }

    /// A user namespace, be it the caller's own as with a plain user's Podman, may not make nodes: there the host's are lent.
    private mutating func addNode(_ device: Device) {
        if hasUserNamespace || !context.privileged, device.type != "p" {
            let number = FileStatus.device(major: UInt32(device.major ?? 0), minor: UInt32(device.minor ?? 0))
            plan.steps.append(.bindNode(source: add(HostSource(path: device.path, device: number)), path: device.path))
        } else {
            plan.steps.append(.node(device))
        }
    }

    // MARK: The rest

    private mutating func addSettings() throws(RuntimeError) {
        if let hostname = spec.hostname, !hostname.isEmpty {
            guard plan.namespaces.makes(.uts) else {
                throw RuntimeError("config.json: hostname is set, but there is no new uts namespace")
            }
            plan.steps.append(.hostname(hostname))
        }
        if let domain = spec.domainname, !domain.isEmpty { plan.steps.append(.domainname(domain)) }
        if plan.namespaces.makes(.network) { plan.steps.append(.loopback) }
        for (key, value) in (linux.sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
            plan.steps.append(.sysctl(path: try Sysctl.path(of: key, in: plan.namespaces.all), value: value))
        }
        try plan.process.scheduling.add(linux)
    }

    private mutating func addPathRestrictions() {
        for path in linux.readonlyPaths ?? [] { plan.steps.append(.readOnly(path: path)) }
        for path in linux.maskedPaths ?? [] { plan.steps.append(.mask(path: path)) }
    }

    private mutating func addEnd() {
        if plan.process.terminal {
            let size = spec.process?.consoleSize
            plan.steps.append(.console(columns: size?.width ?? 0, rows: size?.height ?? 0))
        }
        if plan.hooks != nil { plan.steps.append(.hooks) }
        plan.steps.append(context.withoutPivot ? .moveRoot : .pivot)
        if spec.root?.readonly == true || rootPropagation != nil {
            plan.steps.append(.rootAttributes(readOnly: spec.root?.readonly == true, propagation: rootPropagation))
        }
    }

    private var rootPropagation: MountPropagation? { linux.rootfsPropagation.flatMap { MountPropagation(name: $0) } }

    /// How the copies of the host's mounts propagate. The root's own kind comes last: pivot_root(2) takes no shared one, nor one
    /// below a shared one; a bind mount's source was taken from the host before, and stays its peer if that is wanted.
    private func initialPropagation() throws(RuntimeError) -> MountPropagation {
        guard let name = linux.rootfsPropagation, !name.isEmpty else { return .slave }
        guard let kind = MountPropagation(name: name) else {
            throw RuntimeError("config.json: linux.rootfsPropagation \"\(name)\" is none of shared, slave, private, unbindable")
        }
        return kind == .private ? .private : .slave
    }
}

extension Mount {
    /// Of a file or directory of the host's (config.md, Mounts).
    var isBind: Bool { type == "bind" || type == "none" || (options ?? []).contains { $0 == "bind" || $0 == "rbind" } }
}

extension NamespaceFlags {
    package init(_ kind: Namespace.Kind) {
        switch kind {
        case .pid: self = .pid
        case .network: self = .network
        case .mount: self = .mount
        case .ipc: self = .ipc
        case .uts: self = .uts
        case .user: self = .user
        case .cgroup: self = .cgroup
        case .time: self = .time
        }
    }
}

extension MountPropagation {
    /// From `shared`, `rshared` and so on.
    package init?(name: String) {
        switch name {
        case "shared", "rshared": self = .shared
        case "slave", "rslave": self = .slave
        case "private", "rprivate": self = .private
        case "unbindable", "runbindable": self = .unbindable
        default: return nil
        }
    }
}
