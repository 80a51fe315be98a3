/// A device of the host's that the container gets: `--device SRC[:DST[:rwm]]`.
package struct DeviceRequest: Sendable, Equatable {
    package var source: String
    package var destination: String
    /// Some of `r`, `w`, `m`.
    package var access: String

    package init(source: String, destination: String, access: String = "rwm") {
        self.source = source
        self.destination = destination
        self.access = access
    }

    package static func parse(_ text: String) throws(EngineError) -> DeviceRequest {
        let flag = "--device"
        try Numbers.checkNoZero(text, flag: flag)
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts[0].hasPrefix("/") else {
            throw EngineError.value(flag, text, "write it as /dev/SOURCE[:/dev/DESTINATION[:rwm]]")
        }
        var device = DeviceRequest(source: parts[0], destination: parts[0])
        if parts.count == 3 {
            device.destination = parts[1]
            device.access = parts[2]
        } else if parts.count == 2 {
            if isAccess(parts[1]) { device.access = parts[1] } else { device.destination = parts[1] }
        }
        guard isAccess(device.access) else { throw EngineError.value(flag, text, "access is made of r, w and m") }
        device.destination = try MountRequest.destination(device.destination, flag: flag, value: text)
        return device
    }

    private static func isAccess(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 3 && Set(text).count == text.count && text.allSatisfy { "rwm".contains($0) }
    }
}

/// A limit of one block device: `--device-read-bps PATH:RATE` and its like.
package struct DeviceRate: Sendable, Equatable {
    package var path: String
    /// Bytes or operations a second, or a weight.
    package var rate: UInt64

    package enum Unit: Sendable { case bytes, operations, weight }

    package static func parse(_ text: String, flag: String, unit: Unit) throws(EngineError) -> DeviceRate {
        guard let colon = text.lastIndex(of: ":"), text.hasPrefix("/") else {
            throw EngineError.value(flag, text, "write it as /dev/NAME:\(unit == .weight ? "WEIGHT" : "RATE")")
        }
        let amount = String(text[text.index(after: colon)...])
        let rate: Int64 =
            switch unit {
            case .bytes: try ByteSize.parse(amount, flag: flag)
            case .operations: try Numbers.integer(amount, flag: flag, in: 1...Int64.max, what: "a number of operations a second")
            case .weight: try Numbers.integer(amount, flag: flag, in: 10...1000, what: "a weight")
            }
        return DeviceRate(path: String(text[..<colon]), rate: UInt64(rate))
    }
}

/// `--device-cgroup-rule "c 10:200 rwm"`.
package struct DeviceRuleFlag: Sendable, Equatable {
    package var type: String
    /// Nil is any.
    package var major: Int64?
    package var minor: Int64?
    package var access: String

    package static func parse(_ text: String) throws(EngineError) -> DeviceRuleFlag {
        let wrong = EngineError.value("--device-cgroup-rule", text, "write it as \"c 10:200 rwm\" (a, b or c; * is any)")
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 3, ["a", "b", "c"].contains(parts[0]) else { throw wrong }
        let numbers = parts[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard numbers.count == 2, !parts[2].isEmpty, parts[2].allSatisfy({ "rwm".contains($0) }) else { throw wrong }
        func number(_ text: String) throws(EngineError) -> Int64? {
            if text == "*" { return nil }
            guard let number = UInt32(text) else { throw wrong }
            return Int64(number)
        }
        return DeviceRuleFlag(
            type: parts[0], major: try number(numbers[0]), minor: try number(numbers[1]), access: parts[2])
    }
}
