internal import Linux

/// Carrying a plan out.
extension Cgroup {
    /// Makes the groups and writes their limits. What it made goes away again when something fails.
    ///
    /// - Throws: a limit that the kernel refuses or has no file for: which, and why; a group that is in use already.
    /// - Parameter isHeld: they are there already, with a process in them.
    package static func create(_ plan: CgroupPlan, isHeld: Bool = false) throws(RuntimeError) -> Cgroup {
        var cgroup = Cgroup(id: plan.id, cgroupsPath: plan.cgroupsPath, rootless: plan.rootless, groups: [])
        var made: [String] = []
        do {
            for group in plan.groups {
                let maker = CgroupMaker(group: group, mayReuse: plan.cgroupsPath?.isEmpty == false, isHeld: isHeld)
                try Trace.purpose("make the control group \(group.directory)") { () throws(RuntimeError) in
                    try maker.makeDirectory(&made)
                }
                cgroup.groups.append(Group(directory: group.directory, isV2: group.isV2, controllers: group.controllers))
                guard group.isV2 || !group.writes.isEmpty else { continue }
                let directory = try maker.open()
                if group.isV2 { cgroup.groups[cgroup.groups.count - 1].controllers = try maker.handDown(to: directory) }
                for write in group.writes { try CgroupMaker.apply(write, in: directory, group.directory) }
            }
        } catch {
            for directory in made.reversed() { try? File.removeDirectory(directory) }
            throw error
        }
        return cgroup
    }

    /// Limits which devices the processes of the group may use: before the first of them runs what it was given.
    ///
    /// Apart from `create`, since checking a program takes the kernel half a millisecond, in which the init furnishes its root.
    package func limitDevices(_ rules: [DeviceRule]) throws(RuntimeError) {
        guard let group = v2 else { return }
        let directory = try explaining("open the control group \(group.directory)") { () throws(SystemError) in
            try File.open(group.directory, [.read, .directory])
        }
        try CgroupMaker.attach(rules, to: directory, group.directory)
    }
}

/// Makes one group.
struct CgroupMaker {
    let group: CgroupPlan.Group
    /// The path was given: a group that is there and empty is used, with the limits it has.
    let mayReuse: Bool
    /// It may hold processes: those of whoever made it for the container.
    var isHeld = false

    // MARK: Directories

    /// Makes the group's directory, and those above it that are missing, which stay for the next container.
    func makeDirectory(_ made: inout [String]) throws(RuntimeError) {
        let directory = group.directory
        try explaining("make the control group \(directory)", hint: "is it a control group tree this user may write to?") {
            () throws(SystemError) in
            if try make() { made.append(directory) }
        }
        if made.last != directory, !isHeld {
            let inUse = (try? File.readText("\(directory)/cgroup.procs"))?.isEmpty != true
            if inUse {
                throw RuntimeError("cannot make the control group \(directory): it exists and holds processes; is the id in use?")
            }
        }
        if !group.isV2, group.controllers.contains("cpuset") {
            try explaining("give the control group \(directory) its parent's processors and memory nodes") {
                () throws(SystemError) in
                try inheritProcessors(group.path)
            }
        }
    }

    func open() throws(RuntimeError) -> Descriptor {
        try explaining("open the control group \(group.directory)") { () throws(SystemError) in
            try File.open(group.directory, [.read, .directory])
        }
    }

    /// - Returns: false when it was there and is used as it is.
    private func make() throws(SystemError) -> Bool {
        let directory = group.directory
        for attempt in 0... {
            do {
                try File.makeDirectory(directory)
                return true
            } catch {
                switch error.errno {
                // Somebody may take the parent away between the two: try again.
                case .noSuchFileOrDirectory where attempt < 8: try makeParents()
                case .fileExists where mayReuse: return false
                // What an earlier container left has its limits: a fresh one is made. EBUSY: it is in use.
                case .fileExists where attempt < 8: try removeLeftover(directory)
                default: throw error
                }
            }
        }
        return true
    }

    private func removeLeftover(_ directory: String) throws(SystemError) {
        do {
            try File.removeDirectory(directory)
        } catch  where error.errno == .noSuchFileOrDirectory {
            // Somebody else was faster.
        }
    }

    private func makeParents() throws(SystemError) {
        var path = ""
        for part in group.path.split(separator: "/").dropLast() {
            path += "/" + part
            do {
                try File.makeDirectory(group.mountPoint + path)
            } catch  where error.errno == .fileExists {
                continue
            }
            // What is made in it then begins with its processors and memory nodes. cpusets(7), cgroup.clone_children.
            if !group.isV2, group.controllers.contains("cpuset") {
                try? File.command("\(group.mountPoint)\(path)/cgroup.clone_children", "1")
            }
        }
    }

    /// v1: no task enters a group whose processors or memory nodes are empty, as those of a new one are. cpusets(7).
    private func inheritProcessors(_ path: String) throws(SystemError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let parent = String(path[..<slash])
        for file in ["cpuset.cpus", "cpuset.mems"] where try File.readText("\(group.mountPoint)\(path)/\(file)").isEmpty {
            var value = try File.readText("\(group.mountPoint)\(parent)/\(file)")
            if value.isEmpty {
                try inheritProcessors(parent)
                value = try File.readText("\(group.mountPoint)\(parent)/\(file)")
            }
            try File.command("\(group.mountPoint)\(path)/\(file)", value)
        }
    }

    // MARK: Controllers

    /// v2: enables the group's controllers in those above it, where they are not yet. cgroups(7), cgroup.subtree_control.
    ///
    /// - Returns: what the group has in the end.
    func handDown(to directory: borrowing Descriptor) throws(RuntimeError) -> [String] {
        var present = controllers(of: directory)
        let missing = group.controllers.filter { !present.contains($0) }
        if missing.isEmpty { return present }
        try Trace.purpose("hand controllers down to \(group.directory)") { () throws(RuntimeError) in
            for above in levels() { try enable(missing, in: above) }
        }
        present = controllers(of: directory)
        if let absent = group.needed.first(where: { !present.contains($0) }) {
            let limit = group.writes.first { $0.controller == absent }?.limit ?? absent
            throw RuntimeError(
                "cannot limit \(limit): \(group.directory) did not get the \(absent) controller; "
                    + "enable it in cgroup.subtree_control of the groups above")
        }
        return present
    }

    private func controllers(of directory: borrowing Descriptor) -> [String] {
        ((try? directory.text("cgroup.controllers")) ?? "").split(separator: " ").map(String.init)
    }

    /// The groups above this one from which controllers are handed down, the highest first.
    private func levels() -> [String] {
        var levels = [group.mountPoint + group.handDownFrom]
        var path = group.handDownFrom
        for part in group.path.dropFirst(path.utf8.count).split(separator: "/").dropLast() {
            path += "/" + part
            levels.append(group.mountPoint + path)
        }
        return levels
    }

    /// What is wanted only may fail: then the caller reports a need that is left.
    private func enable(_ controllers: [String], in directory: String) throws(RuntimeError) {
        let enabled = Set(
            ((try? File.readText("\(directory)/cgroup.subtree_control")) ?? "").split(separator: " ").map(String.init))
        let missing = controllers.filter { !enabled.contains($0) }
        if missing.isEmpty { return }
        let file = "\(directory)/cgroup.subtree_control"
        if (try? File.command(file, missing.map { "+" + $0 }.joined(separator: " "))) != nil { return }
        for controller in missing {
            do throws(SystemError) {
                try File.command(file, "+" + controller)
            } catch {
                guard group.needed.contains(controller) else { continue }
                let limit = group.writes.first { $0.controller == controller }?.limit ?? controller
                throw RuntimeError("cannot limit \(limit): \(Self.reason(error, controller, directory))")
            }
        }
    }

    private static func reason(_ error: SystemError, _ controller: String, _ directory: String) -> String {
        switch error.errno {
        case .resourceBusy:
            "\(directory) holds processes itself, so the groups below it get no \(controller) controller; "
                + "move them into a group of their own"
        case .noSuchFileOrDirectory:
            "\(directory) does not have the \(controller) controller itself; enable it in cgroup.subtree_control above"
        case .permissionDenied, .notPermitted:
            "this user may not hand the \(controller) controller down from \(directory)"
        default: "\(directory)/cgroup.subtree_control refuses +\(controller): \(error.errno)"
        }
    }

    // MARK: Limits

    static func apply(_ write: CgroupWrite, in directory: borrowing Descriptor, _ path: String) throws(RuntimeError) {
        var applied = false
        // A closure cannot borrow the directory, and a trace wants the purpose.
        for file in write.files {
            do throws(SystemError) {
                try directory.command(file.name, file.value, purpose: write.purpose)
                applied = true
            } catch  where error.errno == .noSuchFileOrDirectory {
                continue
            } catch {
                throw RuntimeError("cannot limit \(write.limit) to \(file.value): \(reason(error, file, path))")
            }
        }
        guard applied || write.isUnlimited else {
            let names = write.files.map(\.name).joined(separator: " nor ")
            throw RuntimeError("cannot limit \(write.limit): \(names) is not provided by this kernel; leave the limit out")
        }
    }

    private static func reason(_ error: SystemError, _ file: CgroupWrite.File, _ path: String) -> String {
        let place = "\(path)/\(file.name)"
        switch error.errno {
        case .permissionDenied, .notPermitted: return "this user may not write \(place) (\(error.errno))"
        case .resourceBusy: return "more than that is in use already (\(place): \(error.errno))"
        case .operationNotSupportedByDevice, .noSuchAddressOrDevice: return "there is no such device (\(place): \(error.errno))"
        case .invalidArgument, .outOfRange: return "the kernel refuses this value (\(place): \(error.errno))"
        // 524, the kernel's own ENOTSUPP, has no name outside of it.
        case .notSupported, .init(rawValue: 524): return "this kernel does not support it (\(place): \(error.errno))"
        default: return "\(place): \(error.errno)"
        }
    }

    static func attach(_ rules: [DeviceRule], to directory: borrowing Descriptor, _ path: String) throws(RuntimeError) {
        let program = DeviceProgram.instructions(rules)
        do throws(SystemError) {
            try DeviceFilter.attach(program, to: directory)
        } catch {
            let advice = error.errno == .notPermitted ? "; it takes CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN" : ""
            throw RuntimeError(
                "cannot limit devices: no program can be attached to \(path): \(error.errno) "
                    + "(\(error.call) \(error.subject))\(advice)"
            )
        }
    }
}

extension Descriptor {
    fileprivate borrowing func command(_ file: String, _ value: String, purpose: String) throws(SystemError) {
        try Trace.purpose(purpose) { () throws(SystemError) in try command(file, value) }
    }
}
