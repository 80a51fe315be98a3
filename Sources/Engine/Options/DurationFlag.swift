/// Durations as Go writes them: `1m30s`, `500ms`, `1.5h`.
package enum DurationFlag {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// Nanoseconds.
    package static func parse(_ text: String, flag: String, least: Int64 = 0) throws(EngineError) -> Int64 {
        guard let total = nanoseconds(text) else {
            throw EngineError.value(flag, text, "not a duration such as 30s, 1m30s or 500ms")
        }
        guard total >= least else { throw EngineError.value(flag, text, "the least is \(self.text(least))") }
        return total
    }

    /// Nil for what is no duration.
    package static func nanoseconds(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        var rest = text[...]
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            let unit = rest[digits.endIndex...].prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            guard let scale = units.first(where: { $0.name == unit })?.nanoseconds else { return nil }
            total += number * scale
            rest = rest[unit.endIndex...]
        }
        return text.isEmpty || total > 9e18 ? nil : Int64(total)
    }

    package static func text(_ nanoseconds: Int64) -> String {
        if nanoseconds % 1_000_000_000 != 0 { return "\(Double(nanoseconds) / 1e6)ms" }
        let seconds = nanoseconds / 1_000_000_000
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return (hours > 0 ? "\(hours)h" : "") + (hours > 0 || minutes > 0 ? "\(minutes)m" : "") + "\(seconds % 60)s"
    }
}
