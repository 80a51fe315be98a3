package import JSON

/// A port of the host's, or several in a row, behind which are a container's.
package struct PublishedPort: JSONRecord, Hashable {
    package enum TransportProtocol: String, Sendable, CaseIterable {
        case tcp
        case udp
        case sctp

        /// IPPROTO_*.
        package var number: UInt8 {
            switch self {
            case .tcp: 6
            case .udp: 17
            case .sctp: 132
            }
        }
    }

    /// Where on the host; nil for every address.
    package var address: IPAddress?
    package var host: UInt16 = 0
    package var container: UInt16 = 0
    /// How many in a row.
    package var count: UInt16 = 1
    package var transport = TransportProtocol.tcp
    package var unknown = JSONObject()

    package init() {}

    package init(
        address: IPAddress? = nil, host: UInt16, container: UInt16, count: UInt16 = 1, _ transport: TransportProtocol = .tcp
    ) {
        self.address = address
        self.host = host
        self.container = container
        self.count = count
        self.transport = transport
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("host", "container")
        try fields.text("address", &address) { IPAddress($0) }
        try fields("host", &host)
        try fields("container", &container)
        try fields("count", &count)
        try fields("protocol", &transport)
    }

    /// Each port by itself.
    package var single: [PublishedPort] {
        (0..<count).map { PublishedPort(address: address, host: host + $0, container: container + $0, transport) }
    }

    package func overlaps(_ other: PublishedPort) -> Bool {
        guard transport == other.transport, address == nil || other.address == nil || address == other.address else {
            return false
        }
        return host < UInt32(other.host) + UInt32(other.count) && other.host < UInt32(host) + UInt32(count)
    }

    package static func == (left: PublishedPort, right: PublishedPort) -> Bool {
        (left.address, left.host, left.container, left.count, left.transport)
            == (right.address, right.host, right.container, right.count, right.transport)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(transport)
    }
}
