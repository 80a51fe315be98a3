internal import Engine
internal import Flags
internal import Networks

/// Makes a network.
struct NetworkCreate: HakoCommand {
    static let name = "network create"
    static let summary = "Make a network that containers find each other in."
    static let words = "[NAME]"
    static let wordCount = 0...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("driver", "d", of: "NAME", help: "bridge, macvlan or ipvlan (default: bridge).") { $0.driver = $1 },
                .value("subnet", of: "SUBNET", help: "Its addresses, such as 10.89.5.0/24; again for more.") {
                    $0.subnet.append($1)
                },
                .value("gateway", of: "ADDRESS", help: "The host's address in it (default: the subnet's first).") {
                    $0.gateway.append($1)
                },
                .value("ip-range", of: "RANGE", help: "What containers get: 10.89.5.128/25, or FIRST-LAST.") {
                    $0.range.append($1)
                },
                .toggle("ipv6", help: "IPv6 as well, in a private subnet where none is named.") { $0.ipv6 = $1 },
                .toggle("internal", help: "Nothing goes out, nor comes in.") { $0.isInternal = $1 },
                .toggle("disable-dns", help: "Containers do not find each other by name.") { $0.disablesNames = $1 },
                .value("dns", of: "ADDRESS", help: "Where other names are looked up (default: where the host does).") {
                    $0.dns.append($1)
                },
                .value(
                    "opt", "o", of: "KEY=VALUE", help: "mtu=BYTES, isolate=BOOL; of macvlan and ipvlan parent=DEVICE, mode=MODE."
                ) {
                    $0.options.append($1)
                },
                .value("interface-name", of: "NAME", help: "The bridge's name (default: hako and a number).") {
                    $0.interface = $1
                },
                .value("label", "l", of: "KEY=VALUE", help: "A label, KEY=VALUE.") { $0.labels.append($1) },
                .toggle("ignore", help: "One of that name that is there already is fine.") { $0.ignores = $1 },
                .value("ipam-driver", of: "NAME", help: "default, the only one.") { $0.ipam = $1 },
                .toggle("attachable", help: "As it is.") { $0.isAttachable = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var driver = "bridge"
    var subnet: [String] = []
    var gateway: [String] = []
    var range: [String] = []
    var ipv6 = false
    var isInternal = false
    var disablesNames = false
    var dns: [String] = []
    var options: [String] = []
    var interface: String?
    var labels: [String] = []
    var ignores = false
    var isAttachable = true
    var ipam = "default"

    func run() throws -> Int32 {
        var request = NetworkCreationRequest()
        request.name = try words.first.map { name throws(EngineError) in try NetworkStore.check(name) }
        guard let kind = NetworkRecord.Driver(rawValue: driver) else {
            throw EngineError.value("--driver", driver, "it is bridge, macvlan or ipvlan")
        }
        guard ipam == "default" || ipam == "host-local" else {
            throw EngineError.value("--ipam-driver", ipam, "addresses are hako's to give: it is default")
        }
        request.driver = kind
        request.subnets = try subnet.map { text throws(EngineError) in try Self.subnet(text, flag: "--subnet") }
        request.gateways = try gateway.map { text throws(EngineError) in try NetworkFlag.address(text, nil, flag: "--gateway") }
        request.ranges = try range.map(Self.range)
        request.hasIPv6 = ipv6
        request.isInternal = isInternal
        request.hasNames = !disablesNames
        request.servers = try dns.map { text throws(EngineError) in try NetworkFlag.address(text, nil, flag: "--dns") }
        request.options = try Numbers.pairs(options, flag: "--opt")
        request.labels = try Numbers.pairs(labels, flag: "--label")
        request.interface = try interface.map { name throws(EngineError) in
            try NetworkFlag.interface(name, flag: "--interface-name")
        }
        let record = try NetworkCreation(try globals.engine(), request).run(orTake: ignores)
        Report.line(record.name)
        return 0
    }

    private static func subnet(_ text: String, flag: String) throws(EngineError) -> Subnet {
        guard let subnet = Subnet(text) else { throw EngineError.value(flag, text, "not a subnet such as 10.89.5.0/24") }
        return subnet
    }

    private static func range(_ text: String) throws(EngineError) -> ClosedRange<IPAddress> {
        let flag = "--ip-range"
        if text.contains("/") {
            let subnet = try subnet(text, flag: flag)
            return subnet.base...subnet.last
        }
        let ends = text.split(separator: "-", maxSplits: 1).map { IPAddress($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first.family == last.family, first <= last else {
            throw EngineError.value(flag, text, "write it as a subnet, 10.89.5.128/25, or as two addresses, FIRST-LAST")
        }
        return first...last
    }
}
