internal import CLinux
internal import Glibc
internal import SystemPackage

/// What tells that a file is the same and unchanged: its place, size, and both times that a write moves. fstat(2).
///
/// A write cannot keep st_ctime, except within one tick of the kernel's clock: see `isSettled`.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    /// Nanoseconds since 1970.
    package let modified: Int64
    /// Nanoseconds since 1970.
    package let changed: Int64

    package init(of file: borrowing Descriptor) throws(SystemError) {
        let raw = file.raw
        var s = stat()
        try systemCall("fstat", "fd \(raw)") { unsafe fstat(raw, &s) }
        device = UInt64(s.st_dev)
        inode = UInt64(s.st_ino)
        size = Int64(s.st_size)
        modified = Self.nanoseconds(s.st_mtim)
        changed = Self.nanoseconds(s.st_ctim)
    }

    /// Whether any write from now on is sure to move `changed`. Waits up to 20 ms for that, the kernel's tick and a bit.
    package func isSettled() -> Bool {
        for _ in 0..<20 {
            var now = timespec()
            unsafe clock_gettime(CLOCK_REALTIME_COARSE, &now)
            if Self.nanoseconds(now) > changed { return true }
            usleep(1000)
        }
        return false
    }

    /// The identity in one line, for an index.
    package var text: String { "\(device):\(inode):\(size):\(modified):\(changed)" }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
