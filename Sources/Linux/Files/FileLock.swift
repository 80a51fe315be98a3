internal import CLinux
internal import Glibc
internal import SystemPackage

extension Descriptor {
    public enum LockKind: Sendable { case shared, exclusive }

    /// Locks the open file against those who lock it too; the kernel drops the lock with the last copy of the
    /// descriptor, also after SIGKILL. flock(2).
    ///
    /// - Throws: EWOULDBLOCK (`.wouldBlock`) where it is taken and `waits` is false.
    public borrowing func lock(_ kind: LockKind, waits: Bool = true) throws(SystemError) {
        let raw = self.raw
        let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | (waits ? 0 : LOCK_NB)
        try systemCall("flock", "fd \(raw) \(kind)") { flock(raw, operation) }
    }

    /// Lets go of the lock, with the file still open. flock(2), LOCK_UN.
    package borrowing func unlock() throws(SystemError) {
        let raw = self.raw
        try systemCall("flock", "fd \(raw) unlock") { flock(raw, LOCK_UN) }
    }
}
