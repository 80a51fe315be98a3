package import Linux

/// The control group hierarchies this machine mounts, and where in them the caller is. cgroups(7).
package struct CgroupHost: Sendable, Equatable {
    /// One mounted hierarchy.
    package struct Hierarchy: Sendable, Equatable {
        package var isV2: Bool
        /// v1: what the mount is for (`cpu`, `cpuacct`, `name=systemd`). v2: what the group at the mount offers.
        package var controllers: [String]
        package var mountPoint: String
        /// The caller's group as a path below the mount point, `/` being the mount point; nil when it lies outside.
        package var ownGroup: String?
        /// The group below which a caller without privilege may make groups; nil where there is none.
        package var delegatedGroup: String?
        /// Whether groups below `delegatedGroup` can have controllers: not while it holds processes itself.
        package var delegatesControllers = true

        package init(isV2: Bool, controllers: [String], mountPoint: String, ownGroup: String?) {
            self.isV2 = isV2
            self.controllers = controllers
            self.mountPoint = mountPoint
            self.ownGroup = ownGroup
        }

        /// The customary name of the hierarchy's directory: `cpu,cpuacct`, `systemd`.
        package var directoryName: String {
            controllers.map { $0.hasPrefix("name=") ? String($0.dropFirst(5)) : $0 }.joined(separator: ",")
        }

        /// What a new mount of a v1 hierarchy says to get this one: flags, and `name=` for one without controllers.
        package var mountOptions: [FileSystemOption] {
            var options: [FileSystemOption] = []
            if controllers.allSatisfy({ $0.hasPrefix("name=") }) { options.append(.init("none")) }
            for controller in controllers {
                options.append(controller.hasPrefix("name=") ? .init("name", String(controller.dropFirst(5))) : .init(controller))
            }
            return options
        }
    }

    /// The v2 tree: the only one, or the one beside v1 hierarchies (hybrid).
    package var v2: Hierarchy?
    package var v1: [Hierarchy]

    package init(v2: Hierarchy?, v1: [Hierarchy]) {
        self.v2 = v2
        self.v1 = v1
    }

    /// As a process sees it that goes into some directories of v1 hierarchies, and stays where it is in the others.
    ///
    /// - Parameter directories: nil for one whose namespace starts at another's groups.
    mutating func enter(_ directories: [String]?) {
        for index in v1.indices {
            guard let directories else {
                v1[index].ownGroup = nil
                continue
            }
            let mountPoint = v1[index].mountPoint
            for directory in directories {
                if let group = Self.relative(directory, toRoot: mountPoint) { v1[index].ownGroup = group }
            }
        }
    }

    package var isHybrid: Bool { v2 != nil && !v1.isEmpty }

    /// The hierarchy that limits by `controller`; nil when none that is mounted does.
    package func hierarchy(of controller: String) -> Hierarchy? {
        v1.first { $0.controllers.contains(controller) } ?? v2.flatMap { $0.controllers.contains(controller) ? $0 : nil }
    }

    /// Whether a group of the caller's can be limited by `controller`.
    package func canLimit(_ controller: String, rootless: Bool) -> Bool {
        guard let hierarchy = hierarchy(of: controller) else { return false }
        return !rootless || (hierarchy.delegatedGroup != nil && hierarchy.delegatesControllers)
    }

    // MARK: Finding out

    /// Reads /proc/self/mountinfo and /proc/self/cgroup, and what the v2 tree offers; for a caller without privilege
    /// also which group is its own to divide. Without a mounted hierarchy both are empty.
    package static func detect(rootless: Bool = false) throws(RuntimeError) -> CgroupHost {
        var host = try explaining("read which control groups are mounted") { () throws(SystemError) in
            let mounts = try File.read("/proc/self/mountinfo")
            // A kernel without control groups has no such file.
            let own = (try? File.readText("/proc/self/cgroup")) ?? ""
            return CgroupHost(mountInfo: mounts, ownGroups: own)
        }
        if let v2 = host.v2 {
            let offered = try? File.readText("\(v2.mountPoint)/cgroup.controllers")
            host.v2?.controllers = (offered ?? "").split(separator: " ").map(String.init)
        }
        if rootless { host.findDelegation() }
        return host
    }

    /// This host as it is for a group of the v2 tree that was made for the caller: it may divide that, and nothing of v1.
    func asDelegated(at group: String) -> CgroupHost {
        guard var tree = v2 else { return self }
        tree.delegatedGroup = group
        tree.delegatesControllers = true
        let offered = try? File.readText("\(tree.mountPoint)\(group)/cgroup.controllers")
        tree.controllers = (offered ?? "").split(separator: " ").map(String.init)
        return CgroupHost(v2: tree, v1: [])
    }

    private mutating func findDelegation() {
        for index in v1.indices {
            guard let own = v1[index].ownGroup, File.isWritable(v1[index].mountPoint + own) else { continue }
            v1[index].delegatedGroup = own
        }
        guard let tree = v2, let own = tree.ownGroup else { return }
        var fallback: String?
        for group in Self.ancestors(of: own) {
            let directory = tree.mountPoint + group
            // A process moves only below a group whose cgroup.procs it may write.
            guard File.isWritable(directory), File.isWritable("\(directory)/cgroup.procs") else { break }
            if fallback == nil { fallback = group }
            if (try? File.readText("\(directory)/cgroup.procs"))?.isEmpty == true {
                v2?.delegatedGroup = group
                v2?.controllers = ((try? File.readText("\(directory)/cgroup.controllers")) ?? "")
                    .split(separator: " ").map(String.init)
                return
            }
        }
        v2?.delegatedGroup = fallback
        v2?.delegatesControllers = false
    }

    /// A group, the one above it, and so on to the top: `/a/b`, `/a`, ``.
    static func ancestors(of group: String) -> [String] {
        var path = group == "/" ? "" : group
        var all = [path]
        while let slash = path.lastIndex(of: "/") {
            path = String(path[..<slash])
            all.append(path)
        }
        return all
    }
}
