internal import Engine
internal import Flags
internal import JSON
internal import Linux
internal import Networks

/// Lists networks.
struct NetworkList: HakoCommand {
    static let name = "network ls"
    static let summary = "List networks."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("quiet", "q", help: "Only names.") { $0.quiet = $1 },
                .toggle("no-trunc", help: "Whole ids.") { $0.whole = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Name}}'.") { $0.format = $1 },
                .value("filter", "f", of: "KEY=VALUE", help: "KEY is \(NetworkFilter.Key.list).") { $0.filter.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var quiet = false
    var whole = false
    var format: String?
    var filter: [String] = []

    func run() throws -> Int32 {
        let filters = try filter.map { text throws(EngineError) in try NetworkFilter(text) }
        let engine = try globals.engine()
        try engine.sweepNetworks()
        var records: [NetworkRecord] = []
        for record in try engine.networks.all() where try filters.allSatisfy({ try $0.accepts(record, engine) }) {
            records.append(record)
        }
        func id(_ record: NetworkRecord) -> String { whole ? record.id : String(record.id.prefix(12)) }
        if quiet {
            for record in records { Report.line(record.name) }
            return 0
        }
        let rows: [JSONValue] = records.map { record in
            [
                "ID": .string(id(record)), "Name": .string(record.name), "Driver": .string(record.driver.rawValue),
                "Scope": "local",
                "Internal": .bool(record.isInternal), "Labels": .string((record.labels ?? [:]).listed),
                "CreatedAt": .string(WallClock.text(seconds: record.created, nanoseconds: 0)),
                "IPv6": .bool(record.subnets.contains { $0.subnet.family == .v6 }), "Interface": .string(record.interface),
                "Subnets": JSONValue(record.subnets.map(\.subnet.description)),
            ]
        }
        let listing = Listing(rows: rows) {
            var table = Table(["NETWORK ID", "NAME", "DRIVER", "SCOPE", "SUBNETS"])
            for record in records {
                let subnets = record.subnets.map(\.subnet.description).joined(separator: ", ")
                table.add([id(record), record.name, record.driver.rawValue, "local", subnets])
            }
            return table.text
        }
        Report.output(try listing.text(format))
        return 0
    }
}

/// Says all there is to say of networks.
struct NetworkInspect: HakoCommand {
    static let name = "network inspect"
    static let summary = "Show all of networks, as JSON."
    static let words = "NETWORK..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [.value("format", "f", of: "FORM", help: "json, or a template such as '{{.Driver}}'.") { $0.format = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var format: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        try engine.sweepNetworks()
        return try Inspection.run(words, format, failure: 1) { word throws(EngineError) in
            try NetworkDescription(engine, try engine.networks.require(word)).json
        }
    }
}

/// A network as docker describes it.
struct NetworkDescription {
    let json: JSONValue

    init(_ engine: Engine, _ record: NetworkRecord) throws(EngineError) {
        var containers = JSONObject()
        let names = Dictionary(try engine.users(of: record).map { ($0.id, $0.name) }) { $1 }
        for member in engine.directory(record).all() where member.isAlive {
            func address(_ family: IPAddress.Family) -> JSONValue {
                guard let found = member.addresses.first(where: { $0.family == family }) else { return "" }
                let prefix = record.subnets.first { $0.subnet.contains(found) }?.subnet.prefix ?? family.bits
                return .string("\(found)/\(prefix)")
            }
            containers.append(
                member.id,
                [
                    "Name": JSONValue(names[member.id] ?? member.names.first), "MacAddress": JSONValue(member.hardware),
                    "IPv4Address": address(.v4), "IPv6Address": address(.v6), "Names": JSONValue(member.names),
                    "Interface": JSONValue(member.interface), "HostDevice": JSONValue(member.link),
                ])
        }
        var options = record.options ?? [:]
        if record.driver == .bridge { options["com.docker.network.bridge.name"] = record.interface }
        let configuration = record.subnets.map { subnet -> JSONValue in
            var object = JSONObject()
            object.append("Subnet", .string(subnet.subnet.description))
            if let gateway = subnet.gateway { object.append("Gateway", .string(gateway.description)) }
            if let first = subnet.first, let last = subnet.last { object.append("IPRange", .string("\(first)-\(last)")) }
            return .object(object)
        }
        json = [
            "Name": .string(record.name), "Id": .string(record.id),
            "Created": .string(WallClock.text(seconds: record.created, nanoseconds: 0)), "Scope": "local",
            "Driver": .string(record.driver.rawValue), "EnableIPv6": .bool(record.subnets.contains { $0.subnet.family == .v6 }),
            "IPAM": ["Driver": "default", "Options": [:], "Config": .array(configuration)],
            "Internal": .bool(record.isInternal), "Isolated": .bool(record.isIsolated), "DNSEnabled": .bool(record.hasNames),
            "NetworkInterface": .string(record.interface), "Containers": .object(containers),
            "Options": JSONValue(dictionary: options) { .string($0) },
            "Labels": JSONValue(dictionary: record.labels ?? [:]) { .string($0) },
        ]
    }
}

/// One `--filter` of the network commands.
struct NetworkFilter {
    enum Key: String, FilterKey {
        case name
        case id
        case driver
        case label
        case dangling
        case scope
        case until
    }

    private let key: Key
    private let value: String

    init(_ text: String) throws(EngineError) {
        (key, value) = try Key.split(text)
        switch key {
        case .dangling where Numbers.boolean(value) == nil: throw EngineError.value("--filter", text, "it is true or false")
        case .until: _ = try TimeFlag.parse(value, flag: "--filter until")
        default: break
        }
    }

    func accepts(_ record: NetworkRecord, _ engine: Engine) throws(EngineError) -> Bool {
        switch key {
        case .name: return record.name.firstRange(of: value) != nil
        case .id: return record.id.hasPrefix(value)
        case .driver: return record.driver.rawValue == value
        case .scope: return value == "local"
        case .dangling: return try engine.users(of: record).isEmpty == Numbers.boolean(value)
        case .until:
            return try WallClock.text(seconds: record.created, nanoseconds: 0) < TimeFlag.parse(value, flag: "--filter until")
        case .label:
            let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let found = record.labels?[parts[0]] else { return false }
            return parts.count == 1 || found == parts[1]
        }
    }
}
