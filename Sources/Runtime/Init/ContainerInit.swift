internal import Linux
internal import OCI

/// The container's first process, from clone to exec: carries out the plan inside the new namespaces.
///
/// It runs in a copy of the launcher's memory. Nothing here returns to the caller: it executes the command, or sends
/// the error to the launcher and ends.
struct ContainerInit: ~Copyable {
    let plan: LaunchPlan
    let handover: InitHandover
    let channel: Descriptor
    /// Detached mounts by source number, -1 where there is none (yet).
    private var sources: [CInt]
    private var terminal: CInt = -1
    private var labels: LabelFile?
    /// What the hooks before the command are told.
    private var startState: ContainerState?

    init(plan: LaunchPlan, handover: InitHandover, channel: consuming Descriptor) {
        self.plan = plan
        self.handover = handover
        self.channel = channel
        sources = [CInt](repeating: -1, count: plan.sources.count)
    }

    consuming func run() -> Never {
        Trace.becomes("init")
        do throws(RuntimeError) {
            try enter()
            try furnish()
            if plan.onlyFurnishes { Processes.exitNow(0) }
            try becomeCommand()
        } catch {
            try? InitMessage.failed(error.kind, error.message).send(on: channel)
            Processes.exitNow(1)
        }
    }

    // MARK: Entering

    /// Joins the control groups, takes what belongs to the host, and becomes root of the user namespace.
    private mutating func enter() throws(RuntimeError) {
        try explaining("tie the init to its parent") { () throws(SystemError) in try Processes.dieWithParent(Signals.kill) }
        try handover.hide()
        try Trace.purpose("join the control groups by itself, which is fastest") { () throws(RuntimeError) in
            for join in handover.cgroupJoins {
                try explaining("join a control group") { () throws(SystemError) in
                    try Descriptor(owning: join).write("0")
                }
            }
        }
        try useProc()
        // A plain user's rights to what its subordinate ids own come with the maps, and root's end with the change of user.
        let opensEarly = plan.identity == nil || handover.launcherSendsSources
        if opensEarly { try openHostsPart() }
        if plan.identity != nil || handover.waitsForLauncher { try receiveFromLauncher() }
        if !opensEarly { try openHostsPart() }
        if !handover.lateNamespaces.isEmpty {
            try explaining("make a control group namespace") { () throws(SystemError) in
                try Namespaces.unshare(handover.lateNamespaces)
            }
        }
        guard plan.namespaces.all.contains(.user) else { return }
        try Trace.purpose("become root of the user namespace") { () throws(RuntimeError) in try becomeRoot() }
        if handover.isOpenedByNetwork {
            // Its root may be another id than the user's: then the change has closed it.
            try explaining("let the network's program in") { () throws(SystemError) in try Processes.setDumpable(true) }
        }
        // The change of user has cleared the tie.
        try explaining("tie the init to its parent") { () throws(SystemError) in try Processes.dieWithParent(Signals.kill) }
    }

    /// The host's ids have no name in there: files made as one of them would be nobody's. A namespace that is joined may have no
    /// root, and what it has is not always known.
    private func becomeRoot() throws(RuntimeError) {
        guard let identity = plan.identity ?? plan.joinedIdentity else {
            try? Credentials.setGroup(0)
            try? Credentials.setUser(0)
            return
        }
        let uid = identity.uids.contains { $0.contains(0) } ? 0 : identity.uids[0].containerID
        let gid = identity.gids.contains { $0.contains(0) } ? 0 : identity.gids[0].containerID
        try explaining("become root of the user namespace") { () throws(SystemError) in
            try Credentials.setGroup(gid)
            try Credentials.setUser(uid)
        }
    }

    /// What is written to the host's /proc: at once, or later through a descriptor.
    private mutating func useProc() throws(RuntimeError) {
        guard let raw = handover.procDirectory else { return }
        let proc = Descriptor(owning: raw)
        if !plan.namespaces.needsJoiner { try plan.process.adjustOOMScore(in: proc) }
        if plan.process.apparmorProfile?.isEmpty == false || plan.process.selinuxLabel?.isEmpty == false {
            labels = try LabelFile.open(in: proc)
        }
    }

    private mutating func openHostsPart() throws(RuntimeError) {
        try openMountPoint()
        try openOwnSources()
    }

    private var mountPoint: CInt = -1

    private mutating func openMountPoint() throws(RuntimeError) {
        guard plan.steps.contains(where: \.isRoot) else { return }
        let path = plan.mountPoint
        mountPoint = try explaining("open the root file system \(path)") { () throws(SystemError) in
            try File.open(path, [.path, .directory]).release()
        }
    }

    /// The sources that the launcher does not send: all of them without a user namespace, devices in any case.
    private mutating func openOwnSources() throws(RuntimeError) {
        for (index, source) in plan.sources.enumerated() where !handover.sendsSource(source) {
            sources[index] = try Trace.purpose("take \(source.path) from the host") { () throws(RuntimeError) in
                try source.detach(mappedThrough: nil).release()
            }
        }
    }

    private mutating func receiveFromLauncher() throws(RuntimeError) {
        try Trace.purpose("wait for the id maps and the id-mapped layers") { () throws(RuntimeError) in
            while let (message, descriptors) = try InitMessage.receive(on: channel) {
                switch message {
                case .sources(let numbers):
                    for (number, descriptor) in zip(numbers, descriptors) where sources.indices.contains(Int(number)) {
                        sources[Int(number)] = descriptor
                    }
                case .proceed: return
                default: throw RuntimeError("the launcher sent an unexpected message")
                }
            }
            // The launcher is gone; nobody is left to tell.
            Processes.exitNow(1)
        }
    }

    // MARK: Furnishing

    private mutating func furnish() throws(RuntimeError) {
        if let label = plan.mountLabel { try SELinux.require(label) }
        var room = Furnishing(
            sources: sources, mountPoint: mountPoint, cgroupHost: handover.cgroupHost, namespaces: plan.namespaces.all,
            isInUserNamespace: plan.namespaces.all.contains(.user) || !handover.isPrivileged, user: plan.process.user)
        room.awaitsDevices = handover.awaitsDevices
        for step in plan.steps {
            try Trace.purpose(step.purpose) { () throws(RuntimeError) in
                if step == .hooks { try runHooks() } else { try room.perform(step) }
            }
        }
        terminal = room.terminal
        if room.terminalMaster >= 0 {
            let master = Descriptor(owning: room.terminalMaster)
            try explaining("hand the terminal over") { () throws(SystemError) in
                try InitMessage.console.send(on: channel, descriptors: [master.raw])
            }
        }
        warnOfCapabilities()
    }

    private mutating func runHooks() throws(RuntimeError) {
        guard let hooks = plan.hooks else { return }
        try explaining("ask for the hooks") { () throws(SystemError) in try InitMessage.furnished.send(on: channel) }
        guard case .joined(let pid) = try InitMessage.receive(on: channel)?.message else { Processes.exitNow(1) }
        var state = hooks.state
        state.pid = pid
        try HookRunner.run(hooks.createContainer, "createContainer", state)
        state.status = .created
        startState = state
    }

    /// What nothing can grant is left out, and said (config.md, Linux Process).
    private func warnOfCapabilities() {
        guard let asked = plan.process.capabilities else { return }
        let capabilities = CapabilityPlan(asked)
        for name in capabilities.unknown {
            try? InitMessage.warning("there is no capability \(name); it is left out").send(on: channel)
        }
        for name in capabilities.missingFromBounding() {
            try? InitMessage.warning("this host cannot grant \(name); it is left out").send(on: channel)
        }
    }

    // MARK: The command

    private func becomeCommand() throws(RuntimeError) -> Never {
        var command = CommandStart(plan: plan.process, handover: handover, terminal: terminal, hasReaper: plan.process.usesReaper)
        command.labels = labels
        if let startState, let hooks = plan.hooks { command.hooks = (hooks.startContainer, startState) }
        try command.run(channel: channel)
    }
}

extension IDMapping {
    /// Whether an id of the container is in the range.
    func contains(_ id: UInt32) -> Bool { id >= containerID && UInt64(id) < UInt64(containerID) + UInt64(size) }
}

extension InitStep {
    /// What the root is made of.
    var rootSources: [Int] {
        switch self {
        case .bindRoot(let source, _): [source]
        case .overlayRoot(let plan): plan.lowers + (plan.upper.map { [$0] } ?? [])
        default: []
        }
    }

    var isRoot: Bool {
        switch self {
        case .bindRoot, .overlayRoot: true
        default: false
        }
    }
}
