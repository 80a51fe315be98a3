internal import Linux
internal import OCI

/// The writes that put OCI limits into effect, in the words of one version of control groups. Pure.
///
/// What a version has no word for is an error, not silence (config-linux.md, Control groups).
struct CgroupLimits {
    let isV2: Bool
    private(set) var writes: [CgroupWrite] = []

    init(isV2: Bool) { self.isV2 = isV2 }

    mutating func add(_ write: CgroupWrite) { writes.append(write) }

    func unsupported(_ what: String, _ why: String) -> RuntimeError {
        RuntimeError("cannot limit \(what): \(why)")
    }

    // MARK: Memory

    mutating func add(_ memory: Resources.Memory, forUpdate: Bool) throws(RuntimeError) {
        if isV2 { try addV2(memory) } else { addV1(memory, forUpdate: forUpdate) }
    }

    private mutating func addV1(_ memory: Resources.Memory, forUpdate: Bool) {
        let (limit, swap) = (memory.limit ?? 0, memory.swap ?? 0)
        if limit != 0 { addBytes("memory", "memory.limit_in_bytes", limit, "memory") }
        // Lifting the limit of memory lifts that of both together, unless it is given.
        if swap != 0 || limit == -1 {
            addBytes("memory", "memory.memsw.limit_in_bytes", swap != 0 ? swap : -1, "memory and swap")
        }
        if let reservation = memory.reservation, reservation != 0 {
            addBytes("memory", "memory.soft_limit_in_bytes", reservation, "reserved memory")
        }
        if let kernel = memory.kernel, kernel > 0 {
            addBytes("memory", "memory.kmem.limit_in_bytes", kernel, "kernel memory")
        }
        if let tcp = memory.kernelTCP, tcp > 0 {
            addBytes("memory", "memory.kmem.tcp.limit_in_bytes", tcp, "memory of TCP buffers")
        }
        if let swappiness = memory.swappiness { add(.init("memory", "memory.swappiness", "\(swappiness)", "swappiness")) }
        if let hierarchy = memory.useHierarchy {
            add(.init("memory", "memory.use_hierarchy", hierarchy ? "1" : "0", "memory by hierarchy", isUnlimited: hierarchy))
        }
        if let disabled = memory.disableOOMKiller, disabled || forUpdate {
            add(.init("memory", "memory.oom_control", disabled ? "1" : "0", "memory without the OOM killer"))
        }
    }

    /// OCI's swap is memory and swap together; v2 counts swap alone.
    private mutating func addV2(_ memory: Resources.Memory) throws(RuntimeError) {
        let (limit, swap) = (memory.limit ?? 0, memory.swap ?? 0)
        if let kernel = memory.kernel, kernel > 0 {
            throw unsupported("kernel memory", "cgroup v2 counts it with all memory; use the limit of memory")
        }
        if let tcp = memory.kernelTCP, tcp > 0 {
            throw unsupported("memory of TCP buffers", "cgroup v2 counts it with all memory; use the limit of memory")
        }
        if memory.swappiness != nil { throw unsupported("swappiness", "cgroup v2 has none; leave it out") }
        if memory.disableOOMKiller == true {
            throw unsupported("memory without the OOM killer", "cgroup v2 cannot switch it off; leave it out")
        }
        if memory.useHierarchy == false { throw unsupported("memory of one group only", "cgroup v2 always counts what is below") }
        if limit != 0 { addBytes("memory", "memory.max", limit, "memory") }
        if swap == -1 || (limit == -1 && swap == 0) {
            addBytes("memory", "memory.swap.max", -1, "swap")
        } else if swap > 0 {
            guard limit > 0 else { throw unsupported("swap", "memory and swap together need a limit of memory beside it") }
            guard swap >= limit else {
                throw unsupported("swap", "\(swap) bytes of memory and swap together are less than the \(limit) of memory alone")
            }
            add(.init("memory", "memory.swap.max", "\(swap - limit)", "swap"))
        }
        if let reservation = memory.reservation, reservation != 0 {
            addBytes("memory", "memory.low", reservation, "reserved memory")
        }
    }

    private mutating func addBytes(_ controller: String, _ file: String, _ bytes: Int64, _ limit: String) {
        let value = bytes >= 0 ? "\(bytes)" : isV2 ? "max" : "-1"
        add(.init(controller, file, value, limit, isUnlimited: bytes < 0))
    }

    // MARK: Processors

    mutating func add(_ cpu: Resources.CPU) throws(RuntimeError) {
        if isV2 { try addV2(cpu) } else { addV1(cpu) }
        if let cpus = cpu.cpus, !cpus.isEmpty { add(.init("cpuset", "cpuset.cpus", cpus, "which processors are used")) }
        if let mems = cpu.mems, !mems.isEmpty { add(.init("cpuset", "cpuset.mems", mems, "which memory nodes are used")) }
    }

    private mutating func addV1(_ cpu: Resources.CPU) {
        if let shares = cpu.shares, shares != 0 { add(.init("cpu", "cpu.shares", "\(shares)", "processor shares")) }
        if let period = cpu.period, period != 0 {
            add(.init("cpu", "cpu.cfs_period_us", "\(period)", "the period of processor time"))
        }
        if let quota = cpu.quota, quota != 0 {
            let value = quota < 0 ? "-1" : "\(quota)"
            add(.init("cpu", "cpu.cfs_quota_us", value, "processor time", isUnlimited: quota < 0))
        }
        if let burst = cpu.burst { add(.init("cpu", "cpu.cfs_burst_us", "\(burst)", "bursts of processor time")) }
        if let period = cpu.realtimePeriod, period != 0 {
            add(.init("cpu", "cpu.rt_period_us", "\(period)", "the period of real-time processor time"))
        }
        if let runtime = cpu.realtimeRuntime, runtime != 0 {
            add(.init("cpu", "cpu.rt_runtime_us", "\(runtime)", "real-time processor time"))
        }
        if let idle = cpu.idle { add(.init("cpu", "cpu.idle", "\(idle)", "processors to idle time")) }
    }

    private mutating func addV2(_ cpu: Resources.CPU) throws(RuntimeError) {
        if cpu.realtimeRuntime ?? 0 != 0 || cpu.realtimePeriod ?? 0 != 0 {
            throw unsupported("real-time processor time", "cgroup v2 has no such limit; leave it out")
        }
        if let shares = cpu.shares, shares != 0 {
            add(.init("cpu", "cpu.weight", "\(CPUWeight.fromShares(shares))", "processor shares"))
        }
        let (quota, period) = (cpu.quota ?? 0, cpu.period ?? 0)
        if quota > 0 {
            add(.init("cpu", "cpu.max", "\(quota) \(period == 0 ? 100_000 : period)", "processor time"))
        } else if quota < 0 || period != 0 {
            let value = period == 0 ? "max" : "max \(period)"
            add(.init("cpu", "cpu.max", value, "processor time", isUnlimited: period == 0))
        }
        if let burst = cpu.burst { add(.init("cpu", "cpu.max.burst", "\(burst)", "bursts of processor time")) }
        if let idle = cpu.idle { add(.init("cpu", "cpu.idle", "\(idle)", "processors to idle time")) }
    }

    // MARK: Processes

    mutating func add(_ pids: Resources.Pids) {
        guard let limit = pids.limit, limit != 0 else { return }
        add(.init("pids", "pids.max", limit < 0 ? "max" : "\(limit)", "the number of processes", isUnlimited: limit < 0))
    }
}
