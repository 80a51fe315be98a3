internal import Linux

/// Times as the commands show them.
package enum Clock {
    /// Seconds since 1970.
    package static func seconds() -> Int64 { WallClock.seconds() }

    /// `About a minute ago` and the like, in docker's words.
    package static func text(seconds: Int64) -> String {
        switch seconds {
        case ..<1: "Less than a second"
        case 1: "1 second"
        case ..<60: "\(seconds) seconds"
        case ..<120: "About a minute"
        case ..<3600: "\(seconds / 60) minutes"
        case ..<7200: "About an hour"
        case ..<(48 * 3600): "\(seconds / 3600) hours"
        case ..<(14 * 86400): "\(seconds / 86400) days"
        case ..<(60 * 86400): "\(seconds / 604_800) weeks"
        case ..<(730 * 86400): "\(seconds / 2_592_000) months"
        default: "\(seconds / 31_536_000) years"
        }
    }

    /// Seconds since 1970 of a time in RFC 3339 with `Z`, as hako writes them; nil for anything else.
    package static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[10] == 84, bytes.last == 90 else { return nil }
        func number(_ range: Range<Int>) -> Int64? { Int64(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month)
        else { return nil }
        // Days since 1970, counting years from March so that the leap day is the last.
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let yearOfEra = y - era * 400
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return days * 86400 + hour * 3600 + minute * 60 + second
    }
}
