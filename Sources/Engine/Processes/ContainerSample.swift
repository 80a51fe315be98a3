package import JSON
internal import Linux
internal import Runtime

/// What a container has used up to a moment, as its control groups counted it.
package struct ContainerSample: Sendable, Equatable {
    /// Nanoseconds of the monotonic clock.
    package var time: UInt64
    /// Nanoseconds of processors.
    package var processor: UInt64 = 0
    /// Bytes, without what the kernel would give up at once (inactive files of the page cache).
    package var memory: UInt64 = 0
    package var memoryLimit: UInt64 = 0
    package var processes: UInt64 = 0
    package var read: UInt64 = 0
    package var written: UInt64 = 0
    package var received: UInt64 = 0
    package var sent: UInt64 = 0

    package init(time: UInt64) { self.time = time }

    /// - Parameter statistics: as `Cgroup.statistics` gives them.
    package init(time: UInt64, statistics: JSONValue) {
        self.time = time
        processor = statistics.count("cpu", "usage", "total")
        let usage = statistics.count("memory", "usage", "usage")
        let inactive = max(
            statistics.count("memory", "raw", "total_inactive_file"), statistics.count("memory", "raw", "inactive_file"))
        memory = usage > inactive ? usage - inactive : usage
        memoryLimit = statistics.count("memory", "usage", "limit")
        processes = statistics.count("pids", "current")
        guard case .array(let entries)? = statistics.member(["blkio", "ioServiceBytesRecursive"]) else { return }
        for entry in entries {
            switch entry.member(["op"]) {
            case .string("Read"): read += entry.count("value")
            case .string("Write"): written += entry.count("value")
            default: continue
            }
        }
    }

    /// Of each of its devices but the loopback: lines `eth0: BYTES PACKETS … BYTES …`. proc_pid_net(5).
    mutating func addNetwork(_ text: String) {
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].drop { $0 == " " }
            let fields = line[line.index(after: colon)...].split(separator: " ").map { UInt64($0) ?? 0 }
            guard name != "lo", fields.count > 8 else { continue }
            received += fields[0]
            sent += fields[8]
        }
    }

    /// Hundredths of a percent of one processor between two moments.
    package func processorShare(since earlier: ContainerSample) -> UInt64 {
        guard time > earlier.time, processor > earlier.processor else { return 0 }
        return (processor - earlier.processor) * 10_000 / (time - earlier.time)
    }

    /// Hundredths of a percent of what it may have.
    package var memoryShare: UInt64 { memoryLimit == 0 ? 0 : memory * 10_000 / memoryLimit }
}

extension JSONValue {
    fileprivate func member(_ path: [String]) -> JSONValue? {
        path.reduce(self as JSONValue?) { value, key in
            guard case .object(let object)? = value else { return nil }
            return object[key]
        }
    }

    /// A number of a container's statistics; nil where it is not counted.
    func count(at path: [String]) -> UInt64? { try? member(path)?.whole() as UInt64? }

    fileprivate func count(_ path: String...) -> UInt64 { count(at: path) ?? 0 }
}

extension Engine {
    /// Nil for a container that does not run.
    ///
    /// A plain user's on a host that lets it have no control groups has what its processes count themselves.
    package func sample(_ record: ContainerRecord) throws(EngineError) -> ContainerSample? {
        let status = try status(record.id)
        guard let first = status.pid else { return nil }
        let memory = ProcessClock.totalMemory()
        let time = Trace.now()
        var sample: ContainerSample
        do throws(RuntimeError) {
            let statistics = try ContainerOperations(id: record.id, root: runtime).statistics()
            sample = ContainerSample(time: time, statistics: statistics)
        } catch {
            sample = ContainerSample(time: time)
        }
        if sample.processor == 0 || sample.memory == 0 || sample.processes == 0 {
            let processes = try processIDs(of: record, status).compactMap(ProcessFacts.read)
            // It has ended meanwhile.
            guard !processes.isEmpty else { return nil }
            sample.fill(from: processes)
        }
        sample.memoryLimit = sample.memoryLimit == 0 ? memory : min(sample.memoryLimit, memory)
        sample.addNetwork((try? File.readText("/proc/\(first)/net/dev")) ?? "")
        return sample
    }
}

extension ContainerSample {
    /// Only what no group counted.
    fileprivate mutating func fill(from list: [ProcessFacts]) {
        let tick = 1_000_000_000 / ProcessFacts.ticksPerSecond
        if processor == 0 { processor = list.reduce(0) { $0 + $1.ticks * tick } }
        if memory == 0 { memory = list.reduce(0) { $0 + $1.residentSize } }
        if processes == 0 { processes = list.reduce(0) { $0 + UInt64($1.threads) } }
    }
}
