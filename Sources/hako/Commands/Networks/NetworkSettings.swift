internal import Engine
internal import JSON
internal import Networks

/// How a container is connected, in docker's words.
struct NetworkSettings {
    private let plan: NetworkPlan?
    private let pid: Int32

    /// - Parameter pid: of the container's first process; 0 while it does not run.
    init(_ record: ContainerRecord, _ engine: Engine, pid: Int32) {
        plan = NetworkPlan.read(record.id, in: engine.locations)
        self.pid = pid
    }

    /// What `--network` said; nil for one without networks of its own.
    var mode: String? { plan?.attachments.first?.network.name ?? plan?.user?.program }

    /// `HostConfig.PortBindings`, and `NetworkSettings.Ports` while it runs.
    var bindings: JSONValue {
        var bindings = JSONObject()
        let ports = plan?.ports.flatMap(\.single) ?? []
        for key in ports.map(\.key).reduce(into: [String](), { if !$0.contains($1) { $0.append($1) } }) {
            let places = ports.filter { $0.key == key }.map { port -> JSONValue in
                ["HostIp": .string((port.address ?? IPAddress(.v4, 0)).description), "HostPort": .string("\(port.host)")]
            }
            bindings.append(key, .array(places))
        }
        return .object(bindings)
    }

    var json: JSONValue {
        let first = networks.first?.value
        func member(_ key: String) -> JSONValue {
            guard case .object(let object)? = first, let value = object[key] else { return "" }
            return value
        }
        return [
            "SandboxKey": JSONValue(pid > 0 ? "/proc/\(pid)/ns/net" : ""), "Ports": pid > 0 ? bindings : [:],
            "IPAddress": member("IPAddress"), "IPPrefixLen": first == nil ? 0 : member("IPPrefixLen"),
            "Gateway": member("Gateway"), "MacAddress": member("MacAddress"),
            "GlobalIPv6Address": member("GlobalIPv6Address"), "IPv6Gateway": member("IPv6Gateway"),
            "Networks": .object(networks.reduce(into: JSONObject()) { $0.append($1.name, $1.value) }),
        ]
    }

    /// Addresses are shown while it runs, as docker does.
    private var networks: [(name: String, value: JSONValue)] {
        (plan?.attachments ?? []).map { attachment in
            func placed(_ family: IPAddress.Family) -> (address: String, prefix: Int, gateway: String) {
                guard pid > 0, let found = attachment.placed.first(where: { $0.address.family == family }) else {
                    return ("", 0, "")
                }
                return (found.address.description, found.subnet.subnet.prefix, found.subnet.gateway?.description ?? "")
            }
            let (four, six) = (placed(.v4), placed(.v6))
            let hardware = attachment.hardware ?? attachment.addresses.first.map { HardwareAddress(for: $0).description }
            return (
                attachment.network.name,
                [
                    "NetworkID": .string(attachment.network.id), "Aliases": JSONValue(attachment.names),
                    "Gateway": .string(four.gateway), "IPAddress": .string(four.address),
                    "IPPrefixLen": JSONValue(whole: four.prefix),
                    "IPv6Gateway": .string(six.gateway), "GlobalIPv6Address": .string(six.address),
                    "GlobalIPv6PrefixLen": JSONValue(whole: six.prefix), "MacAddress": JSONValue(pid > 0 ? hardware : ""),
                    "Interface": .string(attachment.interface),
                    "IPAMConfig": [
                        "IPv4Address": JSONValue(attachment.address(.v4)?.description),
                        "IPv6Address": JSONValue(attachment.address(.v6)?.description),
                    ],
                ]
            )
        }
    }
}

extension PublishedPort {
    /// `80/tcp`.
    fileprivate var key: String { "\(container)/\(transport.rawValue)" }
}
