package import Linux

/// From a port of the host's to one of a container.
package struct DatagramRoute: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    package let port: UInt16
    package let target: InternetEndpoint
    /// The container's: whose address is in there the container answers directly.
    let subnet: Subnet

    init(_ address: IPAddress, _ port: UInt16, to target: InternetEndpoint, in subnet: Subnet) {
        self.address = address
        self.port = port
        self.target = target
        self.subnet = subnet
    }

    /// `ADDRESS/PORT/ADDRESS/PREFIX/PORT`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, let address = IPAddress(parts[0]), let port = UInt16(parts[1]),
            let target = IPAddress(parts[2]), let prefix = Int(parts[3]), let subnet = Subnet(of: target, prefix: prefix),
            let targetPort = UInt16(parts[4]), address.family == target.family
        else { return nil }
        self.init(address, port, to: InternetEndpoint(target, port: targetPort), in: subnet)
    }

    package var description: String { "\(address)/\(port)/\(IPAddress(target))/\(subnet.prefix)/\(target.port)" }

    /// Those of the ports that a container publishes.
    static func all(_ plan: NetworkPlan) -> [DatagramRoute] {
        // Nothing comes into an internal network.
        guard let index = plan.portsAttachment, !plan.attachments[index].network.isInternal else { return [] }
        let placed = plan.attachments[index].placed
        return plan.ports.filter { $0.transport == .udp }.flatMap(\.single).flatMap { port in
            placed.filter { port.address == nil || port.address?.family == $0.address.family }.map { target, subnet in
                DatagramRoute(
                    port.address ?? IPAddress(target.family, 0), port.host,
                    to: InternetEndpoint(target, port: port.container), in: subnet.subnet)
            }
        }
    }
}
