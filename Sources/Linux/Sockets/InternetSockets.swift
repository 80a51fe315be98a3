internal import CLinux
internal import Glibc
internal import SystemPackage

/// Connections of TCP. tcp(7).
public enum InternetSockets {
    /// Connects to an address, and waits for that no longer than until a time of the monotonic clock, in nanoseconds. The
    /// connection does not block. connect(2).
    ///
    /// - Parameter address: four or sixteen bytes, in the order of the network.
    public static func connect(to address: [UInt8], port: UInt16, until deadline: UInt64) throws(SystemError) -> Descriptor {
        precondition(address.count == 4 || address.count == 16)
        let text = "\(InternetText.text(of: address)) \(port)"
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let family = address.count == 4 ? AF_INET : AF_INET6
        let connection = Descriptor(owning: try systemCall("socket") { socket(family, kind, 0) })
        let raw = connection.raw
        do throws(SystemError) {
            try systemCall("connect", text) { begin(raw, address, port) }
            return connection
        } catch {
            guard error.errno == .nowInProgress else { throw error }
        }
        var poll = Poll()
        poll.watch(raw, .writable)
        guard try poll.wait(until: deadline) else { throw SystemError("connect", text, .timedOut) }
        var (code, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        try systemCall("getsockopt", "fd \(raw) SO_ERROR") { unsafe getsockopt(raw, SOL_SOCKET, SO_ERROR, &code, &size) }
        guard code == 0 else { throw SystemError("connect", text, Errno(rawValue: code)) }
        return connection
    }

    private static func begin(_ raw: CInt, _ bytes: [UInt8], _ port: UInt16) -> CInt {
        if bytes.count == 4 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &address.sin_addr) { unsafe $0.copyBytes(from: bytes) }
            return connect(raw, address)
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0.copyBytes(from: bytes) }
        return connect(raw, address)
    }

    private static func connect<Address>(_ raw: CInt, _ address: Address) -> CInt {
        let size = socklen_t(MemoryLayout<Address>.size)
        return unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.connect(raw, $0, size) }
        }
    }
}
