internal import CLinux
internal import Glibc
internal import SystemPackage

/// An address and a port of the Internet. ip(7), ipv6(7).
package struct InternetEndpoint: Hashable, Sendable {
    package var isVersion6: Bool
    /// The address as a number; of IPv4 the lowest 32 bits.
    package var address: UInt128
    package var port: UInt16
    /// The index of the device that a link-local IPv6 address is on; 0 where it says nothing.
    package var scope: UInt32

    package init(isVersion6: Bool, address: UInt128, port: UInt16, scope: UInt32 = 0) {
        self.isVersion6 = isVersion6
        self.address = address
        self.port = port
        self.scope = scope
    }

    /// For messages.
    var text: String {
        let size = isVersion6 ? 16 : 4
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: address >> UInt128((size - 1 - $0) * 8)) }
        return isVersion6 ? "[\(InternetText.text(of: bytes))]:\(port)" : "\(InternetText.text(of: bytes)):\(port)"
    }
}

/// Sockets of UDP and TCP; none of them blocks: where a call would, it answers nil. udp(7), tcp(7).
package enum InternetSockets {
    package enum Kind: Sendable {
        case datagrams
        case stream
    }

    /// A socket with an address of its own, which need not be on a device yet: IPv6 addresses are tentative at first.
    /// bind(2), IP_FREEBIND, IPV6_FREEBIND.
    ///
    /// - Throws: EADDRINUSE where another has it, EACCES for a port below 1024 without CAP_NET_BIND_SERVICE.
    package static func bind(_ kind: Kind, to endpoint: InternetEndpoint) throws(SystemError) -> Descriptor {
        let socket = try make(kind, isVersion6: endpoint.isVersion6)
        let raw = socket.raw
        if endpoint.isVersion6 {
            try setOption(raw, CInt(IPPROTO_IPV6), IPV6_V6ONLY, "IPV6_V6ONLY")
            try setOption(raw, CInt(IPPROTO_IPV6), freeBindVersion6, "IPV6_FREEBIND")
        } else {
            try setOption(raw, CInt(IPPROTO_IP), IP_FREEBIND, "IP_FREEBIND")
        }
        // Connections of a server before this one may still wait for their end.
        if kind == .stream { try setOption(raw, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR") }
        if kind == .datagrams { try setQueue(raw) }
        let name = unsafe SocketName(endpoint)
        try systemCall("bind", endpoint.text) { unsafe name.pass { unsafe Glibc.bind(raw, $0, $1) } }
        if kind == .stream { try systemCall("listen", endpoint.text) { Glibc.listen(raw, 128) } }
        return socket
    }

    /// A socket that speaks with this one alone, from a port that the kernel picks at random of those that are free and not
    /// reserved (ip_local_reserved_ports). A stream is connected once it is writable. connect(2).
    package static func connect(_ kind: Kind, to endpoint: InternetEndpoint) throws(SystemError) -> Descriptor {
        let socket = try make(kind, isVersion6: endpoint.isVersion6)
        let raw = socket.raw
        let name = unsafe SocketName(endpoint)
        do throws(SystemError) {
            try systemCall("connect", endpoint.text) { unsafe name.pass { unsafe Glibc.connect(raw, $0, $1) } }
        } catch {
            guard error.errno == .nowInProgress else { throw error }
        }
        return socket
    }

    /// A socket of datagrams that speaks with one alone, as somebody who is not on this host: `own`, any port of it where that is 0. Others
    /// may have the same. IP_TRANSPARENT, IPV6_TRANSPARENT.
    ///
    /// - Throws: EPERM without CAP_NET_RAW.
    package static func connect(
        to endpoint: InternetEndpoint, as own: InternetEndpoint
    ) throws(SystemError) -> Descriptor {
        let socket = try make(.datagrams, isVersion6: endpoint.isVersion6)
        let raw = socket.raw
        if endpoint.isVersion6 {
            try setOption(raw, CInt(IPPROTO_IPV6), transparentVersion6, "IPV6_TRANSPARENT")
        } else {
            try setOption(raw, CInt(IPPROTO_IP), transparent, "IP_TRANSPARENT")
        }
        try setOption(raw, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR")
        let (name, other) = unsafe (SocketName(own), SocketName(endpoint))
        try systemCall("bind", own.text) { unsafe name.pass { unsafe Glibc.bind(raw, $0, $1) } }
        try systemCall("connect", endpoint.text) { unsafe other.pass { unsafe Glibc.connect(raw, $0, $1) } }
        return socket
    }

    /// Connects a stream, and waits for that no longer than until a time of the monotonic clock, in nanoseconds.
    package static func connect(to endpoint: InternetEndpoint, until deadline: UInt64) throws(SystemError) -> Descriptor {
        let connection = try connect(.stream, to: endpoint)
        var poll = Poll()
        poll.watch(connection.raw, .writable)
        guard try poll.wait(until: deadline) else { throw SystemError("connect", endpoint.text, .timedOut) }
        let raw = connection.raw
        var (code, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        try systemCall("getsockopt", "fd \(raw) SO_ERROR") { unsafe getsockopt(raw, SOL_SOCKET, SO_ERROR, &code, &size) }
        guard code == 0 else { throw SystemError("connect", endpoint.text, Errno(rawValue: code)) }
        return connection
    }

    /// accept4(2), and who connected; nil when nobody waits.
    package static func accept(on socket: borrowing Descriptor) throws(SystemError) -> (raw: CInt, peer: InternetEndpoint)? {
        let raw = socket.raw
        var name = unsafe SocketName()
        var accepted: CInt = -1
        do throws(SystemError) {
            accepted = try systemCall("accept4") { unsafe name.fill { unsafe hako_accept_nonblocking(raw, $0, $1) } }
        } catch {
            if error.errno == .wouldBlock || error.errno == .connectionAbort { return nil }
            throw error
        }
        guard let peer = unsafe name.endpoint else {
            _ = Glibc.close(accepted)
            return nil
        }
        return (accepted, peer)
    }

    /// recvfrom(2) into the beginning of `buffer`: how much came, and from whom; nil when there is nothing. A longer datagram
    /// is cut.
    package static func receiveDatagram(
        on socket: borrowing Descriptor, into buffer: inout [UInt8]
    ) throws(SystemError) -> (count: Int, sender: InternetEndpoint)? {
        let raw = socket.raw
        var name = unsafe SocketName()
        while true {
            do throws(SystemError) {
                let count = try systemCall("recvfrom") {
                    unsafe name.fill { address, size in
                        unsafe buffer.withUnsafeMutableBytes {
                            unsafe Glibc.recvfrom(raw, $0.baseAddress, $0.count, 0, address, size)
                        }
                    }
                }
                guard let sender = unsafe name.endpoint else { continue }
                return (count, sender)
            } catch {
                guard error.errno == .wouldBlock else { throw error }
                return nil
            }
        }
    }

    /// sendto(2) of the first `count` bytes. False when it was not sent because the socket's buffer is
    /// full: it is as lost as any datagram may be.
    ///
    /// - Throws: what else came in the way, an earlier datagram's ICMP error included.
    @discardableResult
    package static func send(
        _ bytes: [UInt8], count: Int, to endpoint: InternetEndpoint, on socket: borrowing Descriptor
    ) throws(SystemError) -> Bool {
        let raw = socket.raw
        let name = unsafe SocketName(endpoint)
        return try unlessBlocked { () throws(SystemError) in
            try systemCall("sendto", endpoint.text) {
                unsafe name.pass { address, size in
                    unsafe bytes.withUnsafeBytes {
                        unsafe Glibc.sendto(raw, $0.baseAddress, min(count, $0.count), CInt(MSG_NOSIGNAL), address, size)
                    }
                }
            }
        } != nil
    }

    /// send(2) of what is from `start` on, up to `end`, on a connected socket: how much was taken; nil when its buffer is full.
    package static func send(
        _ bytes: [UInt8], from start: Int = 0, upTo end: Int? = nil, on socket: borrowing Descriptor
    ) throws(SystemError) -> Int? {
        let raw = socket.raw
        let end = end ?? bytes.count
        return try unlessBlocked { () throws(SystemError) in
            try systemCall("send", "\(end - start) bytes") {
                unsafe bytes.withUnsafeBytes {
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: $0[start..<end])
                    return unsafe Glibc.send(raw, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// recv(2) into `buffer` from `start` on, on a connected socket: 0 at the end of a stream, nil when there is nothing yet.
    package static func receive(
        on socket: borrowing Descriptor, into buffer: inout [UInt8], from start: Int = 0
    ) throws(SystemError) -> Int? {
        let raw = socket.raw
        return try unlessBlocked { () throws(SystemError) in
            try systemCall("recv") {
                unsafe buffer.withUnsafeMutableBytes {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: $0[start...])
                    return unsafe Glibc.recv(raw, rest.baseAddress, rest.count, 0)
                }
            }
        }
    }

    static func unlessBlocked(_ body: () throws(SystemError) -> Int) throws(SystemError) -> Int? {
        do throws(SystemError) { return try body() } catch {
            guard error.errno == .wouldBlock else { throw error }
            return nil
        }
    }

    /// linux/in6.h; glibc has it under _GNU_SOURCE only.
    private static let freeBindVersion6: CInt = 78
    private static let transparentVersion6: CInt = 75
    private static let transparent: CInt = 19

    private static func make(_ kind: Kind, isVersion6: Bool) throws(SystemError) -> Descriptor {
        let type = (kind == .stream ? SOCK_STREAM : SOCK_DGRAM).rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        return Descriptor(
            owning: try systemCall("socket", "internet") { Glibc.socket(isVersion6 ? AF_INET6 : AF_INET, CInt(type), 0) })
    }

    static func setOption(
        _ raw: CInt, _ level: CInt, _ option: CInt, _ name: String, to value: CInt = 1
    ) throws(SystemError) {
        var value = value
        try systemCall("setsockopt", name) {
            unsafe setsockopt(raw, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// Room for some thousand datagrams that come at once; without CAP_NET_ADMIN as much as net.core.rmem_max lets.
    private static func setQueue(_ raw: CInt) throws(SystemError) {
        let size: CInt = 2 << 20
        do throws(SystemError) { try setOption(raw, SOL_SOCKET, SO_RCVBUFFORCE, "SO_RCVBUFFORCE", to: size) } catch {
            guard error.errno == .notPermitted else { throw error }
            try setOption(raw, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", to: size)
        }
    }
}

/// struct sockaddr_in or sockaddr_in6, in memory that holds either.
@unsafe
struct SocketName {
    private var storage = sockaddr_in6()
    private var size = socklen_t(MemoryLayout<sockaddr_in6>.size)

    init() {}

    init(_ endpoint: InternetEndpoint) {
        unsafe storage.sin6_port = endpoint.port.bigEndian
        if endpoint.isVersion6 {
            unsafe storage.sin6_family = sa_family_t(AF_INET6)
            unsafe storage.sin6_scope_id = endpoint.scope
            unsafe withUnsafeMutableBytes(of: &storage.sin6_addr) {
                unsafe $0.storeBytes(of: endpoint.address.bigEndian, as: UInt128.self)
            }
        } else {
            // sin_addr stands where sockaddr_in6 has its flow information.
            unsafe storage.sin6_family = sa_family_t(AF_INET)
            unsafe storage.sin6_flowinfo = UInt32(truncatingIfNeeded: endpoint.address).bigEndian
            unsafe size = socklen_t(MemoryLayout<sockaddr_in>.size)
        }
    }

    var endpoint: InternetEndpoint? {
        let port = unsafe UInt16(bigEndian: storage.sin6_port)
        switch unsafe CInt(storage.sin6_family) {
        case AF_INET:
            return unsafe InternetEndpoint(
                isVersion6: false, address: UInt128(UInt32(bigEndian: storage.sin6_flowinfo)), port: port)
        case AF_INET6:
            let address = unsafe withUnsafeBytes(of: storage.sin6_addr) { unsafe $0.loadUnaligned(as: UInt128.self) }
            return unsafe InternetEndpoint(
                isVersion6: true, address: UInt128(bigEndian: address), port: port, scope: storage.sin6_scope_id)
        default: return nil
        }
    }

    func pass<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
        }
    }

    mutating func fill<Result>(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result) -> Result {
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &size) }
        }
    }
}
