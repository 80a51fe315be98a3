internal import FoundationEssentials

/// When to try again, and after how long.
enum Retry {
    /// Attempts in all.
    static let attempts = 5
    static let longestDelay = 60.0
    /// Who asks to wait longer is not waited for.
    static let longestPatience = 300.0

    /// Seconds before attempt number `attempt` + 1: what the registry asks for, or twice as long each time, jittered.
    static func delay(after attempt: Int, asked: Double?, random: Double = .random(in: 0..<1)) -> Double {
        if let asked { return min(max(asked, 0.05), longestDelay) }
        return min(0.2 * Double(1 << min(attempt, 8)), 10) * (0.5 + random / 2)
    }

    static func sleep(_ seconds: Double) async throws {
        try await Task.sleep(for: .milliseconds(Int64(seconds * 1000)))
    }

    static func mayPass(_ error: RegistryError) -> Bool { error.isTransient && (error.delay ?? 0) <= longestPatience }

    /// Runs `body` again while it fails with what may pass.
    static func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        for attempt in 0... {
            do {
                return try await body()
            } catch let error as RegistryError where mayPass(error) && attempt + 1 < attempts {
                try await sleep(delay(after: attempt, asked: error.delay))
            }
        }
        throw CancellationError()
    }
}

/// The header Retry-After: seconds, or a date (RFC 9110, 10.2.3).
enum RetryAfter {
    static func seconds(_ text: String, now: Double = Date().timeIntervalSince1970) -> Double? {
        let text = text.trimmingPrefix { $0 == " " }
        if let seconds = Int(text) { return seconds < 0 ? nil : Double(min(seconds, 86400)) }
        guard let date = date(String(text)) else { return nil }
        return min(max(0, date - now), 86400)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970 (RFC 9110, 5.6.7, IMF-fixdate).
    static func date(_ text: String) -> Double? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3]), (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2]) else {
            return nil
        }
        // Days since 1970-01-01 with years that begin in March, so that leap days come last.
        let shifted = month >= 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return Double(days * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2])
    }
}
