internal import Linux
internal import OCI

/// Starts the process of a plan: clones it, gives it what only the outside can, and hears how it went.
///
/// The caller has one thread (clone3's child goes on in this code) and stays the process's parent.
package struct Launcher: ~Copyable {
    private let plan: LaunchPlan
    private var handover: InitHandover
    /// The v2 group the process is born in.
    private let birthGroup: SharedDescriptor?
    /// systemd's groups, where the process cannot go there by itself.
    private let movedInto: Cgroup?

    private var privileged: Bool { handover.isPrivileged }

    /// - Parameters:
    ///   - cgroup: the groups the process is to be in; nil for the caller's.
    ///   - privileged: whether the caller has privilege over the host.
    package init(
        plan: LaunchPlan, handover: InitHandover, cgroup: Cgroup?, privileged: Bool
    ) throws(RuntimeError) {
        var handover = handover
        handover.cgroupJoins = try cgroup?.openJoins() ?? []
        let goesByItself = cgroup?.isWithinReach(of: handover.cgroupHost) ?? true
        let birthGroup = goesByItself ? SharedDescriptor?(try cgroup?.openCloneTarget()) : nil
        handover.cgroupHost.enter(plan.namespaces.joins(.cgroup) ? nil : cgroup?.groups.map(\.directory) ?? [])
        handover.isPrivileged = privileged
        // In a user namespace that is joined nobody may map the layers' ids: its init is in there from its beginning.
        let joinsUser = plan.namespaces.joins(.user) && !plan.sources.isEmpty
        handover.launcherSendsSources = privileged && (plan.identity != nil || plan.onlyFurnishes || joinsUser)
        handover.waitsForLauncher = !goesByItself || plan.onlyFurnishes || !plan.networkDevices.isEmpty || joinsUser
        if plan.namespaces.makes(.cgroup), !goesByItself || !handover.cgroupJoins.isEmpty { handover.lateNamespaces = .cgroup }
        self.plan = plan
        self.handover = handover
        self.birthGroup = birthGroup
        movedInto = goesByItself ? nil : cgroup
    }

    /// Clones the init. It is killed and reaped if the launch is not brought to its end.
    package consuming func launch() throws(RuntimeError) -> Launched {
        if plan.process.writesToProc { handover.procDirectory = try ProcFileSystem.open().release() }
        let sockets = try explaining("make a socket pair") { () throws(SystemError) in try Sockets.pair(.messages) }
        let flags = plan.namespaces.new.subtracting(handover.lateNamespaces)
        if !plan.namespaces.needsJoiner {
            switch try clone(flags, asSibling: false) {
            case .child: ContainerInit(plan: plan, handover: handover, channel: sockets.keepFar()).run()
            case .parent(let child): return try accompany(child, sockets.keepNear())
            }
        }
        switch try clone([], asSibling: false) {
        case .child:
            let channel = sockets.keepFar()
            joinAndClone(channel)
        case .parent(let joiner):
            let channel = sockets.keepNear()
            let (child, early) = try hearFromJoiner(joiner, channel)
            return try accompany(child, channel, early)
        }
    }

    private borrowing func clone(_ flags: NamespaceFlags, asSibling: Bool) throws(RuntimeError) -> Namespaces.Side {
        try Trace.purpose("start the init in namespaces of its own") { () throws(RuntimeError) in
            try explaining("make the container's namespaces", hint: Self.hint(flags)) { () throws(SystemError) in
                // A joiner is in the group already, and in a user namespace that may not place anything there.
                try Namespaces.clone(flags, cgroup: asSibling ? nil : birthGroup?.raw, asSibling: asSibling)
            }
        }
    }

    private static func hint(_ flags: NamespaceFlags) -> String {
        flags.contains(.user) ? "see /proc/sys/user/max_user_namespaces" : "this takes root, or a user namespace"
    }

    // MARK: Joining

    /// In a process of its own: joins the namespaces given by path, then clones the init as the launcher's own child.
    private consuming func joinAndClone(_ channel: consuming Descriptor) -> Never {
        Trace.becomes("init")
        do throws(RuntimeError) {
            // What follows inherits both.
            if let raw = handover.procDirectory {
                try Descriptor.lending(raw) { proc throws(RuntimeError) in try plan.process.adjustOOMScore(in: proc) }
            }
            try handover.hide()
            try NamespaceJoiner.join(plan.namespaces.joins)
            if !plan.namespaces.timeOffsets.isEmpty { try NamespaceJoiner.enterTimeNamespace(plan.namespaces.timeOffsets) }
            var rest = plan.namespaces.new.subtracting(handover.lateNamespaces)
            if !plan.namespaces.timeOffsets.isEmpty { rest.remove(.time) }
            switch try clone(rest, asSibling: true) {
            case .child: ContainerInit(plan: plan, handover: handover, channel: channel).run()
            case .parent(let child):
                try explaining("report the init") { () throws(SystemError) in
                    try InitMessage.joined(pid: child).send(on: channel)
                }
                Processes.exitNow(0)
            }
        } catch {
            try? InitMessage.failed(error.kind, error.message).send(on: channel)
            Processes.exitNow(1)
        }
    }

    /// The init's pid, and what the init itself may have sent before that came.
    private borrowing func hearFromJoiner(
        _ joiner: Int32, _ channel: borrowing Descriptor
    ) throws(RuntimeError) -> (Int32, [Launched.Message]) {
        var early: [Launched.Message] = []
        while let received = try InitMessage.receive(on: channel) {
            switch received.message {
            case .joined(let pid):
                _ = try? Processes.wait(for: joiner)
                return (pid, early)
            case .failed(let kind, let text):
                _ = try? Processes.wait(for: joiner)
                throw RuntimeError(text, kind: kind)
            default: early.append(received)
            }
        }
        _ = try? Processes.wait(for: joiner)
        throw RuntimeError("the container's init could not be started: its first process ended early")
    }

    // MARK: The parent's part

    private consuming func accompany(
        _ child: Int32, _ channel: consuming Descriptor, _ early: [Launched.Message] = []
    ) throws(RuntimeError) -> Launched {
        let launched = Launched(pid: child, channel: channel, early: early)
        for raw in handover.cgroupJoins { _ = Descriptor(owning: raw) }
        if let raw = handover.procDirectory { _ = Descriptor(owning: raw) }
        try movedInto?.moveThroughSystemd(child)
        try NetworkDeviceMover.move(plan.networkDevices, to: child)
        try applyRaisedLimits(to: child)
        if let identity = plan.identity {
            try Trace.purpose("map the ids of the user namespace") { () throws(RuntimeError) in
                try UserNamespaces.map(child, identity, privileged: privileged)
            }
            if privileged { giveStreams(to: identity) }
        } else if !handover.waitsForLauncher {
            return launched
        } else if privileged, let joined = plan.joinedIdentity {
            giveStreams(to: joined)
        }
        if handover.launcherSendsSources {
            try Trace.purpose("map the layers' ids, so that nothing is chowned") { () throws(RuntimeError) in
                try sendSources(to: launched.channel, userNamespaceOf: child)
            }
        }
        try proceed(launched.channel)
        return launched
    }

    private borrowing func proceed(_ channel: borrowing Descriptor) throws(RuntimeError) {
        do throws(SystemError) {
            try InitMessage.proceed.send(on: channel)
        } catch {
            // The init has ended already; why, it has sent, and the caller reads next.
            guard error.errno == .brokenPipe || error.errno == .connectionReset else {
                throw RuntimeError("cannot talk to the container's init: \(error)")
            }
        }
    }

    /// A user namespace's root has no say over the host's limits: they are raised from outside.
    private borrowing func applyRaisedLimits(to child: Int32) throws(RuntimeError) {
        guard privileged, plan.identity != nil || plan.namespaces.joins(.user) else { return }
        for limit in plan.process.rlimits {
            let number = try ResourceLimit.number(of: limit.type)
            // What fails here fails in the init too, which says so.
            try? Credentials.setLimit(of: child, number, soft: limit.soft, hard: limit.hard)
        }
    }

    /// So that the container can open its streams by name (/dev/stdout): pipes made here belong to its user then.
    private borrowing func giveStreams(to identity: IdentityPlan) {
        let user = plan.process.user
        guard let uid = IDMapping.host(user.uid, in: identity.uids), let gid = IDMapping.host(user.gid, in: identity.gids) else {
            return
        }
        for raw in handover.standard ?? [] {
            try? Descriptor.lending(raw) { (stream) throws(SystemError) in
                if try stream.status().kind == .fifo { try stream.setOwner(uid: uid, gid: gid) }
            }
        }
    }

    private borrowing func sendSources(to channel: borrowing Descriptor, userNamespaceOf child: Int32) throws(RuntimeError) {
        let namespace = try explaining("open the user namespace") { () throws(SystemError) in
            try File.open("/proc/\(child)/ns/user", .read)
        }
        var numbers: [UInt16] = []
        var mounts: [CInt] = []
        defer { for raw in mounts { _ = Descriptor(owning: raw) } }
        for (number, source) in plan.sources.enumerated() where handover.sendsSource(source) {
            mounts.append(try source.detach(mappedThrough: namespace.raw).release())
            numbers.append(UInt16(number))
            if mounts.count == 30 { try flush(&numbers, &mounts, channel) }
        }
        if !mounts.isEmpty { try flush(&numbers, &mounts, channel) }
    }

    private borrowing func flush(
        _ numbers: inout [UInt16], _ mounts: inout [CInt], _ channel: borrowing Descriptor
    ) throws(RuntimeError) {
        let message = InitMessage.sources(numbers)
        let descriptors = mounts
        do throws(SystemError) {
            try message.send(on: channel, descriptors: descriptors)
        } catch {
            guard error.errno == .brokenPipe || error.errno == .connectionReset else {
                throw RuntimeError("cannot hand the container its mounts: \(error)")
            }
        }
        for raw in mounts { _ = Descriptor(owning: raw) }
        mounts = []
        numbers = []
    }
}
