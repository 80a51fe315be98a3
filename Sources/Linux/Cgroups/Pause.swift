internal import Glibc

/// Waiting a moment for the kernel, where it has no event to wait for.
package enum Pause {
    /// nanosleep(2). A signal may end it early.
    package static func microseconds(_ count: UInt32) {
        var time = timespec(tv_sec: Int(count / 1_000_000), tv_nsec: Int(count % 1_000_000) * 1000)
        _ = unsafe nanosleep(&time, nil)
    }
}
