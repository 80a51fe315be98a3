internal import Linux

/// Where in a container's groups a further process goes.
extension Cgroup {
    /// These groups with those below that `exec --cgroup` names in place of the container's own.
    ///
    /// - Parameter choices: `PATH` for every hierarchy, or `CONTROLLER[,CONTROLLER...]:PATH` for those of v1. A path is below the
    ///   container's own group, and has to exist.
    package func below(_ choices: [String]) throws(RuntimeError) -> Cgroup {
        var chosen = self
        for choice in choices {
            let parts = choice.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[parts.count - 1]
            let names = parts.count == 2 ? parts[0].split(separator: ",").map(String.init) : []
            let components = path.split(separator: "/")
            guard !components.contains("..") else {
                throw RuntimeError("the control group \"\(path)\" is not below the container's")
            }
            guard !isEmpty else { throw RuntimeError("the container has no control group, so none below it") }
            for name in names where !groups.contains(where: { $0.controllers.contains(name) }) {
                throw RuntimeError("the container is in no control group of \"\(name)\"")
            }
            let below = components.map { "/\($0)" }.joined()
            for index in groups.indices where names.isEmpty || names.contains(where: groups[index].controllers.contains) {
                chosen.groups[index].directory = groups[index].directory + below
                guard File.exists(chosen.groups[index].directory) else {
                    throw RuntimeError("there is no control group \(chosen.groups[index].directory)")
                }
            }
        }
        return chosen
    }

    /// These groups, with v2's replaced by that of the container's init if it can hold no process: it hands controllers on to
    /// groups that were made inside, as systemd does. cgroups(7), No internal processes.
    package func besideInit(_ pid: Int32) throws(RuntimeError) -> Cgroup {
        guard let index = groups.firstIndex(where: \.isV2) else { return self }
        let directory = groups[index].directory
        let handedOn = (try? File.readText("\(directory)/cgroup.subtree_control")) ?? ""
        guard !handedOn.isEmpty else { return self }
        let seen = try explaining("find the control group of process \(pid)") { () throws(SystemError) in
            CgroupHost(mountInfo: try File.read("/proc/self/mountinfo"), ownGroups: try File.readText("/proc/\(pid)/cgroup"))
        }
        // Elsewhere it was moved from outside, to where a process of the container's is not to follow.
        guard let tree = seen.v2, let group = tree.ownGroup, (tree.mountPoint + group).hasPrefix(directory + "/") else {
            return self
        }
        var moved = self
        moved.groups[index].directory = tree.mountPoint + group
        return moved
    }

    // MARK: systemd's

    /// Whether a process of the caller's can go to the container's group by itself: one that systemd has made for a plain user may be
    /// on the other side of a group that is not the user's. cgroups(7), Delegation containment.
    package func isWithinReach(of host: CgroupHost) -> Bool {
        guard unit != nil, rootless, let tree = host.v2, let own = tree.ownGroup, let group = v2 else { return true }
        let target = group.directory.dropFirst(tree.mountPoint.utf8.count)
        let common = CgroupHost.ancestors(of: own).first { $0.isEmpty || target == $0 || target.hasPrefix($0 + "/") } ?? ""
        return File.isWritable("\(tree.mountPoint)\(common)/cgroup.procs")
    }

    /// Has systemd move a process into its unit, where the group below it is the container's own.
    package func moveThroughSystemd(_ pid: Int32) throws(RuntimeError) {
        guard let unit, let group = v2 else { return }
        // `/a.slice/b.scope/below`: a unit's name is in its group's path once.
        let parts = group.directory.split(separator: "/")
        let below = parts.firstIndex { $0 == unit }.map { parts[($0 + 1)...].map { "/\($0)" }.joined() } ?? ""
        try Trace.purpose("have systemd move the process into \(unit)") { () throws(RuntimeError) in
            try SystemdScope.attach(pid, to: unit, below: below, isUser: rootless)
        }
    }
}
