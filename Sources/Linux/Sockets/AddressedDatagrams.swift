internal import CLinux
internal import Glibc
internal import SystemPackage

/// Datagrams of a socket that is bound to all addresses, each with that of this host's that it came to: whoever asked at one
/// address takes no answer from another. ip(7), ipv6(7).
package enum AddressedDatagrams {
    /// From now on the socket tells where a datagram came to. IP_PKTINFO, IPV6_RECVPKTINFO.
    package static func tell(on socket: borrowing Descriptor, isVersion6: Bool) throws(SystemError) {
        let raw = socket.raw
        try systemCall("setsockopt", "fd \(raw) IP_PKTINFO") { hako_receive_addresses(raw, isVersion6 ? AF_INET6 : AF_INET) }
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
        var name = unsafe SocketName()
        var local: UInt128 = 0
        var link: UInt32 = 0
        while true {
            let count: Int
            do throws(SystemError) {
                count = try systemCall("recvmsg") {
                    unsafe name.fill { address, size in
                        unsafe withUnsafeMutableBytes(of: &local) { local in
                            unsafe buffer.withUnsafeMutableBytes {
                                unsafe hako_receive_datagram(
                                    raw, $0.baseAddress, $0.count, address, size,
                                    local.baseAddress?.assumingMemoryBound(to: UInt8.self), &link)
                            }
                        }
                    }
                }
            } catch {
                guard error.errno == .wouldBlock else { throw error }
                return nil
            }
            guard let sender = unsafe name.endpoint else { continue }
            var address = InternetEndpoint(
                isVersion6: sender.isVersion6,
                address: sender.isVersion6
                    ? UInt128(bigEndian: local) : UInt128(UInt32(bigEndian: UInt32(truncatingIfNeeded: local))), port: 0)
            if address.isOfLink { address.scope = link }
            return Arrival(count: count, sender: sender, local: address)
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
        let address =
            local.isVersion6 ? local.address.bigEndian : UInt128(UInt32(truncatingIfNeeded: local.address).bigEndian)
        do throws(SystemError) {
            try systemCall("sendmsg", receiver.text) {
                unsafe name.pass { receiver, receiverSize in
                    unsafe withUnsafeBytes(of: address) { address in
                        unsafe bytes.withUnsafeBytes {
                            unsafe hako_send_datagram(
                                raw, $0.baseAddress, min(count, $0.count), receiver, receiverSize,
                                address.baseAddress?.assumingMemoryBound(to: UInt8.self), local.scope)
                        }
                    }
                }
            }
            return true
        } catch {
            guard error.errno == .wouldBlock else { throw error }
            return false
        }
    }
}

extension InternetEndpoint {
    /// fe80::/10: it says nothing without its device.
    fileprivate var isOfLink: Bool { isVersion6 && address >> 118 == 0xfe80 >> 6 }
}
