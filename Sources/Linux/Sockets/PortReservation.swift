internal import Glibc
internal import SystemPackage

/// A port that nobody else can take while the socket is open; nothing listens on it.
public enum PortReservation {
    /// bind(2) of a socket of this protocol (IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP).
    ///
    /// - Parameters:
    ///   - address: four or sixteen bytes, in the order of the network; zeros for every address of its kind.
    ///   - port: 0 for one that is free.
    /// - Throws: EADDRINUSE where another has it; EPROTONOSUPPORT where the kernel lacks the protocol.
    public static func take(_ address: [UInt8], port: UInt16, protocol number: UInt8) throws(SystemError) -> Descriptor {
        do throws(SystemError) { return try bind(address, port, number, reuses: false) } catch {
            // Connections of a server that has ended linger for a minute, and do not matter.
            guard error.errno == .addressInUse, number == 6 else { throw error }
            return try bind(address, port, number, reuses: true)
        }
    }

    private static func bind(_ address: [UInt8], _ port: UInt16, _ number: UInt8, reuses: Bool) throws(SystemError) -> Descriptor
    {
        let isFour = address.count == 4
        let kind = number == 17 ? SOCK_DGRAM.rawValue : SOCK_STREAM.rawValue
        let socket = Descriptor(
            owning: try systemCall("socket", "port \(port)") {
                Glibc.socket(isFour ? AF_INET : AF_INET6, CInt(kind) | CInt(SOCK_CLOEXEC.rawValue), CInt(number))
            })
        let raw = socket.raw
        if !isFour { try set(raw, CInt(IPPROTO_IPV6), IPV6_V6ONLY) }
        if reuses { try set(raw, SOL_SOCKET, SO_REUSEADDR) }
        // sockaddr_in, sockaddr_in6.
        var bytes = NetlinkMessage.bytes(of: UInt16(isFour ? AF_INET : AF_INET6)) + [UInt8(port >> 8), UInt8(port & 255)]
        bytes += isFour ? address + [UInt8](repeating: 0, count: 8) : [0, 0, 0, 0] + address + [0, 0, 0, 0]
        try systemCall("bind", "port \(port)") {
            unsafe bytes.withUnsafeBytes {
                unsafe Glibc.bind(raw, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
            }
        }
        return socket
    }

    /// listen(2): whoever asks for open ports sees it.
    public static func listen(_ socket: borrowing Descriptor) throws(SystemError) {
        let raw = socket.raw
        try systemCall("listen", "fd \(raw)") { Glibc.listen(raw, 0) }
    }

    private static func set(_ raw: CInt, _ level: CInt, _ option: CInt) throws(SystemError) {
        var on: CInt = 1
        try systemCall("setsockopt", "fd \(raw)") {
            unsafe setsockopt(raw, level, option, &on, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// The port of a socket that is bound. getsockname(2).
    public static func number(of socket: borrowing Descriptor) throws(SystemError) -> UInt16 {
        let raw = socket.raw
        var bytes = [UInt8](repeating: 0, count: 28)
        var size = socklen_t(bytes.count)
        try systemCall("getsockname", "fd \(raw)") {
            unsafe bytes.withUnsafeMutableBytes {
                unsafe getsockname(raw, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
            }
        }
        return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }
}
