package import Linux
package import OCI

/// Starts another process in a running container.
package enum ContainerExec {
    package struct Request: Sendable {
        package var process: Process
        package var standard: [CInt]?
        package var preservedDescriptors = 0
        package var ignoresPaused = false
        package var diesWithLauncher = true
        package var filterCache: String?
        /// The container's system call filter is not for this process.
        package var isUnfiltered = false
        /// Groups below the container's own: `Cgroup.below`.
        package var cgroups: [String] = []

        package init(process: Process) { self.process = process }
    }

    package struct Started {
        /// The caller's child.
        package let pid: Int32
        package let terminal: SharedDescriptor?
    }

    /// - Throws: when the container does not run, or the command cannot be executed.
    package static func begin(_ request: Request, id: String, root: StateRoot) throws(RuntimeError) -> Started {
        let (runtime, oci) = try root.directory(of: id).state()
        switch oci.status {
        case .running, .created: break
        case .paused where request.ignoresPaused: break
        case .paused: throw RuntimeError("cannot exec in a paused container; resume it first")
        default: throw RuntimeError("container not running")
        }
        let spec = try Bundle.load(runtime.bundle).spec
        var plan = LaunchPlan(
            namespaces: NamespacePlan(), process: try Planner.process(request.process))
        plan.namespaces.joins = try joins(of: runtime)
        plan.process.isExec = true
        let first = plan.process.scheduling.firstProcessors
        if !first.isEmpty {
            try explaining("keep to the processors of process.execCPUAffinity.initial") { () throws(SystemError) in
                try Scheduling.setAffinity(first)
            }
        }
        plan.process.preservedDescriptors = request.preservedDescriptors
        plan.steps = [.joinedRoot]
        if plan.process.terminal {
            let size = request.process.consoleSize
            plan.steps.append(.terminal(columns: size?.width ?? 0, rows: size?.height ?? 0))
        }
        let privileged = Privilege.isOverHost
        var handover = InitHandover(cgroupHost: try CgroupHost.detect(rootless: !privileged))
        handover.standard = request.standard
        handover.diesWithLauncher = request.diesWithLauncher
        let profile = request.isUnfiltered ? nil : spec.linux?.seccomp
        handover.seccompFilter = try profile.map { profile throws(RuntimeError) in
            try SeccompFilter.compile(profile, cache: request.filterCache)
        }
        let cgroup = try placement(of: request, in: runtime)
        let launched = try Launcher(plan: plan, handover: handover, cgroup: cgroup, privileged: privileged).launch()
        try launched.release()
        let outcome = try launched.finish(listener: SeccompListener(profile, oci))
        return Started(pid: launched.handOver(), terminal: outcome.terminal)
    }

    private static func placement(of request: Request, in runtime: RuntimeState) throws(RuntimeError) -> Cgroup {
        let cgroup = runtime.cgroup ?? Cgroup()
        return request.cgroups.isEmpty ? try cgroup.besideInit(runtime.pid) : try cgroup.below(request.cgroups)
    }

    /// All namespaces of the container's init that are not the caller's own. The init is still the one that was
    /// recorded after they are listed: its id was not given to another process meanwhile.
    static func joins(of runtime: RuntimeState) throws(RuntimeError) -> [NamespacePlan.Join] {
        let names: [(String, NamespaceFlags)] = [
            ("user", .user), ("ipc", .ipc), ("uts", .uts), ("net", .network), ("pid", .pid), ("cgroup", .cgroup),
            ("time", .time), ("mnt", .mount),
        ]
        var joins: [NamespacePlan.Join] = []
        try explaining("look at the container's namespaces") { () throws(SystemError) in
            for (name, kind) in names {
                let path = "/proc/\(runtime.pid)/ns/\(name)"
                guard File.exists(path) else { continue }
                if try File.readLink(path) != File.readLink("/proc/self/ns/\(name)") {
                    joins.append(.init(kind: kind, path: path))
                }
            }
        }
        guard Processes.isAlive(runtime.pid, startTime: runtime.startTime) else { throw RuntimeError("container not running") }
        return joins
    }
}
