internal import DBus
internal import Linux

/// A property of a unit. org.freedesktop.systemd1(5).
struct SystemdProperty: Equatable {
    let name: String
    let value: DBusValue

    init(_ name: String, _ value: DBusValue) {
        self.name = name
        self.value = value
    }
}

/// The limits of a container as systemd has to know them: else it takes them back when it reloads.
extension SystemdProperty {
    /// Of the writes that put the limits into effect; what systemd has no property for stands in the group's file alone.
    static func all(of writes: [CgroupWrite]) -> [SystemdProperty] {
        var quota: UInt64?
        var period: UInt64 = 100_000
        var properties: [SystemdProperty] = []
        for file in writes.flatMap(\.files) {
            switch file.name {
            case "cpu.max":
                let words = file.value.split(separator: " ")
                quota = words.first.map { UInt64($0) ?? .max }
                if words.count == 2 { period = UInt64(words[1]) ?? period }
            case "cpu.cfs_quota_us": quota = UInt64(file.value) ?? .max
            case "cpu.cfs_period_us": period = UInt64(file.value) ?? period
            case "cpu.idle": if file.value == "1" { properties.append(.init("CPUWeight", .uint64(0))) }
            case "cpuset.cpus", "cpuset.mems":
                guard let bytes = mask(file.value) else { continue }
                properties.append(.init(file.name == "cpuset.cpus" ? "AllowedCPUs" : "AllowedMemoryNodes", .bytes(bytes)))
            default:
                guard let name = numbers[file.name] else { continue }
                properties.append(.init(name, .uint64(UInt64(file.value) ?? .max)))
            }
        }
        if let quota {
            properties.append(.init("CPUQuotaPerSecUSec", .uint64(perSecond(quota, period))))
            properties.append(.init("CPUQuotaPeriodUSec", .uint64(period)))
        }
        return properties
    }

    /// Files that hold one number, or `max`.
    private static let numbers = [
        "memory.max": "MemoryMax", "memory.low": "MemoryLow", "memory.high": "MemoryHigh", "memory.min": "MemoryMin",
        "memory.swap.max": "MemorySwapMax", "memory.limit_in_bytes": "MemoryLimit", "cpu.weight": "CPUWeight",
        "cpu.shares": "CPUShares", "pids.max": "TasksMax",
    ]

    /// Microseconds a second, in steps of a hundredth of a processor as systemd counts: never less than was given.
    private static func perSecond(_ quota: UInt64, _ period: UInt64) -> UInt64 {
        guard quota != .max, period > 0, quota <= UInt64.max / 1_000_000 else { return .max }
        return (quota * 1_000_000 / period + 9_999) / 10_000 * 10_000
    }

    /// `0-2,8`: a bit for each, the lowest first.
    static func mask(_ list: String) -> [UInt8]? {
        guard let numbers = try? NumberList.parse(list, field: "cpuset"), let greatest = numbers.max() else { return nil }
        var bytes = [UInt8](repeating: 0, count: greatest / 8 + 1)
        for number in numbers { bytes[number / 8] |= 1 << UInt8(number % 8) }
        return bytes
    }
}

/// What annotations ask for: `org.systemd.property.TimeoutStopUSec: uint64 1000000`, as with runc and crun.
extension SystemdProperty {
    static let prefix = "org.systemd.property."

    static func all(of annotations: [String: String]) throws(RuntimeError) -> [SystemdProperty] {
        var properties: [SystemdProperty] = []
        for (key, text) in annotations.sorted(by: { $0.key < $1.key }) where key.hasPrefix(prefix) {
            var name = String(key.dropFirst(prefix.utf8.count))
            guard name.utf8.count > 2, name.utf8.allSatisfy({ ($0 | 32 >= 97) && ($0 | 32 <= 122) }) else {
                throw RuntimeError("the annotation \(key) names no property of systemd's: letters only")
            }
            guard var value = value(text) else {
                throw RuntimeError("the annotation \(key) is not a value such as 'text', true, uint64 5 or ['a', 'b']: \(text)")
            }
            if name.hasSuffix("Sec"), !name.hasSuffix("USec"), let micro = microseconds(value) {
                name = name.dropLast(3) + "USec"
                value = .uint64(micro)
            }
            properties.append(.init(name, value))
        }
        return properties
    }

    private static func microseconds(_ seconds: DBusValue) -> UInt64? {
        switch seconds {
        case .int32(let value) where value >= 0: UInt64(value) * 1_000_000
        case .uint32(let value): UInt64(value) * 1_000_000
        case .int64(let value) where value >= 0: UInt64(value).multipliedReportingOverflow(by: 1_000_000).partialValue
        case .uint64(let value): value.multipliedReportingOverflow(by: 1_000_000).partialValue
        default: nil
        }
    }

    /// GVariant's text format, as much of it as the properties of a scope need.
    static func value(_ text: String) -> DBusValue? {
        let text = trimmed(text[...])
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        if let string = quoted(text) { return .string(string) }
        if text.hasPrefix("["), text.hasSuffix("]") {
            var strings: [String] = []
            for item in text.dropFirst().dropLast().split(separator: ",") {
                guard let string = quoted(trimmed(item)) else { return nil }
                strings.append(string)
            }
            return .strings(strings)
        }
        let words = text.split(separator: " ")
        guard let number = words.last, words.count <= 2 else { return nil }
        switch words.count == 2 ? words[0] : "int32" {
        case "int32": return Int32(number).map(DBusValue.int32)
        case "uint32": return UInt32(number).map(DBusValue.uint32)
        case "int64": return Int64(number).map(DBusValue.int64)
        case "uint64": return UInt64(number).map(DBusValue.uint64)
        default: return nil
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func quoted(_ text: Substring) -> String? {
        guard text.utf8.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote else { return nil }
        let inner = text.dropFirst().dropLast()
        return inner.contains(quote) || inner.contains("\\") ? nil : String(inner)
    }
}
