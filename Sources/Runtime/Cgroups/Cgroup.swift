package import JSON
package import Linux

/// The control groups of one container, as the runtime's state file keeps them.
package struct Cgroup: JSONRecord, Equatable {
    /// One directory of one hierarchy.
    package struct Group: JSONRecord, Equatable {
        package var directory = ""
        package var isV2 = false
        package var controllers: [String] = []
        package var unknown = JSONObject()

        package init() {}

        package init(directory: String, isV2: Bool, controllers: [String]) {
            self.directory = directory
            self.isV2 = isV2
            self.controllers = controllers
        }

        package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("directory")
            try fields("directory", &directory)
            try fields("isV2", &isV2)
            try fields("controllers", &controllers)
        }
    }

    /// From which `update` plans again.
    package var id = ""
    package var cgroupsPath: String?
    package var rootless = false
    package var groups: [Group] = []
    /// systemd's unit, where that made them: of the session's systemd when `rootless`.
    package var unit: String?
    package var unknown = JSONObject()

    package init() {}

    package init(id: String, cgroupsPath: String?, rootless: Bool, groups: [Group]) {
        self.id = id
        self.cgroupsPath = cgroupsPath
        self.rootless = rootless
        self.groups = groups
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("id", &id)
        try fields("cgroupsPath", &cgroupsPath)
        try fields("rootless", &rootless)
        try fields("groups", &groups)
        try fields("unit", &unit)
    }

    /// The group in the v2 tree.
    package var v2: Group? { groups.first(where: \.isV2) }

    /// The group that `controller` works in, if there is one.
    package func group(of controller: String) -> Group? { groups.first { $0.controllers.contains(controller) } }

    /// Nothing could be made: a plain user without a delegated group, and without limits.
    package var isEmpty: Bool { groups.isEmpty }

    // MARK: Going in

    /// The v2 group's directory, for CLONE_INTO_CGROUP; nil where there is none.
    package func openCloneTarget() throws(RuntimeError) -> Descriptor? {
        guard let directory = v2?.directory else { return nil }
        return try explaining("open the control group \(directory)") { () throws(SystemError) in
            try File.open(directory, [.path, .directory])
        }
    }

    /// The v1 `tasks` files, opened for writing by whoever has the right: a process that writes `0` to one moves its one thread
    /// there, without the wait that moving another process takes (0.03 ms instead of 10 to 20).
    ///
    /// The kernel judges the write by who opened the file, so an init in a user namespace may use them.
    ///
    /// - Parameter includingV2: also v2's `cgroup.procs`, for a process that was not born in its group.
    /// - Returns: descriptors that the caller owns.
    package func openJoins(includingV2: Bool = false) throws(RuntimeError) -> [CInt] {
        var joins: [CInt] = []
        do {
            for group in groups where includingV2 || !group.isV2 {
                let path = group.directory + (group.isV2 ? "/cgroup.procs" : "/tasks")
                joins.append(
                    try explaining("join the control group \(group.directory)") { () throws(SystemError) in
                        try File.open(path, .write)
                    }.release())
            }
        } catch {
            for raw in joins { _ = Descriptor(owning: raw) }
            throw error
        }
        return joins
    }

    /// Moves the calling process, which has one thread, into what `openJoins` opened, and closes it.
    package static func join(_ joins: [CInt]) throws(RuntimeError) {
        var failure: RuntimeError?
        for raw in joins {
            let file = Descriptor(owning: raw)
            guard failure == nil else { continue }
            do throws(RuntimeError) {
                try explaining("join a control group") { () throws(SystemError) in try file.write("0") }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Moves another process, with all its threads, into every group. The first such move after a while waits 5 to 20 ms for
    /// an RCU grace period.
    package func add(process pid: Int32) throws(RuntimeError) {
        for group in groups {
            try explaining("move process \(pid) into \(group.directory)") { () throws(SystemError) in
                try File.command("\(group.directory)/cgroup.procs", "\(pid)")
            }
        }
    }

    // MARK: Memory

    /// How many processes the OOM killer has ended here; nil where no memory group tells. Read it before `remove`.
    ///
    /// v2: `oom_kill` of memory.events. v1: `oom_kill` of memory.oom_control.
    package func oomKills() throws(RuntimeError) -> Int? {
        guard let group = group(of: "memory") else { return nil }
        let path = "\(group.directory)/" + (group.isV2 ? "memory.events" : "memory.oom_control")
        let text: String
        do throws(SystemError) {
            text = try File.readText(path, limit: 65536)
        } catch {
            // The group went away, or never got the controller.
            if error.errno == .noSuchFileOrDirectory || error.errno == .operationNotSupportedByDevice { return nil }
            throw RuntimeError("cannot read how often memory ran out: \(error)")
        }
        return Self.value(of: "oom_kill", in: text).flatMap { Int($0) }
    }

    /// The value of a `key value` line.
    static func value(of key: String, in text: String) -> Substring? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, fields[0] == key { return fields[1] }
        }
        return nil
    }
}
