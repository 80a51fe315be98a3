internal import Linux

/// The processes of a container's groups, those in groups below included.
extension Cgroup {
    /// How long the kernel is given to stop, or end, all processes. Milliseconds.
    private static let patience: Int32 = 10_000

    /// Ids as the caller's PID namespace has them, in no order.
    package func processes() throws(RuntimeError) -> [Int32] {
        guard let group = tracking else { return [] }
        return try explaining("list the processes of \(group.directory)") { () throws(SystemError) in
            try Self.processes(below: group.directory)
        }
    }

    /// The group that stands for all: the v2 one, else the one that can freeze, else any.
    private var tracking: Group? { v2 ?? group(of: "freezer") ?? groups.first }

    static func processes(below directory: String, depth: Int = 0) throws(SystemError) -> [Int32] {
        let group: Descriptor
        do {
            group = try File.open(directory, [.read, .directory])
        } catch  where error.errno == .noSuchFileOrDirectory {
            return []
        }
        var found: [Int32] = []
        do {
            found = try group.text("cgroup.procs", limit: 64 << 20).split(separator: "\n").compactMap { Int32($0) }
        } catch {
            // Gone since; or a threaded group, whose processes the one above lists.
            guard error.isGone || error.errno == .notSupported else { throw error }
        }
        for child in try group.childGroups() where depth < 64 {
            found += try processes(below: "\(directory)/\(child)", depth: depth + 1)
        }
        return found
    }

    // MARK: Freezing

    /// Stops all processes until `thaw`, without their noticing. v2: cgroup.freeze; v1: freezer.state.
    ///
    /// - Throws: where there is neither; a process that cannot be stopped within 10 s (then all go on).
    package func freeze() throws(RuntimeError) {
        guard let freezer = try freezer() else { return }
        do {
            try explaining("freeze \(freezer.directory)") { () throws(SystemError) in
                freezer.isV2 ? try freezeV2(freezer.directory) : try freezeV1(freezer.directory)
            }
        } catch {
            try? thaw()
            throw error
        }
    }

    package func thaw() throws(RuntimeError) {
        guard let freezer = try freezer() else { return }
        try explaining("thaw \(freezer.directory)") { () throws(SystemError) in
            if freezer.isV2 {
                try File.command("\(freezer.directory)/cgroup.freeze", "0")
                try Self.wait(for: "frozen", "0", in: freezer.directory)
            } else {
                try File.command("\(freezer.directory)/freezer.state", "THAWED")
            }
        }
    }

    /// Whether `freeze` is in force.
    package var isFrozen: Bool {
        guard let freezer = v2 ?? group(of: "freezer") else { return false }
        let file = freezer.directory + (freezer.isV2 ? "/cgroup.freeze" : "/freezer.state")
        guard let text = try? File.readText(file, limit: 4096) else { return false }
        return freezer.isV2 ? text == "1" : text == "FROZEN"
    }

    private func freezer() throws(RuntimeError) -> Group? {
        guard let freezer = v2 ?? group(of: "freezer") else {
            throw RuntimeError(
                "cannot freeze the container \(id): it has no control group that could"
                    + (rootless ? "; run it below a delegated cgroup v2 (systemd-run --user --scope -p Delegate=yes)" : ""))
        }
        return freezer
    }

    private func freezeV2(_ directory: String) throws(SystemError) {
        try File.command("\(directory)/cgroup.freeze", "1")
        try Self.wait(for: "frozen", "1", in: directory)
    }

    /// FREEZING until each task has stopped; a task made meanwhile needs the command again. freezer-subsystem.
    private func freezeV1(_ directory: String) throws(SystemError) {
        let file = "\(directory)/freezer.state"
        for _ in 0..<Self.patience {
            try File.command(file, "FROZEN")
            if try File.readText(file, limit: 4096) == "FROZEN" { return }
            Pause.microseconds(1000)
        }
        throw SystemError("write", "\(file): still freezing", .timedOut)
    }

    // MARK: Waiting

    /// Waits until cgroup.events says `key value`. A change of the file is POLLPRI. cgroups(7).
    private static func wait(for key: String, _ value: String, in directory: String) throws(SystemError) {
        var left = patience
        while true {
            let events: Descriptor
            do {
                events = try File.open("\(directory)/cgroup.events", .read)
            } catch  where error.isGone && value == "0" {
                return
            }
            let text = String(decoding: try events.readToEnd(limit: 4096), as: UTF8.self)
            if Self.value(of: key, in: text).map(String.init) == value { return }
            var poll = Poll()
            poll.watch(events.raw, .changed)
            if try !poll.wait(milliseconds: 100) { left -= 100 }
            if left <= 0 { throw SystemError("poll", "\(directory)/cgroup.events: \(key) is not \(value)", .timedOut) }
        }
    }

    // MARK: Signals

    /// Sends a signal to every process. SIGKILL does not return before all have ended.
    ///
    /// v2: cgroup.kill (5.14). Otherwise they are frozen first where that is possible, so that none can be missed by forking.
    package func kill(_ signal: Int32 = Signals.kill) throws(RuntimeError) {
        guard let group = tracking else { return }
        if signal == Signals.kill, group.isV2, (try? File.command("\(group.directory)/cgroup.kill", "1")) != nil {
            try explaining("end the processes of \(group.directory)") { () throws(SystemError) in
                try Self.wait(for: "populated", "0", in: group.directory)
            }
            return
        }
        // v1's freezer holds even a SIGKILL back until the thaw.
        for _ in 0..<Self.patience {
            let frozen = (try? freeze()) != nil
            let ids: [Int32]
            do {
                ids = try processes()
                for id in ids { signalMember(id, signal) }
            } catch {
                if frozen { try? thaw() }
                throw error
            }
            if frozen { try thaw() }
            if ids.isEmpty || signal != Signals.kill { return }
            Pause.microseconds(1000)
        }
        throw RuntimeError("cannot end the processes of \(group.directory): some still run after \(Self.patience / 1000) s")
    }

    /// Signals a process only if it is (still) in the group once a handle names it: its id may have passed to another.
    private func signalMember(_ id: Int32, _ signal: Int32) {
        guard let group = tracking, let process = try? Processes.open(id),
            let ids = try? Self.processes(below: group.directory), ids.contains(id)
        else { return }
        try? Processes.signal(process, signal)
    }
}

extension SystemError {
    /// The group, or the process, is no more: ENOENT, or ENODEV from a file opened before.
    var isGone: Bool { errno == .noSuchFileOrDirectory || errno == .operationNotSupportedByDevice }
}

extension Descriptor {
    /// The groups below this one.
    ///
    /// A directory of the tree has two links and one for each below: most groups are not listed at all.
    borrowing func childGroups() throws(SystemError) -> [String] {
        if try status().links <= 2 { return [] }
        return try list().filter { name in (try? status(of: name).isDirectory) == true }
    }
}
