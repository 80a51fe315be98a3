internal import Glibc
internal import SystemPackage

/// Datagrams of a socket that is bound to all addresses, each with that of this host's that it came to: whoever asked at one
/// address takes no answer from another. ip(7), ipv6(7), cmsg(3).
package enum AddressedDatagrams {
    /// From now on the socket tells where a datagram came to. IP_PKTINFO, IPV6_RECVPKTINFO.
    package static func tell(on socket: borrowing Descriptor, isVersion6: Bool) throws(SystemError) {
        let raw = socket.raw
        if isVersion6 {
            try InternetSockets.setOption(raw, CInt(IPPROTO_IPV6), IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO")
        } else {
            try InternetSockets.setOption(raw, CInt(IPPROTO_IP), IP_PKTINFO, "IP_PKTINFO")
        }
    }

    package struct Arrival: Sendable {
        /// A longer one is cut.
        package var count: Int
        package var sender: InternetEndpoint
        /// This host's address, without a port; its scope is the device, where the address is of one device only.
        package var local: InternetEndpoint
    }

    /// recvmsg(2) into the beginning of `buffer`; nil when there is nothing.
    package static func receive(on socket: borrowing Descriptor, into buffer: inout [UInt8]) throws(SystemError) -> Arrival? {
        let raw = socket.raw
        while true {
            var name = unsafe SocketName()
            var info = PacketInformation()
            let count = try InternetSockets.unlessBlocked { () throws(SystemError) in
                try systemCall("recvmsg") {
                    unsafe name.fill { address, size in
                        unsafe buffer.withUnsafeMutableBytes { data in
                            unsafe info.fill { control in
                                unsafe message(address, size.pointee, UnsafeRawBufferPointer(data), control) {
                                    let count = unsafe recvmsg(raw, &$0, CInt(MSG_DONTWAIT))
                                    unsafe size.pointee = $0.msg_namelen
                                    return count
                                }
                            }
                        }
                    }
                }
            }
            guard let count else { return nil }
            if let sender = unsafe name.endpoint {
                return Arrival(count: count, sender: sender, local: info.local(isVersion6: sender.isVersion6))
            }
        }
    }

    /// sendmsg(2) of the first `count` bytes from an address of this host's. False when the socket's buffer is full.
    @discardableResult
    package static func send(
        _ bytes: [UInt8], count: Int, to receiver: InternetEndpoint, from local: InternetEndpoint,
        on socket: borrowing Descriptor
    ) throws(SystemError) -> Bool {
        let raw = socket.raw
        let name = unsafe SocketName(receiver)
        var info = PacketInformation(local)
        return try InternetSockets.unlessBlocked { () throws(SystemError) in
            try systemCall("sendmsg", receiver.text) {
                unsafe name.pass { address, size in
                    unsafe bytes.withUnsafeBytes { data in
                        unsafe info.fill { control in
                            let part = unsafe UnsafeRawBufferPointer(rebasing: data.prefix(count))
                            return unsafe message(UnsafeMutablePointer(mutating: address), size, part, control) {
                                unsafe sendmsg(raw, &$0, CInt(MSG_NOSIGNAL | MSG_DONTWAIT))
                            }
                        }
                    }
                }
            }
        } != nil
    }

    /// A msghdr of one part.
    private static func message(
        _ name: UnsafeMutablePointer<sockaddr>, _ size: socklen_t, _ data: UnsafeRawBufferPointer,
        _ control: UnsafeMutableRawBufferPointer, _ call: (inout msghdr) -> Int
    ) -> Int {
        var part = unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: data.baseAddress), iov_len: data.count)
        return unsafe withUnsafeMutablePointer(to: &part) {
            var message = unsafe msghdr()
            unsafe message.msg_name = UnsafeMutableRawPointer(name)
            unsafe message.msg_namelen = size
            unsafe message.msg_iov = $0
            unsafe message.msg_iovlen = 1
            unsafe message.msg_control = control.baseAddress
            unsafe message.msg_controllen = control.count
            return unsafe call(&message)
        }
    }
}

/// A control message of one in_pktinfo or in6_pktinfo: a header of sixteen bytes, and the structure.
private struct PacketInformation {
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    private var size = 40

    /// For one that comes.
    init() {}

    /// For one that goes out from an address.
    init(_ local: InternetEndpoint) {
        // in_pktinfo: the device, the address to send from, and one that counts on arrival only. in6_pktinfo: the address, the device.
        let (length, level, kind) =
            local.isVersion6 ? (20, CInt(IPPROTO_IPV6), IPV6_PKTINFO) : (12, CInt(IPPROTO_IP), IP_PKTINFO)
        size = local.isVersion6 ? 40 : 32
        unsafe withUnsafeMutableBytes(of: &words) {
            unsafe $0.storeBytes(of: 16 + length, as: Int.self)
            unsafe $0.storeBytes(of: level, toByteOffset: 8, as: CInt.self)
            unsafe $0.storeBytes(of: kind, toByteOffset: 12, as: CInt.self)
            if local.isVersion6 {
                unsafe $0.storeBytes(of: local.address.bigEndian, toByteOffset: 16, as: UInt128.self)
                unsafe $0.storeBytes(of: local.scope, toByteOffset: 32, as: UInt32.self)
            } else {
                let address = UInt32(truncatingIfNeeded: local.address)
                unsafe $0.storeBytes(of: address.bigEndian, toByteOffset: 20, as: UInt32.self)
            }
        }
    }

    mutating func fill<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        let size = size
        return unsafe withUnsafeMutableBytes(of: &words) { unsafe body(UnsafeMutableRawBufferPointer(rebasing: $0.prefix(size))) }
    }

    /// Where it came to: not a group's address, which nobody may send from.
    func local(isVersion6: Bool) -> InternetEndpoint {
        unsafe withUnsafeBytes(of: words) {
            let kind = unsafe $0.load(fromByteOffset: 12, as: CInt.self)
            guard isVersion6 else {
                let address = unsafe kind == IP_PKTINFO ? $0.load(fromByteOffset: 20, as: UInt32.self) : 0
                return InternetEndpoint(isVersion6: false, address: UInt128(UInt32(bigEndian: address)), port: 0)
            }
            var local = InternetEndpoint(isVersion6: true, address: 0, port: 0)
            guard kind == IPV6_PKTINFO else { return local }
            let address = unsafe UInt128(bigEndian: $0.loadUnaligned(fromByteOffset: 16, as: UInt128.self))
            // ff00::/8; and fe80::/10, which says nothing without its device.
            if address >> 120 != 0xff { local.address = address }
            if address >> 118 == 0xfe80 >> 6 { local.scope = unsafe $0.load(fromByteOffset: 32, as: UInt32.self) }
            return local
        }
    }
}
