package import JSON

/// A network that containers are connected to; kept as `network.json` in a directory of its own.
package struct NetworkRecord: JSONRecord, Equatable {
    /// 64 hexadecimal digits.
    package var id = ""
    package var name = ""
    /// Seconds since 1970.
    package var created: Int64 = 0
    package var driver = Driver.bridge
    /// The bridge's name; of another driver's the link of the host's that is shared.
    package var interface = ""
    package var subnets: [NetworkSubnet] = []
    /// There is no way out of it.
    package var isInternal = false
    /// What other networks' containers send does not come in, nor go out to them.
    package var isIsolated = true
    /// Its containers find each other by name.
    package var hasNames = true
    /// Where names that are no container's are looked up; nil for the host's servers.
    package var servers: [String]?
    /// Bytes; nil for the kernel's.
    package var mtu: UInt32?
    /// Of macvlan and ipvlan.
    package var mode: String?
    package var labels: [String: String]?
    package var options: [String: String]?
    package var unknown = JSONObject()

    package enum Driver: String, Sendable, CaseIterable {
        case bridge
        case macvlan
        case ipvlan
    }

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "name", "interface")
        try fields("id", &id)
        try fields("name", &name)
        try fields("created", &created)
        try fields("driver", &driver)
        try fields("interface", &interface)
        try fields("subnets", &subnets)
        try fields("internal", &isInternal)
        try fields("isolated", &isIsolated)
        try fields("names", &hasNames)
        try fields("servers", &servers)
        try fields("mtu", &mtu)
        try fields("mode", &mode)
        try fields("labels", &labels)
        try fields("options", &options)
    }
}

/// One range of a network's addresses.
package struct NetworkSubnet: JSONRecord, Equatable {
    package var subnet: Subnet
    /// Who has the way out; of a bridge its own address.
    package var gateway: IPAddress?
    /// What addresses are given out of; nil for all.
    package var first: IPAddress?
    package var last: IPAddress?
    package var unknown = JSONObject()

    package init() { subnet = Subnet(of: IPAddress(.v4, 0), prefix: 32)! }

    package init(_ subnet: Subnet, gateway: IPAddress?) {
        self.subnet = subnet
        self.gateway = gateway
    }

    /// The addresses that containers get, its gateway's among them.
    package var range: ClosedRange<IPAddress>? {
        guard let usable = subnet.usable else { return nil }
        let from = max(first ?? usable.lowerBound, usable.lowerBound)
        let to = min(last ?? usable.upperBound, usable.upperBound)
        return from <= to ? from...to : nil
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("subnet")
        try fields.text("subnet", &subnet, Subnet.init)
        try fields.text("gateway", &gateway) { IPAddress($0) }
        try fields.text("first", &first) { IPAddress($0) }
        try fields.text("last", &last) { IPAddress($0) }
    }
}

extension JSONFields {
    /// A value that is written as a text.
    mutating func text<Value: CustomStringConvertible>(
        _ key: String, _ value: inout Value, _ parse: (String) -> Value?
    ) throws(JSONError) {
        var text = value.description
        try self(key, &text)
        guard let parsed = parse(text) else { throw JSONError("is not understood", at: key) }
        value = parsed
    }

    /// One that may be missing.
    mutating func text<Value: CustomStringConvertible>(
        _ key: String, _ value: inout Value?, _ parse: (String) -> Value?
    ) throws(JSONError) {
        var text = value?.description
        try self(key, &text)
        guard let text else { return value = nil }
        guard let parsed = parse(text) else { throw JSONError("is not understood", at: key) }
        value = parsed
    }

    /// Several.
    mutating func texts<Value: CustomStringConvertible>(
        _ key: String, _ values: inout [Value], _ parse: (String) -> Value?
    ) throws(JSONError) {
        var texts: [String]? = values.map(\.description)
        try self(key, &texts)
        let parsed = (texts ?? []).map(parse)
        guard !parsed.contains(where: { $0 == nil }) else { throw JSONError("is not understood", at: key) }
        values = parsed.compactMap { $0 }
    }
}
