package import Linux
internal import OCI

/// Bringing a container to life: state directory, control group, init. What fails half-way is undone.
package struct ContainerLaunch {
    package struct Request: Sendable {
        package var id: String
        package var bundle: String
        /// The process waits for `start`; otherwise it executes at once.
        package var waitsForStart = false
        /// Standard input, output and error; nil where the caller's are kept.
        package var standard: [CInt]?
        package var preservedDescriptors = 0
        package var makesKeyring = true
        /// The machine's root is a ramdisk.
        package var withoutPivot = false
        package var usesReaper = false
        /// The configuration has ids as the host has them, and this process is in a user namespace.
        package var translatesIDs = false
        package var diesWithLauncher = true
        package var filterCache: String?
        package var cgroupManager = CgroupManager.cgroupfs
        /// Network devices are connected while the init works.
        var awaitsDevices = false
        /// Where it is known already.
        var cgroupHost: CgroupHost?

        package init(id: String, bundle: String) {
            self.id = id
            self.bundle = bundle
        }
    }

    package let directory: StateDirectory
    package let state: RuntimeState
    /// The controlling side of the container's terminal.
    package let terminal: SharedDescriptor?
    package let warnings: [String]

    /// Removes what the container leaves once its process is gone.
    ///
    /// - Returns: what its hooks complain of.
    @discardableResult
    package func end() throws(RuntimeError) -> [String] {
        try state.cgroup?.remove()
        directory.remove()
        return state.runStopHooks()
    }

    /// The hooks after the start; where one fails, the container ends (runtime.md, Lifecycle, 9).
    func afterStart() throws(RuntimeError) {
        do throws(RuntimeError) { try HookRunner.run(state.hooks?.poststart ?? [], "poststart", state.told(.running)) } catch {
            try? Processes.kill(state.pid, Signals.kill)
            _ = try? Processes.wait(for: state.pid)
            throw error
        }
    }

    /// Starts the init of a bundle's container and waits until it executes, or until it waits for `start`.
    ///
    /// - Parameter connect: gets the init's process id while the init mounts its files; before the command executes, it is done.
    /// - Parameter disconnect: takes that back where the launch fails, while the state directory is still there.
    package static func begin(
        _ request: Request, root: StateRoot, connect: (Int32) throws(RuntimeError) -> Void = { _ in },
        disconnect: () -> Void = {}
    ) throws(RuntimeError) -> ContainerLaunch {
        let directory = try root.directory(of: request.id)
        let bundle = try Trace.purpose("read the bundle") { () throws(RuntimeError) in
            try SharedNamespaces.resolve(try Bundle.load(request.bundle), in: root)
        }
        let privileged = Privilege.isOverHost
        var context = PlanContext(bundle: bundle.path, privileged: privileged, containerID: request.id)
        context.joinsKeyring = request.makesKeyring
        context.waitsForStart = request.waitsForStart
        context.withoutPivot = request.withoutPivot
        var plan = try Planner.plan(bundle.spec, in: context)
        if request.translatesIDs { plan.identity = try plan.identity?.within(OwnIDs.read()) }
        plan.process.usesReaper = request.usesReaper
        plan.process.preservedDescriptors = request.preservedDescriptors
        for secret in plan.secretVariables { plan.process.environment.append(try secret.read()) }
        let host: CgroupHost
        if let known = request.cgroupHost { host = known } else { host = try CgroupHost.detect(rootless: !privileged) }
        var setup = try CgroupSetup.planned(
            bundle.spec, id: request.id, manager: request.cgroupManager, host: host, rootless: !privileged,
            everywhere: privileged && !plan.namespaces.all.contains(.cgroup))
        try Trace.purpose("claim the id \(request.id)") { () throws(RuntimeError) in
            try directory.claim()
            try directory.saveIntended(setup.intended)
        }
        var cgroup: Cgroup?
        var hooked: RuntimeState?
        do throws(RuntimeError) {
            let made = try Trace.purpose("make the control group and set its limits") { () throws(RuntimeError) in
                try setup.make()
            }
            cgroup = made
            var handover = InitHandover(cgroupHost: host)
            handover.seccompFilter = try bundle.spec.linux?.seccomp.map { profile throws(RuntimeError) in
                try SeccompFilter.compile(profile, cache: request.filterCache)
            }
            handover.standard = request.standard
            handover.diesWithLauncher = request.diesWithLauncher
            handover.awaitsDevices = request.awaitsDevices
            return try launch(plan, bundle, made, setup.deviceRules, handover, request, directory, privileged, connect, &hooked)
        } catch {
            disconnect()
            try? cgroup?.remove()
            directory.remove()
            // What the hooks before had set up is theirs to take away (runtime.md, Lifecycle, 3 to 9 and 13).
            _ = hooked?.runStopHooks()
            throw error
        }
    }

    private static func launch(
        _ plan: LaunchPlan, _ bundle: Bundle, _ cgroup: Cgroup, _ rules: [DeviceRule]?, _ base: InitHandover, _ request: Request,
        _ directory: StateDirectory, _ privileged: Bool, _ connect: (Int32) throws(RuntimeError) -> Void,
        _ hooked: inout RuntimeState?
    ) throws(RuntimeError) -> ContainerLaunch {
        var handover = base
        if request.waitsForStart {
            handover.startSocket = try explaining("make the start socket") { () throws(SystemError) in
                try Sockets.listen(at: directory.startSocket, .messages).release()
            }
        }
        defer { if let raw = handover.startSocket { _ = Descriptor(owning: raw) } }
        let launched = try Launcher(plan: plan, handover: handover, cgroup: cgroup, privileged: privileged).launch()
        do throws(RuntimeError) { try connect(launched.pid) } catch {
            // Where the init has ended meanwhile, there is nothing to connect: why, it has told.
            if launched.hasEnded { _ = try launched.finish() }
            throw error
        }
        if let rules {
            try Trace.purpose("limit the devices the container may use") { () throws(RuntimeError) in
                try cgroup.limitDevices(rules)
            }
        }
        var state = try RuntimeState(of: launched.pid, id: request.id, bundle, cgroup)
        state.terminal = plan.process.terminal
        let record = state
        try Trace.purpose("record the container's state") { () throws(RuntimeError) in try directory.save(record) }
        // With hooks, the command is released when they have run.
        if plan.hooks == nil { try launched.release() }
        let told = record.told(.creating)
        var hooksBegan = false
        defer { if hooksBegan { hooked = record } }
        let outcome = try launched.finish(
            hooks: { () throws(RuntimeError) in
                hooksBegan = true
                try HookRunner.run(bundle.spec.hooks?.prestart ?? [], "prestart", told)
                try HookRunner.run(bundle.spec.hooks?.createRuntime ?? [], "createRuntime", told)
            }, listener: SeccompListener(bundle.spec.linux?.seccomp, told))
        _ = launched.handOver()
        let launch = ContainerLaunch(directory: directory, state: state, terminal: outcome.terminal, warnings: outcome.warnings)
        if !request.waitsForStart {
            hooksBegan = true
            try launch.afterStart()
        }
        return launch
    }
}

/// What the caller may do to the host.
package enum Privilege {
    /// Root of the initial user namespace: the one whose map covers all ids.
    package static var isOverHost: Bool {
        guard Processes.userID == 0 else { return false }
        let map = (try? File.read("/proc/self/uid_map", limit: 4096)) ?? []
        return map.filter { $0 != UInt8(ascii: " ") } == Array("004294967295\n".utf8)
    }
}
