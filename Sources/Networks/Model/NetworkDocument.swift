package import JSON

/// What a name server is told of its network: `network.json` in the network's folder.
package struct NetworkDocument: JSONRecord, Equatable, Sendable {
    package var id = ""
    package var name = ""
    /// The addresses it is asked at.
    package var listen: [String] = []
    package var subnets: [String] = []
    /// Whether other names are asked of other servers; not so in internal networks.
    package var forward = true
    /// Those servers; empty for the host's.
    package var upstreams: [String] = []
    package var unknown = JSONObject()

    package init() {}

    init(_ network: NetworkRecord) {
        id = network.id
        name = network.name
        listen = network.subnets.compactMap(\.gateway).map(\.description)
        subnets = network.subnets.map(\.subnet.description)
        forward = !network.isInternal
        upstreams = network.servers ?? []
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "name", "listen")
        try fields("id", &id)
        try fields("name", &name)
        try fields("listen", &listen)
        try fields("subnets", &subnets)
        try fields("forward", &forward)
        try fields("upstreams", &upstreams)
    }

    static let fileName = "network.json"
    static let longestFile = 64 << 10
}
