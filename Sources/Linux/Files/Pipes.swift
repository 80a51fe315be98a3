internal import CLinux
internal import Glibc

/// Pipes. pipe(7).
public enum Pipes {
    /// pipe2(2). Both ends are the caller's to close.
    public static func make() throws(SystemError) -> (read: CInt, write: CInt) {
        var fds: [CInt] = [-1, -1]
        try systemCall("pipe2") { unsafe hako_pipe(&fds) }
        return (fds[0], fds[1])
    }
}

extension Descriptor {
    /// fcntl(2), F_SETFL with O_NONBLOCK.
    public borrowing func setNonBlocking() throws(SystemError) {
        let raw = self.raw
        let flags = try systemCall("fcntl", "fd \(raw) F_GETFL") { hako_fcntl_int(raw, F_GETFL, 0) }
        try systemCall("fcntl", "fd \(raw) O_NONBLOCK") { hako_fcntl_int(raw, F_SETFL, flags | O_NONBLOCK) }
    }

    /// One write(2): how many bytes it took.
    public borrowing func writeSome(_ bytes: [UInt8]) throws(SystemError) -> Int {
        let raw = self.raw
        return try systemCall("write", "fd \(raw) \(bytes.count) bytes") { unsafe Glibc.write(raw, bytes, bytes.count) }
    }
}
