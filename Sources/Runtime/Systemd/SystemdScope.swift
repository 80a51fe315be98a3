internal import DBus
internal import Linux

/// A scope, or a slice, that systemd makes for one container: its group is the container's to divide.
///
/// systemd makes no scope without a process. One of ours is the first, and goes when the container's init, born in the group, is
/// there: so the container starts in the same way as without systemd.
struct SystemdScope: ~Copyable {
    /// Where the group is, below each hierarchy's mount point.
    let path: String
    private let holder: Int32

    deinit {
        try? Processes.kill(holder, Signals.kill)
        _ = try? Processes.wait(for: holder)
    }

    private init(path: String, holder: Int32) {
        self.path = path
        self.holder = holder
    }

    /// - Throws: a unit of this name that is there already; what systemd refuses.
    static func make(
        _ unit: SystemdUnit, isUser: Bool, container: String, properties: [SystemdProperty]
    ) throws(RuntimeError) -> SystemdScope {
        var systemd = try SystemdConnection(isUser: isUser)
        let holder = try hold()
        do throws(RuntimeError) {
            let all = Self.standing(unit, container, holder) + properties
            let refusal = try systemd.run("StartTransientUnit", "ssa(sv)a(sa(sv))", unit: unit.name) { body in
                body.string(unit.name)
                body.string("replace")
                body.properties(all)
                body.array(alignedTo: 8) { _ in }
            }
            if let refusal { throw RuntimeError("systemd does not make the unit \(unit.name): \(refusal.text)") }
            let path = try unit.isSlice ? Self.slicePath(unit, isUser) : Self.group(of: holder)
            return SystemdScope(path: path, holder: holder)
        } catch {
            try? Processes.kill(holder, Signals.kill)
            _ = try? Processes.wait(for: holder)
            throw error
        }
    }

    /// A process that does nothing, and ends with this one.
    private static func hold() throws(RuntimeError) -> Int32 {
        switch try explaining("start a process for systemd's scope", { () throws(SystemError) in try Namespaces.clone([]) }) {
        case .parent(let child): return child
        case .child:
            try? Processes.dieWithParent(Signals.kill)
            try? Processes.closeOthers(from: 0)
            while true { Pause.microseconds(900_000) }
        }
    }

    private static func standing(_ unit: SystemdUnit, _ container: String, _ holder: Int32) -> [SystemdProperty] {
        var properties = [
            SystemdProperty("Description", .string("container \(container)")),
            SystemdProperty("DefaultDependencies", .bool(false)),
        ]
        for accounting in ["MemoryAccounting", "CPUAccounting", "IOAccounting", "TasksAccounting"] {
            properties.append(SystemdProperty(accounting, .bool(true)))
        }
        if unit.isSlice {
            properties.append(SystemdProperty("Wants", .strings([unit.slice])))
        } else {
            properties += [
                SystemdProperty("Slice", .string(unit.slice)), SystemdProperty("Delegate", .bool(true)),
                // A container that was killed is no failed unit that somebody has to reset.
                SystemdProperty("CollectMode", .string("inactive-or-failed")),
                SystemdProperty("PIDs", .processes([UInt32(holder)])),
            ]
        }
        return properties
    }

    /// The group that a process is in, of the tree that systemd keeps: v2, or `name=systemd`.
    private static func group(of pid: Int32) throws(RuntimeError) -> String {
        let host = try explaining("find the control group of process \(pid)") { () throws(SystemError) in
            CgroupHost(mountInfo: try File.read("/proc/self/mountinfo"), ownGroups: try File.readText("/proc/\(pid)/cgroup"))
        }
        let tree = host.v1.first { $0.controllers.contains("name=systemd") } ?? host.v2
        guard let group = tree?.ownGroup, group != "/" else {
            throw RuntimeError("systemd has made a scope, but its control group is not to be found below /sys/fs/cgroup")
        }
        return group
    }

    /// A slice takes no processes when it is made: its place follows from its name.
    private static func slicePath(_ unit: SystemdUnit, _ isUser: Bool) throws(RuntimeError) -> String {
        guard !isUser, let path = SystemdUnit.path(of: unit.name), !path.isEmpty else {
            throw RuntimeError("\(unit.name) cannot be a container's group; give a scope: a name that does not end in .slice")
        }
        return path
    }

    // MARK: Units that are there

    /// Tells systemd of limits that were changed, so that it does not take them back.
    static func set(_ properties: [SystemdProperty], of unit: String, isUser: Bool) throws(RuntimeError) {
        guard !properties.isEmpty else { return }
        var systemd = try SystemdConnection(isUser: isUser)
        let refusal = try systemd.run("SetUnitProperties", "sba(sv)", unit: unit) { body in
            body.string(unit)
            body.number(UInt32(1))
            body.properties(properties)
        }
        if let refusal { throw RuntimeError("systemd does not change the unit \(unit): \(refusal.text)") }
    }

    /// Moves a process into the unit's group, or into one below it.
    static func attach(_ pid: Int32, to unit: String, below: String, isUser: Bool) throws(RuntimeError) {
        var systemd = try SystemdConnection(isUser: isUser)
        let refusal = try systemd.run("AttachProcessesToUnit", "ssau", unit: unit) { body in
            body.string(unit)
            body.string(below)
            body.value(.processes([UInt32(pid)]))
        }
        if let refusal { throw RuntimeError("systemd does not move a process into the unit \(unit): \(refusal.text)") }
    }

    /// Ends the unit with what runs in it. One that is gone is fine, as is a systemd that is gone.
    static func stop(_ unit: String, isUser: Bool) throws(RuntimeError) {
        guard var systemd = try? SystemdConnection(isUser: isUser) else { return }
        let refusal = try systemd.run("StopUnit", "ss", unit: unit) { body in
            body.string(unit)
            body.string("replace")
        }
        if let refusal, !refusal.isNoSuchUnit { throw RuntimeError("systemd does not stop the unit \(unit): \(refusal.text)") }
    }
}

extension DBusWriter {
    /// `a(sv)`.
    fileprivate mutating func properties(_ all: [SystemdProperty]) {
        array(alignedTo: 8) { writer in
            for property in all {
                writer.align(to: 8)
                writer.string(property.name)
                writer.variant(property.value)
            }
        }
    }
}
