internal import Linux
internal import OCI

/// The last part of an init, and of exec: takes on the process's user, rights, limits and streams, and executes the command.
struct CommandStart {
    let plan: ProcessPlan
    let handover: InitHandover
    /// The terminal's inner side, or -1.
    let terminal: CInt
    let hasReaper: Bool
    /// Where the next exec's labels are written.
    var labels: LabelFile?
    /// Those that run before the command, inside.
    var hooks: (list: [Hook], state: ContainerState)?

    func run(channel: borrowing Descriptor) throws(RuntimeError) -> Never {
        try prepareSession()
        try applyLimits()
        try plan.scheduling.apply(isExec: plan.isExec)
        if hasReaper { try Reaper.becomeParent(of: channel) }
        let filter = handover.seccompFilter
        // Installing a filter without no_new_privs takes CAP_SYS_ADMIN, which goes with the capabilities.
        if let filter, !plan.noNewPrivileges { try install(filter, channel) }
        if handover.isOpenedByNetwork { try waitForRelease(channel) }
        try takeUserAndCapabilities()
        try enterDirectory()
        let path = try plan.arguments.first.map { command throws(RuntimeError) in
            try CommandLookup.find(command, environment: plan.environment)
        }
        if plan.noNewPrivileges {
            try explaining("set no_new_privs") { () throws(SystemError) in try NoNewPrivileges.set() }
        }
        try setLabel()
        if !handover.isOpenedByNetwork { try waitForRelease(channel) }
        // With no_new_privs as late as can be; but whoever listens has to be told through the launcher, who leaves at `created`.
        let isLate = plan.noNewPrivileges && filter?.notifies != true
        if let filter, plan.noNewPrivileges, !isLate { try install(filter, channel) }
        guard let starter = try waitForStart(channel) else { try finish(path, isLate ? filter : nil, channel) }
        do throws(RuntimeError) {
            try finish(path, isLate ? filter : nil, channel)
        } catch {
            try? InitMessage.failed(error.kind, error.message).send(on: starter)
            throw error
        }
    }

    // MARK: Session and streams

    private func prepareSession() throws(RuntimeError) {
        if let keyring = plan.keyring {
            do throws(SystemError) {
                try Processes.joinNewSessionKeyring(keyring)
            } catch {
                // A kernel without keyrings has none to hide; a full quota is the user's to know.
                guard error.errno == .noFunction || error.errno == .notPermitted else {
                    throw RuntimeError("cannot make a session keyring: \(error)")
                }
            }
        }
        try explaining("set up the standard streams") { () throws(SystemError) in
            if plan.startsSession { try Processes.startSession() }
            if terminal >= 0 {
                let slave = Descriptor(owning: terminal)
                try Processes.setControllingTerminal(slave)
                for number: CInt in 0...2 { try Processes.assign(slave.raw, to: number) }
            } else if let standard = handover.standard {
                for (number, descriptor) in standard.enumerated() { try Processes.assign(descriptor, to: CInt(number)) }
            }
        }
        reopenNull()
        if terminal < 0, plan.user.uid != 0 { giveStreamsToUser() }
    }

    /// A stream that is the host's null device becomes the container's own, so that no descriptor leads to a mount of the host's:
    /// no policy names it, and CRIU could not find it again.
    private func reopenNull() {
        let hosts = (CInt(0)...2).filter { number in Descriptor.lending(number) { $0.isNullDevice } }
        guard !hosts.isEmpty, let own = try? File.open("/dev/null", .readWrite), own.isNullDevice else { return }
        for number in hosts { try? Processes.assign(own.raw, to: number) }
    }

    /// So that a plain user can open /dev/stdout. What cannot be given (the null device, a read-only file) stays.
    private func giveStreamsToUser() {
        for number: CInt in 0...2 {
            let stream = Descriptor(owning: number)
            if let status = try? stream.status(), status.kind == .fifo || status.kind == .socket {
                try? stream.setOwner(uid: plan.user.uid, gid: status.gid)
            }
            _ = stream.release()
        }
    }

    private func applyLimits() throws(RuntimeError) {
        for limit in plan.rlimits {
            let number = try ResourceLimit.number(of: limit.type)
            try explaining(
                "set \(limit.type) to \(limit.soft):\(limit.hard)",
                hint: "raising a hard limit needs CAP_SYS_RESOURCE on the host; ask for no more than the caller has"
            ) { () throws(SystemError) in
                try Credentials.setLimit(number, soft: limit.soft, hard: limit.hard)
            }
        }
    }

    // MARK: Rights

    private func install(_ filter: SeccompFilter, _ channel: borrowing Descriptor) throws(RuntimeError) {
        let listener = try Trace.purpose("refuse system calls that a container has no use for") { () throws(RuntimeError) in
            try filter.install()
        }
        guard let listener else { return }
        let owned = Descriptor(owning: listener)
        try explaining("hand the seccomp listener over") { () throws(SystemError) in
            try InitMessage.listener.send(on: channel, descriptors: [owned.raw])
        }
        // The launcher's word that someone listens; without it nothing is executed.
        try waitForRelease(channel)
    }

    private func takeUserAndCapabilities() throws(RuntimeError) {
        let capabilities = CapabilityPlan(plan.capabilities ?? Capabilities())
        try Trace.purpose("keep the capabilities the container is granted, and take its user") { () throws(RuntimeError) in
            try explaining("drop capabilities") { () throws(SystemError) in try capabilities.applyBeforeUserChange() }
            let user = plan.user
            try explaining("become user \(user.uid):\(user.gid)", hint: "are these ids in the user namespace's map?") {
                () throws(SystemError) in
                do throws(SystemError) {
                    try Credentials.setSupplementaryGroups(user.additionalGids ?? [])
                } catch  where error.errno == .notPermitted && (user.additionalGids ?? []).isEmpty {
                    // A namespace mapped without a helper may not change its groups (setgroups: deny).
                }
                try Credentials.setGroup(user.gid)
                try Credentials.setUser(user.uid)
            }
            try explaining("set capabilities") { () throws(SystemError) in _ = try capabilities.applyAfterUserChange() }
        }
        Processes.setUmask(plan.user.umask ?? 0o022)
    }

    private func enterDirectory() throws(RuntimeError) {
        try explaining("enter the working directory \(plan.directory)") { () throws(SystemError) in
            try Processes.changeDirectory(plan.directory)
        }
        // A directory outside the root shows as "(unreachable)": a leaked descriptor led there (CVE-2024-21626).
        guard let path = try? Processes.workingDirectory(), path.hasPrefix("/") else {
            throw RuntimeError("the working directory \(plan.directory) is outside the container; refusing to start there")
        }
    }

    private func setLabel() throws(RuntimeError) {
        guard let labels else { return }
        if let profile = plan.apparmorProfile, !profile.isEmpty { try AppArmor.setOnExec(profile, labels) }
        if let label = plan.selinuxLabel, !label.isEmpty { try SELinux.setOnExec(label, labels) }
    }

    // MARK: The end

    private func waitForRelease(_ channel: borrowing Descriptor) throws(RuntimeError) {
        let answer = try Trace.purpose("wait until the container is recorded and limited") { () throws(RuntimeError) in
            try InitMessage.receive(on: channel)
        }
        // Without a launcher nobody knows of this container: it must not run.
        guard answer?.message == .release else { Processes.exitNow(1) }
    }

    private func waitForStart(_ channel: borrowing Descriptor) throws(RuntimeError) -> Descriptor? {
        try explaining("tie the command to its monitor") { () throws(SystemError) in
            try Processes.dieWithParent(handover.diesWithLauncher ? Signals.kill : 0)
        }
        guard let listener = handover.startSocket else { return nil }
        try explaining("report that the container is created") { () throws(SystemError) in
            try InitMessage.prepared.send(on: channel)
        }
        return try Trace.purpose("wait for start") { () throws(RuntimeError) in
            try explaining("wait for start") { () throws(SystemError) in
                let listening = Descriptor(owning: listener)
                return try Sockets.accept(on: listening)
            }
        }
    }

    /// The way from `start` to the init exists from here on, and with it someone to tell of a failure.
    private func finish(
        _ path: String?, _ filter: SeccompFilter?, _ channel: borrowing Descriptor
    ) throws(RuntimeError) -> Never {
        guard let path else { throw RuntimeError("config.json: process is missing; there is nothing to start") }
        if let filter { try install(filter, channel) }
        if let hooks { try HookRunner.run(hooks.list, "startContainer", hooks.state) }
        try execute(path)
    }

    private func execute(_ path: String) throws(RuntimeError) -> Never {
        Signals.resetAll()
        do throws(SystemError) {
            try Processes.closeOnExec(from: UInt32(3 + plan.preservedDescriptors))
            try Processes.execute(path, arguments: plan.arguments, environment: plan.environment)
        } catch {
            throw CommandLookup.failure(plan.arguments[0], error)
        }
    }
}
