internal import CLinux
internal import Glibc

/// How the calling thread, and what it executes, is scheduled. sched(7).
package enum Scheduling {
    /// The values of sched_setattr(2). Times in nanoseconds.
    package struct Attributes: Sendable, Equatable {
        package var policy: UInt32
        package var flags: UInt64 = 0
        package var nice: Int32 = 0
        package var priority: UInt32 = 0
        package var runtime: UInt64 = 0
        package var deadline: UInt64 = 0
        package var period: UInt64 = 0

        package init(policy: UInt32) { self.policy = policy }
    }

    package static func set(_ attributes: Attributes) throws(SystemError) {
        let a = attributes
        try systemCall("sched_setattr", "policy \(a.policy) nice \(a.nice) priority \(a.priority)") {
            hako_set_scheduler(a.policy, a.flags, a.nice, a.priority, a.runtime, a.deadline, a.period)
        }
    }

    /// - Parameter value: the class shifted by 13, and the priority. ioprio_set(2).
    package static func setIOPriority(_ value: Int32) throws(SystemError) {
        try systemCall("ioprio_set", "\(value >> 13):\(value & 0x1fff)") { hako_set_io_priority(value) }
    }

    /// Keeps to some processors. sched_setaffinity(2).
    package static func setAffinity(_ processors: [Int]) throws(SystemError) {
        let mask = mask(processors)
        try systemCall("sched_setaffinity", processors.map(String.init).joined(separator: ",")) {
            unsafe hako_set_affinity(mask, mask.count)
        }
    }

    /// Takes memory from some nodes. set_mempolicy(2).
    package static func setMemoryPolicy(_ mode: Int32, nodes: [Int]) throws(SystemError) {
        let mask = mask(nodes)
        try systemCall("set_mempolicy", "mode \(mode) nodes \(nodes.map(String.init).joined(separator: ","))") {
            unsafe hako_set_memory_policy(mode, mask, mask.count)
        }
    }

    /// personality(2).
    package static func setPersonality(_ domain: UInt) throws(SystemError) {
        try systemCall("personality", "\(domain)") { hako_set_personality(domain) }
    }

    private static func mask(_ numbers: [Int]) -> [UInt64] {
        guard let most = numbers.max() else { return [] }
        var words = [UInt64](repeating: 0, count: most / 64 + 1)
        for number in numbers { words[number / 64] |= 1 << UInt64(number % 64) }
        return words
    }
}
