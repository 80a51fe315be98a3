internal import CLinux
internal import Glibc

extension WallClock {
    /// Seconds since 1970. clock_gettime(2), CLOCK_REALTIME.
    public static func seconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}

extension WallClock {
    /// Seconds since 1970, and the nanoseconds of the next. clock_gettime(2), CLOCK_REALTIME.
    public static func time() -> (seconds: Int64, nanoseconds: Int64) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return (Int64(time.tv_sec), Int64(time.tv_nsec))
    }
}
