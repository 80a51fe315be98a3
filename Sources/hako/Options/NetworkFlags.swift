internal import Engine
internal import Flags
internal import Linux
internal import Networks

/// How a container, or a pod, is connected, as text.
struct NetworkFlags: FlagSet {
    var network: [String] = []
    var publish: [String] = []
    var publishAll = false
    var expose: [String] = []
    var ip: String?
    var ip6: String?
    var macAddress: String?
    var networkAlias: [String] = []
    var dns: [String] = []
    var dnsSearch: [String] = []
    var dnsOption: [String] = []
    var addHost: [String] = []

    static let flags: [Flag<Self>] = [
        .value(
            "network", "net", of: "NETWORK",
            help: "NAME[:ip=,ip6=,mac=,alias=,interface_name=] (again for more), none, host, ns:PATH, container:NAME, pasta or "
                + "slirp4netns (default: bridge; a plain user's: pasta)."
        ) { $0.network.append($1) },
        .value(
            "publish", "p", of: "PORTS",
            help: "Publish ports: [ADDRESS:][HOST-PORT:]CONTAINER-PORT[/tcp|udp|sctp]; a port may be a range."
        ) { $0.publish.append($1) },
        .toggle("publish-all", "P", help: "Publish each port that the image names on one of the host's.") { $0.publishAll = $1 },
        .value("expose", of: "PORT", help: "A port for --publish-all.") { $0.expose.append($1) },
        .value("ip", of: "ADDRESS", help: "The container's IPv4 address in its network.") { $0.ip = $1 },
        .value("ip6", of: "ADDRESS", help: "The container's IPv6 address in its network.") { $0.ip6 = $1 },
        .value("mac-address", of: "ADDRESS", help: "The hardware address of its device.") { $0.macAddress = $1 },
        .value("network-alias", of: "NAME", help: "A further name of the container in its networks.") {
            $0.networkAlias.append($1)
        },
        .value("dns", of: "ADDRESS", help: "A name server, in place of the host's.") { $0.dns.append($1) },
        .value("dns-search", of: "DOMAIN", help: "A domain to look names up in; . is none.") { $0.dnsSearch.append($1) },
        .value("dns-option", "dns-opt", of: "OPTION", help: "An option of resolv.conf.") { $0.dnsOption.append($1) },
        .value("add-host", of: "NAME:ADDRESS", help: "A line of /etc/hosts; host-gateway is the host's address.") {
            $0.addHost.append($1)
        },
    ]

    /// The variable with what `--network` says where it is not given.
    private static let variable = "HAKO_NETWORK"

    func apply(to options: inout RunOptions) throws(EngineError) {
        (options.network, options.networking) = try parsed(exposedByImage: options.networking.exposed)
    }

    /// The namespace, and how one of its own is connected.
    func parsed(exposedByImage: [PortRequest] = []) throws(EngineError) -> (NamespaceMode, NetworkingRequest) {
        var request = NetworkingRequest()
        var namespace = NamespaceMode.own
        let usual = Environment.value(Self.variable).map { [$0] } ?? []
        switch try NetworkFlag.parse(network.isEmpty ? usual : network) {
        case .namespace(let mode): namespace = mode
        case .mode(.networks(let networks)) where networks.isEmpty: request.mode = .standard
        case .mode(let mode): request.mode = mode
        }
        try place(&request, namespace)
        request.ports = try publish.map { text throws(EngineError) in try PortRequest.parse(text, flag: "--publish") }
        request.publishesAll = publishAll
        request.exposed =
            exposedByImage + (try expose.map { text throws(EngineError) in try PortRequest.parse(text, flag: "--expose") })
        request.servers = try dns.map { text throws(EngineError) in try NetworkFlag.address(text, nil, flag: "--dns") }
        request.searches = try dnsSearch.map { text throws(EngineError) in
            text == "." ? text : try ContainerName.checkHost(text, flag: "--dns-search")
        }
        request.serverOptions = try dnsOption.map { text throws(EngineError) in
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
                throw EngineError.value("--dns-option", text, "an option is one word, such as ndots:2")
            }
            return text
        }
        for text in addHost { request.hosts += try NetworkFlag.hosts(text, flag: "--add-host") }
        return (namespace, request)
    }

    /// What is said of the container's place in its one network.
    private func place(_ request: inout NetworkingRequest, _ namespace: NamespaceMode) throws(EngineError) {
        let given = [("--ip", ip), ("--ip6", ip6), ("--mac-address", macAddress), ("--network-alias", networkAlias.first)]
        guard let flag = given.first(where: { $0.1 != nil })?.0 else { return }
        var networks: [NetworkRequest] = []
        switch request.mode {
        case .networks(let named): networks = named
        case .standard where namespace == .own: networks = [NetworkRequest(NetworkStore.standardName)]
        default: throw EngineError("\(flag) needs a network of hako's: name one with --network")
        }
        let isOfOne = ip != nil || ip6 != nil || macAddress != nil
        guard networks.count == 1 || !isOfOne else {
            throw EngineError("\(flag) says nothing of which network it is for: write --network NAME:ip=…,mac=…")
        }
        for alias in networkAlias {
            let alias = try NetworkFlag.alias(alias, flag: "--network-alias")
            for index in networks.indices { networks[index].aliases.append(alias) }
        }
        if let ip { networks[0].addresses.append(try NetworkFlag.address(ip, .v4, flag: "--ip")) }
        if let ip6 { networks[0].addresses.append(try NetworkFlag.address(ip6, .v6, flag: "--ip6")) }
        if let macAddress { networks[0].hardware = try NetworkFlag.hardware(macAddress, flag: "--mac-address") }
        request.mode = .networks(networks)
    }
}
