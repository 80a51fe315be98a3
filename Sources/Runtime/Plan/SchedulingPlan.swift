package import Linux
package import OCI

/// How a process is scheduled, and where its memory comes from: the words of the configuration as the kernel's numbers.
package struct SchedulingPlan: Sendable, Equatable {
    package var scheduler: Scheduling.Attributes?
    /// The class shifted by 13, and the priority.
    package var ioPriority: Int32?
    /// Which processors `exec` keeps to, before and after it enters the container's groups.
    package var firstProcessors: [Int] = []
    package var processors: [Int] = []
    package var personality: UInt?
    package var memoryPolicy: MemoryPolicy?

    package struct MemoryPolicy: Sendable, Equatable {
        package var mode: Int32
        package var nodes: [Int]
    }

    package init() {}

    package mutating func add(_ process: Process) throws(RuntimeError) {
        if let scheduler = process.scheduler { self.scheduler = try Self.attributes(scheduler) }
        if let io = process.ioPriority { ioPriority = try Self.value(io) }
        guard let affinity = process.execCPUAffinity else { return }
        firstProcessors = try NumberList.parse(affinity.initial ?? "", field: "process.execCPUAffinity.initial")
        processors = try NumberList.parse(affinity.final ?? "", field: "process.execCPUAffinity.final")
    }

    package mutating func add(_ linux: LinuxSpec) throws(RuntimeError) {
        if let personality = linux.personality {
            guard let domain = ["LINUX": UInt(0), "LINUX32": 8][personality.domain] else {
                throw RuntimeError("config.json: linux.personality.domain \"\(personality.domain)\" is neither LINUX nor LINUX32")
            }
            guard (personality.flags ?? []).isEmpty else {
                throw RuntimeError("config.json: linux.personality.flags: there are none that the specification knows")
            }
            self.personality = domain
        }
        if let policy = linux.memoryPolicy { memoryPolicy = try Self.policy(policy) }
    }

    // MARK: Words and numbers

    /// linux/sched.h. The flags for clamping need values that the configuration has no field for.
    private static let policies: [String: UInt32] = [
        "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5, "SCHED_DEADLINE": 6,
    ]
    private static let schedulerFlags: [String: UInt64] = [
        "SCHED_FLAG_RESET_ON_FORK": 0x1, "SCHED_FLAG_RECLAIM": 0x2, "SCHED_FLAG_DL_OVERRUN": 0x4, "SCHED_FLAG_KEEP_POLICY": 0x8,
        "SCHED_FLAG_KEEP_PARAMS": 0x10, "SCHED_FLAG_UTIL_CLAMP_MIN": 0x20, "SCHED_FLAG_UTIL_CLAMP_MAX": 0x40,
    ]
    private static let ioClasses: [String: Int32] = ["IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3]
    /// linux/mempolicy.h.
    static let memoryModes: [String: Int32] = [
        "MPOL_DEFAULT": 0, "MPOL_PREFERRED": 1, "MPOL_BIND": 2, "MPOL_INTERLEAVE": 3, "MPOL_LOCAL": 4, "MPOL_PREFERRED_MANY": 5,
        "MPOL_WEIGHTED_INTERLEAVE": 6,
    ]
    static let memoryFlags: [String: Int32] = [
        "MPOL_F_NUMA_BALANCING": 1 << 13, "MPOL_F_RELATIVE_NODES": 1 << 14, "MPOL_F_STATIC_NODES": 1 << 15,
    ]

    private static func attributes(_ scheduler: Scheduler) throws(RuntimeError) -> Scheduling.Attributes {
        var attributes = Scheduling.Attributes(policy: try look(scheduler.policy, in: policies, "process.scheduler.policy"))
        for flag in scheduler.flags ?? [] { attributes.flags |= try look(flag, in: schedulerFlags, "process.scheduler.flags") }
        attributes.nice = scheduler.nice ?? 0
        guard let priority = UInt32(exactly: scheduler.priority ?? 0) else {
            throw RuntimeError("config.json: process.scheduler.priority is \(scheduler.priority ?? 0); it cannot be below zero")
        }
        attributes.priority = priority
        attributes.runtime = scheduler.runtime ?? 0
        attributes.deadline = scheduler.deadline ?? 0
        attributes.period = scheduler.period ?? 0
        return attributes
    }

    private static func value(_ io: IOPriority) throws(RuntimeError) -> Int32 {
        let number = try look(io.class, in: ioClasses, "process.ioPriority.class")
        guard (0...7).contains(io.priority) else {
            throw RuntimeError("config.json: process.ioPriority.priority is \(io.priority); it goes from 0 to 7")
        }
        return number << 13 | io.priority
    }

    private static func policy(_ policy: OCI.MemoryPolicy) throws(RuntimeError) -> MemoryPolicy {
        var mode = try look(policy.mode, in: memoryModes, "linux.memoryPolicy.mode")
        for flag in policy.flags ?? [] { mode |= try look(flag, in: memoryFlags, "linux.memoryPolicy.flags") }
        return MemoryPolicy(mode: mode, nodes: try NumberList.parse(policy.nodes ?? "", field: "linux.memoryPolicy.nodes"))
    }

    private static func look<Value>(_ word: String, in table: [String: Value], _ field: String) throws(RuntimeError) -> Value {
        guard let value = table[word] else {
            throw RuntimeError("config.json: \(field) \"\(word)\" is none of \(table.keys.sorted().joined(separator: ", "))")
        }
        return value
    }
}

/// Lists of processors and memory nodes: `0-3,7`. cpuset(7), List format.
enum NumberList {
    private static let most = 8191

    static func parse(_ text: String, field: String) throws(RuntimeError) -> [Int] {
        var numbers: [Int] = []
        let wrong = RuntimeError("config.json: \(field) \"\(text)\" is not a list such as 0-3,7")
        for part in text.split(separator: ",", omittingEmptySubsequences: false) where !text.isEmpty {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0, first <= last,
                last <= most
            else { throw wrong }
            numbers += first...last
        }
        return numbers
    }
}

extension SchedulingPlan {
    /// What the command starts with; in the init, while it still has its rights.
    func apply(isExec: Bool) throws(RuntimeError) {
        if let personality {
            try explaining("set the personality") { () throws(SystemError) in try Scheduling.setPersonality(personality) }
        }
        if let memoryPolicy {
            try explaining("set the memory policy") { () throws(SystemError) in
                try Scheduling.setMemoryPolicy(memoryPolicy.mode, nodes: memoryPolicy.nodes)
            }
        }
        if let ioPriority {
            try explaining("set the I/O priority", hint: "the real-time class takes CAP_SYS_NICE") { () throws(SystemError) in
                try Scheduling.setIOPriority(ioPriority)
            }
        }
        if let scheduler {
            try explaining("set the scheduler", hint: "real-time policies and a lower nice value take CAP_SYS_NICE on the host") {
                () throws(SystemError) in
                try Scheduling.set(scheduler)
            }
        }
        guard isExec, !processors.isEmpty else { return }
        try explaining("keep to the processors of process.execCPUAffinity.final") { () throws(SystemError) in
            try Scheduling.setAffinity(processors)
        }
    }
}
