package import JSON
internal import Linux

/// What a container uses, read from its control groups: the members of `events --stats`, as runc names them.
extension Cgroup {
    /// - Throws: only where a file that is there cannot be read; what no group tells is left out.
    package func statistics() -> JSONValue {
        var data = JSONObject()
        data.append("cpu", cpuStatistics)
        data.append("memory", memoryStatistics)
        data.append("pids", pidsStatistics)
        data.append("blkio", blockStatistics)
        data.append("hugetlb", hugePageStatistics)
        return .object(data)
    }

    private func read(_ controller: String, _ v1: String, _ v2: String) -> String? {
        guard let group = group(of: controller) else { return nil }
        let name = group.isV2 ? v2 : v1
        return name.isEmpty ? nil : try? File.readText("\(group.directory)/\(name)", limit: 1 << 20)
    }

    /// A number; `max` is the greatest.
    private func number(_ controller: String, _ v1: String, _ v2: String) -> JSONValue? {
        guard let text = read(controller, v1, v2) else { return nil }
        return text == "max" ? .unsigned(.max) : UInt64(text).map { JSONValue(whole: $0) }
    }

    /// `key value` lines.
    private func table(_ text: String?) -> [(key: String, value: UInt64)] {
        (text ?? "").split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count == 2, let value = UInt64(fields[1]) else { return nil }
            return (String(fields[0]), value)
        }
    }

    // MARK: Processors

    /// Times in nanoseconds.
    private var cpuStatistics: JSONValue {
        let stat = table(read("cpu", "cpu.stat", "cpu.stat"))
        func of(_ key: String, times factor: UInt64 = 1) -> JSONValue {
            JSONValue(whole: (stat.first { $0.key == key }?.value ?? 0) &* factor)
        }
        var usage = JSONObject()
        if let group = group(of: "cpuacct"), !group.isV2 {
            usage.append("total", number("cpuacct", "cpuacct.usage", "") ?? 0)
            let each = (read("cpuacct", "cpuacct.usage_percpu", "") ?? "").split(separator: " ").compactMap { UInt64($0) }
            usage.append("percpu", .array(each.map { JSONValue(whole: $0) }))
            // Clock ticks of 10 ms.
            for (key, value) in table(read("cpuacct", "cpuacct.stat", "")) {
                usage.append(key == "system" ? "kernel" : "user", JSONValue(whole: value &* 10_000_000))
            }
        } else {
            usage.append("total", of("usage_usec", times: 1000))
            usage.append("kernel", of("system_usec", times: 1000))
            usage.append("user", of("user_usec", times: 1000))
        }
        let isV2 = group(of: "cpu")?.isV2 == true
        return [
            "usage": .object(usage),
            "throttling": [
                "periods": of("nr_periods"), "throttledPeriods": of("nr_throttled"),
                "throttledTime": isV2 ? of("throttled_usec", times: 1000) : of("throttled_time"),
            ],
        ]
    }

    // MARK: Memory

    private var memoryStatistics: JSONValue {
        func entry(_ v1: String, _ v2: (usage: String, limit: String, peak: String)) -> JSONValue {
            [
                "usage": number("memory", "\(v1).usage_in_bytes", v2.usage) ?? 0,
                "limit": number("memory", "\(v1).limit_in_bytes", v2.limit) ?? 0,
                "max": number("memory", "\(v1).max_usage_in_bytes", v2.peak) ?? 0,
                "failcnt": number("memory", "\(v1).failcnt", "") ?? 0,
            ]
        }
        let raw = table(read("memory", "memory.stat", "memory.stat"))
        func of(_ keys: String...) -> JSONValue { JSONValue(whole: raw.first { keys.contains($0.key) }?.value ?? 0) }
        return [
            "cache": of("total_cache", "file"),
            "usage": entry("memory", ("memory.current", "memory.max", "memory.peak")),
            "swap": entry("memory.memsw", ("memory.swap.current", "memory.swap.max", "memory.swap.peak")),
            "raw": .object(JSONObject(raw.map { .init(key: $0.key, value: JSONValue(whole: $0.value)) })),
        ]
    }

    // MARK: Others

    private var pidsStatistics: JSONValue {
        let limit = read("pids", "pids.max", "pids.max").flatMap { UInt64($0) } ?? 0
        return ["current": number("pids", "pids.current", "pids.current") ?? 0, "limit": JSONValue(whole: limit)]
    }

    /// v1: lines `8:0 Read 4096`. v2: `8:0 rbytes=4096 wbytes=0 …`.
    private var blockStatistics: JSONValue {
        var bytes: [JSONValue] = []
        var operations: [JSONValue] = []
        func entry(_ device: Substring, _ op: String, _ value: UInt64) -> JSONValue? {
            let numbers = device.split(separator: ":").compactMap { UInt64($0) }
            guard numbers.count == 2 else { return nil }
            return [
                "major": JSONValue(whole: numbers[0]), "minor": JSONValue(whole: numbers[1]), "op": .string(op),
                "value": JSONValue(whole: value),
            ]
        }
        for (name, isBytes) in [("io_service_bytes", true), ("io_serviced", false)] {
            for line in (read("blkio", "blkio.throttle.\(name)_recursive", "") ?? "").split(separator: "\n") {
                let fields = line.split(separator: " ")
                guard fields.count == 3, let value = UInt64(fields[2]), let item = entry(fields[0], String(fields[1]), value)
                else { continue }
                if isBytes { bytes.append(item) } else { operations.append(item) }
            }
        }
        let names = ["rbytes": ("Read", true), "wbytes": ("Write", true), "rios": ("Read", false), "wios": ("Write", false)]
        for line in (read("io", "", "io.stat") ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            for field in fields.dropFirst() {
                let pair = field.split(separator: "=")
                guard pair.count == 2, let (op, isBytes) = names[String(pair[0])], let value = UInt64(pair[1]),
                    let item = entry(fields[0], op, value)
                else { continue }
                if isBytes { bytes.append(item) } else { operations.append(item) }
            }
        }
        return ["ioServiceBytesRecursive": .array(bytes), "ioServicedRecursive": .array(operations)]
    }

    private var hugePageStatistics: JSONValue {
        guard let group = group(of: "hugetlb"), let names = try? File.open(group.directory, [.read, .directory]).list() else {
            return [:]
        }
        var sizes = JSONObject()
        let suffix = group.isV2 ? ".current" : ".usage_in_bytes"
        for name in names.sorted() where name.hasPrefix("hugetlb.") && name.hasSuffix(suffix) && !name.includes("rsvd") {
            let size = String(name.dropFirst(8).dropLast(suffix.count))
            sizes.append(size, ["usage": number("hugetlb", name, name) ?? 0])
        }
        return .object(sizes)
    }
}
