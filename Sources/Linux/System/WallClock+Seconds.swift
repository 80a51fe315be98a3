internal import CLinux
internal import Glibc

extension WallClock {
    /// Seconds since 1970, and the nanoseconds of the next. clock_gettime(2), CLOCK_REALTIME.
    public static func time() -> (seconds: Int64, nanoseconds: Int64) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return (Int64(time.tv_sec), Int64(time.tv_nsec))
    }

    /// Nanoseconds since 1970 as of the kernel's last tick: what files get as their times, or a bit less where the file system
    /// has finer ones. clock_gettime(2), CLOCK_REALTIME_COARSE.
    package static func lastTick() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Nanoseconds since 1970.
    public static func nanoseconds() -> Int64 {
        let time = time()
        return time.seconds * 1_000_000_000 + time.nanoseconds
    }

    /// Seconds since 1970.
    public static func seconds() -> Int64 { time().seconds }

    /// A time where this machine is. localtime_r(3).
    public struct Local: Sendable, Equatable {
        public var year: Int
        /// From 1.
        public var month: Int
        public var day: Int
        public var hour: Int
        public var minute: Int
        public var second: Int
    }

    public static func local(_ seconds: Int64) -> Local {
        var time = time_t(seconds)
        var parts = unsafe tm()
        unsafe localtime_r(&time, &parts)
        return unsafe Local(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday), hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min), second: Int(parts.tm_sec))
    }
}
