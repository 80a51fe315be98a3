internal import Linux
package import OCI

/// Changing limits while the container runs.
extension Cgroup {
    /// Writes what `resources` sets and leaves the rest. A limit whose controller the container had no group for gets one now,
    /// and the processes move there.
    ///
    /// - Throws: a limit that the host cannot apply; those before it stay changed. Device rules, which cannot be.
    package mutating func update(_ resources: Resources) throws(RuntimeError) {
        if resources.devices?.isEmpty == false {
            throw RuntimeError("cannot change the device rules of the running container \(id): they are fixed when it is made")
        }
        if isEmpty {
            throw RuntimeError("cannot limit the container \(id): it was started without control groups")
        }
        var host = try CgroupHost.detect(rootless: rootless)
        if unit != nil, rootless, let cgroupsPath { host = host.asDelegated(at: cgroupsPath) }
        let plan = try CgroupPlan(
            id: id, cgroupsPath: cgroupsPath, resources: resources, host: host, rootless: rootless, forUpdate: true)
        if let unit { try SystemdScope.set(SystemdProperty.all(of: plan.writes), of: unit, isUser: rootless) }
        for planned in plan.groups where !planned.writes.isEmpty {
            try apply(planned, checkMemory: resources.memory?.checkBeforeUpdate == true)
        }
    }

    private mutating func apply(_ planned: CgroupPlan.Group, checkMemory: Bool) throws(RuntimeError) {
        var planned = planned
        if let index = groups.firstIndex(where: { $0.directory.hasPrefix(planned.mountPoint + "/") && $0.isV2 == planned.isV2 }) {
            planned.path = String(groups[index].directory.dropFirst(planned.mountPoint.utf8.count))
            let maker = CgroupMaker(group: planned, mayReuse: true)
            let directory = try maker.open()
            if planned.isV2 {
                groups[index].controllers = try maker.handDown(to: directory)
                if checkMemory { try checkUsage(planned, directory) }
            }
            try Self.write(planned.writes, to: directory, planned.directory)
            return
        }
        var made: [String] = []
        let maker = CgroupMaker(group: planned, mayReuse: false)
        try maker.makeDirectory(&made)
        groups.append(Group(directory: planned.directory, isV2: planned.isV2, controllers: planned.controllers))
        try Self.write(planned.writes, to: maker.open(), planned.directory)
        try moveAll(to: planned.directory)
    }

    /// v1 refuses a limit of memory above that of memory and swap together, and the reverse: what fails goes last.
    private static func write(
        _ writes: [CgroupWrite], to directory: borrowing Descriptor, _ path: String
    ) throws(RuntimeError) {
        var later: [CgroupWrite] = []
        for write in writes {
            do throws(RuntimeError) {
                try CgroupMaker.apply(write, in: directory, path)
            } catch {
                let isPaired = ["memory.limit_in_bytes", "cpu.cfs_period_us", "cpu.rt_period_us"].contains(write.files[0].name)
                guard isPaired else { throw error }
                later.append(write)
            }
        }
        for write in later { try CgroupMaker.apply(write, in: directory, path) }
    }

    /// config-linux.md, Memory: checkBeforeUpdate. v2 would end processes to get below a new limit.
    private func checkUsage(_ planned: CgroupPlan.Group, _ directory: borrowing Descriptor) throws(RuntimeError) {
        guard let write = planned.writes.first(where: { $0.files[0].name == "memory.max" }), !write.isUnlimited,
            let limit = UInt64(write.files[0].value)
        else { return }
        let text = try explaining("read how much memory \(planned.directory) uses") { () throws(SystemError) in
            try directory.text("memory.current")
        }
        if let used = UInt64(text), used > limit {
            throw RuntimeError("cannot limit memory to \(limit): the container uses \(used) bytes already")
        }
    }

    /// Until none is outside: a process may fork while others move.
    private func moveAll(to directory: String) throws(RuntimeError) {
        for _ in 0..<100 {
            let inside = Set((try? Self.processes(below: directory)) ?? [])
            let outside = try processes().filter { !inside.contains($0) }
            if outside.isEmpty { return }
            for id in outside {
                do throws(SystemError) {
                    try File.command("\(directory)/cgroup.procs", "\(id)")
                } catch  where error.errno == .noSuchProcess {
                    continue
                } catch {
                    throw RuntimeError("cannot move process \(id) into \(directory): \(error.errno)")
                }
            }
        }
        throw RuntimeError("cannot move the processes of the container \(id) into \(directory): there are always new ones")
    }
}
