internal import CLinux
internal import Glibc

/// The time of day.
public enum WallClock {
    /// Now, in UTC, as RFC 3339 with nanoseconds.
    public static func now() -> String {
        let (seconds, nanoseconds) = time()
        return text(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// A time since 1970 as RFC 3339.
    public static func text(seconds: Int64, nanoseconds: Int64) -> String {
        var seconds = time_t(seconds)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        let date = unsafe "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let time = unsafe "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(time).\(padded(Int32(nanoseconds), 9))Z"
    }

    private static func padded(_ value: Int32, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
