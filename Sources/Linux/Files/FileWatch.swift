internal import Glibc

/// Hears when files are written, made or renamed. inotify(7).
public struct FileWatch: ~Copyable {
    public let descriptor: Descriptor

    /// inotify_init1(2).
    public init() throws(SystemError) {
        descriptor = Descriptor(
            owning: try systemCall("inotify_init1") { inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK)) })
    }

    /// Watches a file, or a directory for files that come into it. inotify_add_watch(2).
    public borrowing func add(_ path: String) throws(SystemError) {
        let raw = descriptor.raw
        try systemCall("inotify_add_watch", path) {
            unsafe inotify_add_watch(raw, path, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF))
        }
    }

    /// Waits until something has happened, at most so long; what it was is not told.
    public borrowing func wait(milliseconds: Int32) {
        var poll = Poll()
        poll.watch(descriptor.raw, .readable)
        guard (try? poll.wait(milliseconds: milliseconds)) == true else { return }
        while let bytes = try? descriptor.read(upTo: 4096), !bytes.isEmpty {}
    }
}
