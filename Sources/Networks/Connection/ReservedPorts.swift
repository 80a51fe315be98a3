internal import Linux

/// The published ports of a container, kept from the host's own programs while its monitor lives.
package final class ReservedPorts {
    private var sockets: [PublishedPort: [SharedDescriptor]] = [:]
    /// pasta leads those ports on that something listens at.
    private let listens: Bool

    package init(listens: Bool = false) { self.listens = listens }

    /// Takes those that are not taken yet, and lets go of those that are published no more.
    ///
    /// - Parameter families: what a port without an address is published in.
    package func keep(_ ports: [PublishedPort], _ families: Set<IPAddress.Family>) throws(NetworkError) {
        let single = ports.flatMap(\.single)
        sockets = sockets.filter { single.contains($0.key) }
        for port in single where sockets[port] == nil {
            var taken: [SharedDescriptor] = []
            for address in Self.addresses(port, families) {
                guard let socket = try Self.take(port, address) else { continue }
                if listens, port.transport == .tcp {
                    try networking("listen at the port \(port.host)") { () throws(SystemError) in
                        try PortReservation.listen(socket)
                    }
                }
                taken.append(SharedDescriptor(socket))
            }
            sockets[port] = taken
        }
    }

    /// A port of the host's that nobody has.
    package static func free(_ port: PublishedPort, _ families: Set<IPAddress.Family>) throws(NetworkError) -> UInt16 {
        guard let address = addresses(port, families).first, let socket = try take(port, address) else {
            throw NetworkError("no port of the host is known to be free for \(port.transport.rawValue); name one")
        }
        return try networking("learn the port") { () throws(SystemError) in try PortReservation.number(of: socket) }
    }

    /// Whether these could be taken now; they are not.
    package static func check(_ ports: [PublishedPort], _ families: Set<IPAddress.Family>) throws(NetworkError) {
        try ReservedPorts().keep(ports, families)
    }

    private static func addresses(_ port: PublishedPort, _ families: Set<IPAddress.Family>) -> [IPAddress] {
        if let address = port.address { return [address] }
        return families.sorted().map { IPAddress($0, 0) }
    }

    private static func take(_ port: PublishedPort, _ address: IPAddress) throws(NetworkError) -> Descriptor? {
        do throws(SystemError) {
            return try PortReservation.take(address.bytes, port: port.host, protocol: port.transport.number)
        } catch {
            switch error.errno {
            // The kernel has no sockets of SCTP: no program can have the port.
            case .protocolNotSupported where port.transport == .sctp, .socketTypeNotSupported where port.transport == .sctp:
                return nil
            default: throw refusal(port, address, error)
            }
        }
    }

    /// In words, why a port cannot be taken.
    static func refusal(_ port: PublishedPort, _ address: IPAddress, _ error: SystemError) -> NetworkError {
        switch error.errno {
        case .addressInUse:
            let place = address.isUnspecified ? "" : "\(address) "
            return NetworkError(
                "the port \(place)\(port.host)/\(port.transport.rawValue) of the host is taken; publish another, or end who has it"
            )
        case .addressNotAvailable: return NetworkError("\(address) is no address of this host: no port can be published there")
        default: return NetworkError("cannot take the port \(port.host)/\(port.transport.rawValue): \(error.errno)")
        }
    }
}
