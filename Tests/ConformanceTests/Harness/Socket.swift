import Foundation

/// A listening unix socket that takes what a runtime sends: bytes and a descriptor.
final class Listener {
    let path: String
    private let socketDescriptor: CInt

    init(_ path: String) throws {
        self.path = path
        socketDescriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o2000000, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw Unmet("the socket's path is too long: \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socketDescriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(socketDescriptor, 4) == 0 else { throw Unmet("cannot listen on \(path)") }
    }

    deinit { close(socketDescriptor) }

    /// Waits for one connection, and reads it to its end.
    func receive(within seconds: Double = 10) throws -> Received {
        guard Self.wait(for: socketDescriptor, seconds) else { throw Unmet("nobody connects to the socket") }
        let connection = accept(socketDescriptor, nil, nil)
        guard connection >= 0 else { throw Unmet("accept failed") }
        defer { close(connection) }
        var all = Received()
        while Self.wait(for: connection, seconds), try Self.read(connection, into: &all) {}
        return all
    }

    private static func wait(for descriptor: CInt, _ seconds: Double) -> Bool {
        var one = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, CInt(seconds * 1000 * Machine.slowness)) > 0
    }

    /// False at the end.
    private static func read(_ connection: CInt, into all: inout Received) throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65536)
        var control = [Int](repeating: 0, count: 64)
        var count = 0
        var controlLength = 0
        bytes.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    count = recvmsg(connection, &message, CInt(MSG_CMSG_CLOEXEC))
                    controlLength = Int(message.msg_controllen)
                }
            }
        }
        guard count > 0 else { return false }
        all.bytes += bytes[..<count]
        // One header: its length, level and type, then the descriptors.
        let header = MemoryLayout<cmsghdr>.size
        if controlLength > header {
            control.withUnsafeBytes { raw in
                let length = raw.load(as: cmsghdr.self).cmsg_len
                for at in stride(from: header, to: Int(length), by: 4) {
                    all.descriptors.append(raw.loadUnaligned(fromByteOffset: at, as: CInt.self))
                }
            }
        }
        return true
    }
}

/// What came over a socket; its descriptors are closed with it.
final class Received {
    var bytes: [UInt8] = []
    var descriptors: [CInt] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }

    deinit { descriptors.forEach { close($0) } }

    /// Reads from the first descriptor, a terminal, until it shows `wanted`.
    func shows(_ wanted: String, within seconds: Double = 5) throws -> String {
        guard let terminal = descriptors.first else { throw Unmet("no descriptor was sent") }
        _ = fcntl(terminal, F_SETFL, O_NONBLOCK)
        var seen: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        let found = eventually(within: seconds) {
            let count = Glibc.read(terminal, &buffer, buffer.count)
            if count > 0 { seen += buffer[..<count] }
            return String(decoding: seen, as: UTF8.self).contains(wanted)
        }
        let text = String(decoding: seen, as: UTF8.self)
        guard found else { throw Unmet("the terminal does not show \"\(wanted)\": \"\(text)\"") }
        return text
    }
}
