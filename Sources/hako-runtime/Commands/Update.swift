import Flags
import JSON
import Linux
import OCI
import Runtime

/// Changes the limits of a running container.
struct Update: RuntimeCommand {
    static let name = "update"
    static let summary = "Change a running container's limits."
    static let words = "ID"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("resources", "r", of: "FILE", help: "The resources as JSON; - for standard input.") { $0.file = $1 },
                .value("blkio-weight", of: "N", help: "Relative weight for block devices, 10 to 1000.") { $0.blockWeight = $1 },
                .value("cpu-period", of: "N", help: "Microseconds of a period.") { $0.cpuPeriod = $1 },
                .value("cpu-quota", of: "N", help: "Microseconds of processor time a period.") { $0.cpuQuota = $1 },
                .value("cpu-burst", of: "N", help: "Microseconds that may be used above the quota.") { $0.cpuBurst = $1 },
                .value("cpu-share", of: "N", help: "Relative weight for processor time.") { $0.cpuShares = $1 },
                .value("cpu-rt-period", of: "N", help: "Microseconds of a real-time period.") { $0.realtimePeriod = $1 },
                .value("cpu-rt-runtime", of: "N", help: "Microseconds of real-time processor time a period.") {
                    $0.realtimeRuntime = $1
                },
                .value("cpuset-cpus", of: "LIST", help: "Which processors.") { $0.processors = $1 },
                .value("cpuset-mems", of: "LIST", help: "Which memory nodes.") { $0.memoryNodes = $1 },
                .value("cpu-idle", of: "0|1", help: "Only processor time that nobody else wants.") { $0.cpuIdle = $1 },
                .value("memory", of: "BYTES", help: "Memory; -1 for no limit.") { $0.memory = $1 },
                .value("memory-reservation", of: "BYTES", help: "Memory to keep to when the host has little.") {
                    $0.reservation = $1
                },
                .value("memory-swap", of: "BYTES", help: "Memory and swap together; -1 for no limit.") { $0.swap = $1 },
                .value("kernel-memory", of: "BYTES", help: "Refused: the kernel has no such limit any more.") {
                    $0.kernelMemory = $1
                },
                .value("kernel-memory-tcp", of: "BYTES", help: "Refused: the kernel has no such limit any more.") {
                    $0.kernelMemory = $1
                },
                .value("pids-limit", of: "N", help: "How many processes; -1 for no limit.") { $0.pids = $1 },
                .value("l3-cache-schema", of: "TEXT", help: "Refused: Intel RDT is not supported yet.") { $0.cacheSchema = $1 },
                .value("mem-bw-schema", of: "TEXT", help: "Refused: Intel RDT is not supported yet.") { $0.cacheSchema = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var file: String?
    var blockWeight: String?
    var cpuPeriod: String?
    var cpuQuota: String?
    var cpuBurst: String?
    var cpuShares: String?
    var realtimePeriod: String?
    var realtimeRuntime: String?
    var processors: String?
    var memoryNodes: String?
    var cpuIdle: String?
    var memory: String?
    var reservation: String?
    var swap: String?
    var kernelMemory: String?
    var pids: String?
    var cacheSchema: String?

    func run() throws -> Int32 {
        if kernelMemory != nil { throw UsageError("--kernel-memory: the kernel has no such limit any more; use --memory") }
        if cacheSchema != nil { throw UsageError("--l3-cache-schema and --mem-bw-schema are not supported yet") }
        try ContainerOperations(id: words[0], root: globals.root).update(try file.map(read) ?? resources())
        return 0
    }

    private func read(_ path: String) throws -> Resources {
        let input = InputFile(path: path)
        let bytes = try input.read()
        do { return try Resources(parsing: bytes) } catch { throw RuntimeError("\(input.name): \(error)") }
    }

    private func resources() throws(UsageError) -> Resources {
        var cpu = Resources.CPU()
        cpu.period = try number(cpuPeriod, "--cpu-period")
        cpu.quota = try number(cpuQuota, "--cpu-quota")
        cpu.burst = try number(cpuBurst, "--cpu-burst")
        cpu.shares = try number(cpuShares, "--cpu-share")
        cpu.realtimePeriod = try number(realtimePeriod, "--cpu-rt-period")
        cpu.realtimeRuntime = try number(realtimeRuntime, "--cpu-rt-runtime")
        cpu.cpus = processors
        cpu.mems = memoryNodes
        cpu.idle = try number(cpuIdle, "--cpu-idle")
        var limits = Resources.Memory()
        limits.limit = try number(memory, "--memory")
        limits.reservation = try number(reservation, "--memory-reservation")
        limits.swap = try number(swap, "--memory-swap")
        var resources = Resources()
        resources.cpu = cpu
        resources.memory = limits
        if let most: Int64 = try number(pids, "--pids-limit") { resources.pids = Resources.Pids(limit: most) }
        if let weight: UInt16 = try number(blockWeight, "--blkio-weight") {
            resources.blockIO = Resources.BlockIO()
            resources.blockIO?.weight = weight
        }
        return resources
    }

    private func number<Number: FixedWidthInteger>(_ text: String?, _ flag: String) throws(UsageError) -> Number? {
        guard let text else { return nil }
        guard let number = Number(text) else { throw UsageError("\(flag): \"\(text)\" is not a whole number") }
        return number
    }
}

/// Prints what a container uses, and when it runs out of memory, as lines of JSON.
struct Events: RuntimeCommand {
    static let name = "events"
    static let summary = "Print what a container uses, as lines of JSON."
    static let words = "ID"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("stats", help: "Once, and end.") { $0.once = $1 },
                .value("interval", of: "DURATION", help: "Between two lines: 5s, 500ms, 1m (default: 5s).") { $0.interval = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var once = false
    var interval = "5s"

    func run() throws -> Int32 {
        let pause = try Self.milliseconds(interval)
        let operations = try ContainerOperations(id: words[0], root: globals.root)
        try printLine("stats", try operations.statistics())
        if once { return 0 }
        var kills = try operations.outOfMemoryKills() ?? 0
        var waited: Int32 = 0
        while true {
            // The end and the out-of-memory killer are looked for ten times a second.
            var poll = Poll()
            _ = try poll.wait(milliseconds: min(100, pause))
            waited += min(100, pause)
            guard let now = try? operations.outOfMemoryKills() else { return 0 }
            if now > kills { try printLine("oom", nil) }
            kills = now
            guard waited >= pause else { continue }
            waited = 0
            guard let statistics = try? operations.statistics() else { return 0 }
            try printLine("stats", statistics)
        }
    }

    private func printLine(_ type: String, _ data: JSONValue?) throws {
        var event = JSONObject()
        event.append("type", .string(type))
        event.append("id", .string(words[0]))
        if let data { event.append("data", data) }
        try StandardStreams.writeOutput(JSONValue.object(event).bytes() + [10])
    }

    /// Go's way of writing times, as far as it makes sense here.
    private static func milliseconds(_ text: String) throws(UsageError) -> Int32 {
        for (unit, factor) in [("ms", 1.0), ("s", 1000.0), ("m", 60_000.0)] where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number > 0, number * factor <= 86_400_000 else { break }
            return max(1, Int32(number * factor))
        }
        throw UsageError("--interval: \"\(text)\" is no time such as 5s, 500ms or 1m")
    }
}
