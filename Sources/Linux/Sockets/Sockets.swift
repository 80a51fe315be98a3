internal import CLinux
internal import Glibc
internal import SystemPackage

/// Unix sockets between processes of one machine. unix(7).
public enum Sockets {
    public enum Kind: Sendable {
        /// A stream of bytes.
        case stream
        /// Messages, whole, in order.
        case messages
        /// Messages, each on its own.
        case datagrams

        var type: CInt {
            let type =
                switch self {
                case .stream: SOCK_STREAM
                case .messages: SOCK_SEQPACKET
                case .datagrams: SOCK_DGRAM
                }
            return CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        }
    }

    /// Two ends, one of which goes to another process.
    public struct Pair: ~Copyable {
        public var near: Descriptor
        public var far: Descriptor

        init(near: consuming Descriptor, far: consuming Descriptor) {
            self.near = near
            self.far = far
        }

        /// Closes the far end, which the other process holds by now.
        public consuming func keepNear() -> Descriptor { near }
        /// Closes the near end, which the other process holds.
        public consuming func keepFar() -> Descriptor { far }
    }

    /// socketpair(2).
    public static func pair(_ kind: Kind) throws(SystemError) -> Pair {
        var fds: [CInt] = [-1, -1]
        try systemCall("socketpair") { unsafe socketpair(AF_UNIX, kind.type, 0, &fds) }
        return Pair(near: Descriptor(owning: fds[0]), far: Descriptor(owning: fds[1]))
    }

    /// A socket that listens at a path. bind(2), listen(2). What was there is replaced.
    public static func listen(at path: String, _ kind: Kind = .stream, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
        let socket = try make(kind)
        let raw = socket.raw
        try? File.remove(path)
        let outer = umask(0o177)
        defer { umask(outer) }
        unsafe try withAddress(path) { (address, size) throws(SystemError) in
            try systemCall("bind", path) { unsafe bind(raw, address, size) }
        }
        try systemCall("listen", path) { Glibc.listen(raw, 16) }
        return socket
    }

    /// Connects to the socket at a path. connect(2).
    public static func connect(to path: String, _ kind: Kind = .stream) throws(SystemError) -> Descriptor {
        let socket = try make(kind)
        let raw = socket.raw
        unsafe try withAddress(path) { (address, size) throws(SystemError) in
            try systemCall("connect", path) { unsafe Glibc.connect(raw, address, size) }
        }
        return socket
    }

    /// accept4(2).
    public static func accept(on socket: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let raw = socket.raw
        return Descriptor(owning: try systemCall("accept4") { hako_accept(raw) })
    }

    /// Sends a message and up to 32 descriptors, which stay open here. sendmsg(2), SCM_RIGHTS.
    public static func send(_ bytes: [UInt8], descriptors: [CInt] = [], on socket: borrowing Descriptor) throws(SystemError) {
        let raw = socket.raw
        try systemCall("sendmsg", "\(bytes.count) bytes, \(descriptors.count) descriptors") {
            unsafe hako_send_descriptors(raw, bytes, bytes.count, descriptors, descriptors.count)
        }
    }

    /// Receives a message of at most `limit` bytes with its descriptors, which are the caller's to close; no bytes at the
    /// end of the stream. recvmsg(2).
    public static func receive(
        on socket: borrowing Descriptor, limit: Int = 4096
    ) throws(SystemError) -> (bytes: [UInt8], descriptors: [CInt]) {
        let raw = socket.raw
        var bytes = [UInt8](repeating: 0, count: limit)
        var descriptors = [CInt](repeating: -1, count: 32)
        var count = descriptors.count
        let got = try systemCall("recvmsg") { unsafe hako_receive_descriptors(raw, &bytes, limit, &descriptors, &count) }
        bytes.removeLast(limit - got)
        descriptors.removeLast(32 - count)
        return (bytes, descriptors)
    }

    /// Nothing more comes from here; what the other side says is still heard. shutdown(2), SHUT_WR.
    public static func endWriting(_ socket: borrowing Descriptor) { _ = shutdown(socket.raw, CInt(SHUT_WR)) }

    private static func make(_ kind: Kind) throws(SystemError) -> Descriptor {
        Descriptor(owning: try systemCall("socket") { socket(AF_UNIX, kind.type, 0) })
    }

    /// sockaddr_un of a path; one too long for it (108 bytes) is reached through its directory's descriptor.
    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
    ) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        var directory: CInt = -1
        defer { if directory >= 0 { close(directory) } }
        var name = path
        if path.utf8.count >= room, let slash = path.lastIndex(of: "/") {
            directory = try File.open(String(path[..<slash]), [.path, .directory]).release()
            name = "/proc/self/fd/\(directory)/\(path[path.index(after: slash)...])"
        }
        guard name.utf8.count < room else { throw SystemError("bind", path, Errno(rawValue: ENAMETOOLONG)) }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name.utf8) }
        var failure: SystemError?
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                do throws(SystemError) {
                    unsafe try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }
}
