internal import Linux

/// `--since` and `--until`: a time in RFC 3339, seconds since 1970, or how long ago (`10m`).
package enum TimeFlag {
    /// The same in RFC 3339 in UTC, as hako writes times: they compare as texts.
    package static func parse(_ text: String, flag: String) throws(EngineError) -> String {
        if let ago = DurationFlag.nanoseconds(text.hasPrefix("-") ? String(text.dropFirst()) : text) {
            let (now, part) = WallClock.time()
            let total = now * 1_000_000_000 + part - ago
            return WallClock.text(seconds: total / 1_000_000_000, nanoseconds: total % 1_000_000_000)
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count <= 2, let seconds = Int64(parts[0]), seconds >= 0, parts.count == 1 || UInt64(parts[1]) != nil {
            let fraction = parts.count == 2 ? String((parts[1] + "000000000").prefix(9)) : "0"
            return WallClock.text(seconds: seconds, nanoseconds: Int64(fraction) ?? 0)
        }
        if let utc = utc(text) { return utc }
        throw EngineError.value(flag, text, "not a time such as 2026-01-31T12:00:00Z, 1767225600 or 10m")
    }

    /// A date, a date and a time, with a zone or without one: then it is UTC.
    private static func utc(_ text: String) -> String? {
        var time = text.contains("T") ? text : text.count == 10 ? "\(text)T00:00:00" : text
        var shift: Int64 = 0
        if time.hasSuffix("Z") {
            time.removeLast()
        } else if time.count > 16, let sign = time.lastIndex(where: { $0 == "+" || $0 == "-" }), time[sign...].count == 6,
            time.distance(from: time.startIndex, to: sign) > 10
        {
            let zone = time[sign...].dropFirst().split(separator: ":").compactMap { Int64($0) }
            guard zone.count == 2 else { return nil }
            shift = (zone[0] * 3600 + zone[1] * 60) * (time[sign] == "+" ? -1 : 1)
            time = String(time[..<sign])
        }
        if time.count == 16 { time += ":00" }
        let parts = time.split(separator: ".", maxSplits: 1)
        guard let first = parts.first, let seconds = Clock.parse("\(first)Z") else { return nil }
        let fraction = parts.count == 2 ? (String(parts[1]) + "000000000").prefix(9) : "0"
        guard let nanoseconds = Int64(fraction) else { return nil }
        return WallClock.text(seconds: seconds + shift, nanoseconds: nanoseconds)
    }
}
