package import JSON

/// How a container is connected: `network.json` in its bundle, from which its monitor connects it at each start.
package struct NetworkPlan: JSONRecord, Equatable {
    package var attachments: [NetworkAttachment] = []
    package var ports: [PublishedPort] = []
    /// The container's own name servers; nil for those of its networks.
    package var servers: [String]?
    /// A plain user's way out, in place of networks.
    package var user: UserNetwork?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("attachments", &attachments)
        try fields("ports", &ports)
        try fields("servers", &servers)
        try fields("user", &user)
    }

    package static func path(_ bundle: String) -> String { "\(bundle)/network.json" }
}

/// A container's end of one network.
package struct NetworkAttachment: JSONRecord, Equatable {
    package var network = NetworkRecord()
    /// Of the device in the container.
    package var interface = "eth0"
    package var hardware: String?
    package var addresses: [IPAddress] = []
    /// What the container is called in this network.
    package var names: [String] = []
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("network", "interface")
        try fields("network", &network)
        try fields("interface", &interface)
        try fields("hardware", &hardware)
        try fields.texts("addresses", &addresses) { IPAddress($0) }
        try fields("names", &names)
    }

    /// An address with the subnet that it is of.
    package var placed: [(address: IPAddress, subnet: NetworkSubnet)] {
        addresses.compactMap { address in network.subnets.first { $0.subnet.contains(address) }.map { (address, $0) } }
    }

    package func address(_ family: IPAddress.Family) -> IPAddress? { addresses.first { $0.family == family } }
}
