package import Linux

/// From a port of the host's to one of a container.
package struct DatagramRoute: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    package let port: UInt16
    package let target: InternetEndpoint

    init(_ address: IPAddress, _ port: UInt16, to target: InternetEndpoint) {
        self.address = address
        self.port = port
        self.target = target
    }

    /// `ADDRESS/PORT/ADDRESS/PORT`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, let address = IPAddress(parts[0]), let port = UInt16(parts[1]),
            let target = IPAddress(parts[2]), let targetPort = UInt16(parts[3]), address.family == target.family
        else { return nil }
        self.init(address, port, to: InternetEndpoint(target, port: targetPort))
    }

    package var description: String { "\(address)/\(port)/\(IPAddress(target))/\(target.port)" }

    /// Those of the ports that a container publishes.
    static func all(_ plan: NetworkPlan) -> [DatagramRoute] {
        guard let index = plan.portsAttachment else { return [] }
        let addresses = plan.attachments[index].addresses
        return plan.ports.filter { $0.transport == .udp }.flatMap(\.single).flatMap { port in
            addresses.filter { port.address == nil || port.address?.family == $0.family }.map {
                DatagramRoute(port.address ?? IPAddress($0.family, 0), port.host, to: InternetEndpoint($0, port: port.container))
            }
        }
    }
}
