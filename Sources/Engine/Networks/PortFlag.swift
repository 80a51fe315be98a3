package import Networks

/// What `--publish` asks for: ports whose number on the host may still be open.
package struct PortRequest: Sendable, Equatable {
    package var address: IPAddress?
    /// Where on the host; nil for any that is free; of several, for one container port, the first that is free.
    package var host: ClosedRange<UInt16>?
    package var container: ClosedRange<UInt16>
    package var transport = PublishedPort.TransportProtocol.tcp

    package init(container: ClosedRange<UInt16>) { self.container = container }

    /// `[ADDRESS:][HOST]:CONTAINER[/PROTOCOL]`, `CONTAINER`; each port may be a range, `8000-8010`.
    package static func parse(_ text: String, flag: String) throws(EngineError) -> PortRequest {
        var (rest, transport) = try Self.transport(text, flag: flag)
        var address: String?
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]"), rest[rest.index(after: end)...].hasPrefix(":") else {
                throw EngineError.value(flag, text, "an IPv6 address stands in brackets: [::1]:8080:80")
            }
            address = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = String(rest[rest.index(end, offsetBy: 2)...])
        }
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if address == nil, parts.count == 3 { address = parts.removeFirst() }
        guard (1...2).contains(parts.count) else {
            throw EngineError.value(flag, text, "write it as [ADDRESS:][HOST-PORT:]CONTAINER-PORT[/PROTOCOL]")
        }
        var request = PortRequest(container: try range(parts[parts.count - 1], text, flag))
        request.transport = transport
        if let address, !address.isEmpty { request.address = try NetworkFlag.address(address, nil, flag: flag) }
        // Every address is what nothing said means; of one family it is all that the network has of it.
        if request.address == IPAddress(.v4, 0) { request.address = nil }
        if parts.count == 2, !parts[0].isEmpty, parts[0] != "0" { request.host = try range(parts[0], text, flag) }
        if let host = request.host, host.count != request.container.count, request.container.count != 1 {
            throw EngineError.value(flag, text, "the two ranges have as many ports each")
        }
        return request
    }

    private static func transport(
        _ text: String, flag: String
    ) throws(EngineError) -> (String, PublishedPort.TransportProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return (text, .tcp) }
        guard let transport = PublishedPort.TransportProtocol(rawValue: parts[1].lowercased()) else {
            throw EngineError.value(flag, text, "the protocol is tcp, udp or sctp")
        }
        return (parts[0], transport)
    }

    private static func range(_ text: String, _ whole: String, _ flag: String) throws(EngineError) -> ClosedRange<UInt16> {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt16($0) }
        guard let first = ends[0], let last = ends.count == 2 ? ends[1] : first, first > 0, first <= last else {
            throw EngineError.value(flag, whole, "\"\(text)\" is no port from 1 to 65535, nor a range such as 8000-8010")
        }
        return first...last
    }

    /// With its place on the host.
    ///
    /// - Parameter families: what a port without an address is published in.
    func published(_ families: Set<IPAddress.Family>) throws(EngineError) -> [PublishedPort] {
        if let host, host.count == container.count {
            return [
                PublishedPort(
                    address: address, host: host.lowerBound, container: container.lowerBound, count: UInt16(container.count),
                    transport)
            ]
        }
        var ports: [PublishedPort] = []
        for port in container {
            var single = PublishedPort(address: address, host: 0, container: port, transport)
            single.host = try connecting { () throws(NetworkError) in
                guard let host else { return try ReservedPorts.free(single, families) }
                return try Self.free(in: host, single, families)
            }
            ports.append(single)
        }
        return ports
    }

    private static func free(
        in range: ClosedRange<UInt16>, _ port: PublishedPort, _ families: Set<IPAddress.Family>
    ) throws(NetworkError) -> UInt16 {
        for number in range {
            var candidate = port
            candidate.host = number
            if let found = try? ReservedPorts.free(candidate, families) { return found }
        }
        throw NetworkError("no port of the host from \(range.lowerBound) to \(range.upperBound) is free")
    }
}
