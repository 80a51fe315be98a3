internal import Linux
package import OCI

/// The control groups a container gets, as data: directories to make and what to write into their files, in order.
///
/// **Which groups.** With a v2 tree there is always a group in it: it tracks, kills and freezes, and carries the device
/// program. Beside it, on a hybrid host, a v1 group is made only where a limit needs one, and for memory, which tells
/// whether the OOM killer struck. On pure v1 every hierarchy gets one. Measured on a hybrid 6.18 kernel with 2 cores, medians
/// in ms of mkdir, self-join (`0` into `tasks`) and rmdir together, back to back and after a pause of 20 ms:
///
///     cpu .08 .20   cpuacct .07 .18   cpuset .13 .28   memory .09 .21   devices .04 .14
///     freezer .04 .13   blkio .06 .16   pids .06 .13   name= .05 .14   v2 (born in it) .06 .13
///
/// All nine would add 1.6 ms to a cold start; v2, memory and pids add 0.5. A self-join through v2's `cgroup.procs` takes 19 ms
/// after a pause, which is why the process is born there (CLONE_INTO_CGROUP) instead.
package struct CgroupPlan: Sendable, Equatable {
    /// One directory of one hierarchy.
    package struct Group: Sendable, Equatable {
        package var isV2: Bool
        package var mountPoint: String
        /// Below the mount point: `/hako/a`.
        package var path: String
        /// v1: those of the hierarchy. v2: those it should have, in no order.
        package var controllers: [String]
        /// v2: those without which a limit would not hold.
        package var needed: [String] = []
        /// v2: the group from which on controllers may be handed down; "" is the mount point's.
        package var handDownFrom = ""
        package var writes: [CgroupWrite] = []

        package var directory: String { mountPoint + path }
    }

    package var id: String
    package var cgroupsPath: String?
    package var rootless: Bool
    package var groups: [Group]
    /// What decides which devices the container may use: a program on the v2 group, for `limitDevices`. Nil where v1 files say
    /// so, nothing is denied, or the caller has no privilege.
    package var deviceRules: [DeviceRule]?

    /// The process is born in its v2 group with CLONE_INTO_CGROUP.
    package var clonesIntoGroup: Bool { groups.contains(where: \.isV2) }

    /// All writes, for `--explain` and tests.
    package var writes: [CgroupWrite] { groups.flatMap(\.writes) }

    /// The groups that carrying it out will make: those that are not there yet.
    package var intended: Cgroup {
        let missing = groups.filter { !File.exists($0.directory) }
        return Cgroup(
            id: id, cgroupsPath: cgroupsPath, rootless: rootless,
            groups: missing.map { Cgroup.Group(directory: $0.directory, isV2: $0.isV2, controllers: $0.controllers) })
    }

    /// - Parameters:
    ///   - cgroupsPath: `linux.cgroupsPath`; nil or empty for one after the id.
    ///   - host: with what is delegated to the caller, when `rootless`.
    ///   - rootless: the caller has no privilege over the host's groups.
    ///   - everywhere: a group in each hierarchy, for a container that sees the host's trees instead of a namespace's.
    /// - Throws: a limit that this host cannot apply.
    package init(
        id: String, cgroupsPath: String?, resources: Resources?, host: CgroupHost, rootless: Bool, forUpdate: Bool = false,
        everywhere: Bool = false
    ) throws(RuntimeError) {
        self.id = id
        self.cgroupsPath = cgroupsPath
        self.rootless = rootless
        groups = []
        let path = try CgroupPath(cgroupsPath: cgroupsPath, id: id)
        var planner = CgroupPlanner(host: host, path: path, rootless: rootless)
        if let resources { try planner.add(resources, forUpdate: forUpdate) }
        planner.addStandingGroups(everywhere: everywhere)
        groups = planner.groups
        deviceRules = planner.deviceRules
    }
}

/// Collects a plan's groups: each limit goes to the hierarchy that has its controller.
private struct CgroupPlanner {
    let host: CgroupHost
    let path: CgroupPath
    let rootless: Bool
    var groups: [CgroupPlan.Group] = []
    var deviceRules: [DeviceRule]?

    mutating func add(_ resources: Resources, forUpdate: Bool) throws(RuntimeError) {
        if let memory = resources.memory {
            try add("memory") { limits throws(RuntimeError) in try limits.add(memory, forUpdate: forUpdate) }
        }
        if let cpu = resources.cpu { try add("cpu") { limits throws(RuntimeError) in try limits.add(cpu) } }
        if let pids = resources.pids { try add("pids") { limits in limits.add(pids) } }
        if let io = resources.blockIO { try add("blkio", "io") { limits throws(RuntimeError) in try limits.add(io) } }
        for huge in resources.hugepageLimits ?? [] {
            try add("hugetlb") { limits throws(RuntimeError) in try limits.add(huge) }
        }
        if let network = resources.network {
            try add("net_cls") { limits throws(RuntimeError) in try limits.add(network) }
        }
        if let rdma = resources.rdma { try add("rdma") { limits in limits.add(rdma: rdma) } }
        if let unified = resources.unified, !unified.isEmpty { try add(unified: unified) }
        if let devices = resources.devices, !devices.isEmpty { try add(devices) }
    }

    /// Words limits for the version that has the controller, and places what comes out.
    private mutating func add(
        _ controller: String, _ v2Name: String? = nil, _ fill: (inout CgroupLimits) throws(RuntimeError) -> Void
    ) throws(RuntimeError) {
        let isV1 = host.v1.contains { $0.controllers.contains(controller) }
        // Where nobody has it, the message that follows names the controller as the host's main version calls it.
        var limits = CgroupLimits(isV2: !isV1 && (host.v1.isEmpty || host.hierarchy(of: v2Name ?? controller) != nil))
        try fill(&limits)
        for write in limits.writes { try place(write) }
    }

    private mutating func place(_ write: CgroupWrite) throws(RuntimeError) {
        guard let hierarchy = host.hierarchy(of: write.controller) else {
            if write.isUnlimited { return }
            throw RuntimeError(
                "cannot limit \(write.limit): \(write.files[0].name) needs the \(write.controller) controller, which "
                    + (rootless && host.v1.isEmpty ? "is not delegated to this user" : "this host does not mount"))
        }
        guard let index = index(of: hierarchy), !rootless || hierarchy.delegatesControllers else {
            if write.isUnlimited { return }
            throw RuntimeError(
                "cannot limit \(write.limit): this user may not divide the \(write.controller) control group it is in; "
                    + "run it as root, or below a delegated cgroup v2 (systemd-run --user --scope -p Delegate=yes)")
        }
        groups[index].writes.append(write)
        if hierarchy.isV2 {
            if !groups[index].needed.contains(write.controller) { groups[index].needed.append(write.controller) }
            if !groups[index].controllers.contains(write.controller) { groups[index].controllers.append(write.controller) }
        }
    }

    /// The group of a hierarchy, added when it is not there; nil where the caller may make none.
    private mutating func index(of hierarchy: CgroupHost.Hierarchy) -> Int? {
        if let index = groups.firstIndex(where: { $0.mountPoint == hierarchy.mountPoint }) { return index }
        guard let path = path.resolved(in: hierarchy, rootless: rootless) else { return nil }
        var group = CgroupPlan.Group(
            isV2: hierarchy.isV2, mountPoint: hierarchy.mountPoint, path: path,
            controllers: hierarchy.isV2 ? [] : hierarchy.controllers)
        if hierarchy.isV2, rootless, let top = hierarchy.delegatedGroup, top != "/", path.hasPrefix(top + "/") {
            group.handDownFrom = top
        }
        groups.append(group)
        return groups.count - 1
    }

    /// The groups a container has whatever its limits: see `CgroupPlan`.
    /// - Parameter everywhere: in each v1 hierarchy, also beside a v2 tree.
    mutating func addStandingGroups(everywhere: Bool) {
        if let tree = host.v2, let index = index(of: tree), !rootless || tree.delegatesControllers {
            // Wanted, not needed: they tell of memory and processes, and OOM kills.
            for controller in ["memory", "pids"]
            where tree.controllers.contains(controller) && !groups[index].controllers.contains(controller) {
                groups[index].controllers.append(controller)
            }
        }
        for hierarchy in host.v1 where everywhere || host.v2 == nil || hierarchy.controllers.contains("memory") {
            _ = index(of: hierarchy)
        }
        // The v2 group last: by then every limit is set.
        groups.sort { !$0.isV2 && $1.isV2 }
    }

    // MARK: Verbatim files, devices

    private mutating func add(unified: [String: String]) throws(RuntimeError) {
        guard host.v2 != nil else {
            throw RuntimeError("cannot write the unified resources: this host mounts no cgroup v2")
        }
        for (file, value) in unified.sorted(by: { $0.key < $1.key }) {
            let controller = String(file.prefix { $0 != "." })
            guard !file.contains("/"), !file.utf8.contains(0), controller.utf8.count < file.utf8.count, !controller.isEmpty else {
                throw RuntimeError(
                    "cannot write the unified resource \"\(file)\": it must be a file of a control group, such as memory.high")
            }
            try place(verbatim: CgroupWrite(controller, file, value, file))
        }
    }

    private mutating func place(verbatim write: CgroupWrite) throws(RuntimeError) {
        guard let tree = host.v2, let index = index(of: tree) else {
            throw RuntimeError(
                "cannot write \(write.limit): this user may make no cgroup v2 group; run it as root or below a delegated one")
        }
        if write.controller != "cgroup" {
            guard tree.controllers.contains(write.controller), !rootless || tree.delegatesControllers else {
                throw RuntimeError(
                    "cannot write \(write.limit): the cgroup v2 tree at \(tree.mountPoint) does not offer \(write.controller)")
            }
            if !groups[index].needed.contains(write.controller) { groups[index].needed.append(write.controller) }
            if !groups[index].controllers.contains(write.controller) { groups[index].controllers.append(write.controller) }
        }
        groups[index].writes.append(write)
    }

    /// A plain user has no device nodes to make and no right to attach a program: the nodes' permissions stand alone.
    private mutating func add(_ rules: [Resources.DeviceRule]) throws(RuntimeError) {
        var all: [DeviceRule] = []
        for rule in rules { all += try DeviceRule.all(from: rule) }
        guard !rootless, rules.contains(where: { !$0.allow }) else { return }
        all += DeviceRule.always
        if host.v2 != nil {
            deviceRules = all
            return
        }
        guard let hierarchy = host.hierarchy(of: "devices"), let index = index(of: hierarchy) else {
            throw RuntimeError("cannot limit devices: this host mounts neither cgroup v2 nor the devices controller")
        }
        for rule in all {
            let file = rule.allow ? "devices.allow" : "devices.deny"
            groups[index].writes.append(CgroupWrite("devices", file, rule.text, "devices"))
        }
    }
}
