package import Networks

/// How a container with a network namespace of its own is connected, as it is asked for.
package struct NetworkingRequest: Sendable, Equatable {
    package enum Mode: Sendable, Equatable {
        /// What is usual: the default network; for a plain user the user's own.
        case standard
        /// Loopback only.
        case none
        /// These.
        case networks([NetworkRequest])
        /// A plain user's: through a program that passes on what the container sends as the user's own.
        case user(UserNetworkRequest)
    }

    package var mode = Mode.standard
    package var ports: [PortRequest] = []
    /// Each port that the image names gets one of the host's.
    package var publishesAll = false
    /// What the image, and `--expose`, name.
    package var exposed: [PortRequest] = []
    package var servers: [IPAddress] = []
    package var searches: [String] = []
    package var serverOptions: [String] = []
    /// Lines of /etc/hosts; an address that is nil is the host's own.
    package var hosts: [HostEntry] = []

    package init() {}

    package struct HostEntry: Sendable, Equatable {
        package var name: String
        package var address: IPAddress?
    }

    /// What is there beside an own namespace's networks, and means nothing without one.
    var needsNamespace: String? {
        if !ports.isEmpty { return "--publish" }
        if publishesAll { return "--publish-all" }
        return nil
    }
}

/// One network that a container is to be connected to.
package struct NetworkRequest: Sendable, Equatable {
    /// Its name or id.
    package var name: String
    package var addresses: [IPAddress] = []
    package var hardware: String?
    package var aliases: [String] = []
    /// Of the device in the container.
    package var interface: String?

    package init(_ name: String) { self.name = name }
}

/// `--network pasta[:OPTION,…]`, `slirp4netns[:…]`.
package struct UserNetworkRequest: Sendable, Equatable {
    package var program: String
    package var options: [String] = []
}

/// `--network`, as a word for namespaces or for networks.
package enum NetworkFlag {
    package enum Choice: Sendable, Equatable {
        case namespace(NamespaceMode)
        case mode(NetworkingRequest.Mode)
    }

    private static let flag = "--network"

    /// - Parameter texts: each time the flag is given.
    package static func parse(_ texts: [String]) throws(EngineError) -> Choice {
        var requests: [NetworkRequest] = []
        for text in texts {
            try Numbers.checkNoZero(text, flag: flag)
            if let choice = try single(text) {
                guard texts.count == 1 else {
                    throw EngineError("\(flag) \(text) stands for itself: leave the other networks out")
                }
                return choice
            }
            let request = try network(text)
            guard !requests.contains(where: { $0.name == request.name }) else {
                throw EngineError("\(flag) names the network \(request.name) twice")
            }
            requests.append(request)
        }
        return .mode(.networks(requests))
    }

    private static func single(_ text: String) throws(EngineError) -> Choice? {
        switch text {
        case "none": return .mode(.none)
        case "", "private": return .mode(.standard)
        case "host": return .namespace(.host)
        case let text where text.hasPrefix("ns:"): return .namespace(.path(try NamespaceMode.path(text, flag: flag)))
        case let text where text.hasPrefix("container:"):
            return .namespace(.container(try NamespaceMode.container(text, flag: flag)))
        default: break
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts[0] == "pasta" || parts[0] == "slirp4netns" else { return nil }
        let options = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
        return .mode(.user(UserNetworkRequest(program: parts[0], options: options)))
    }

    /// `NAME[:ip=,ip6=,mac=,alias=,interface_name=]`.
    package static func network(_ text: String) throws(EngineError) -> NetworkRequest {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var request = NetworkRequest(parts[0] == "default" ? NetworkStore.standardName : parts[0])
        guard !request.name.isEmpty else { throw EngineError.value(flag, text, "the network's name is missing") }
        guard parts.count == 2 else { return request }
        for option in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let (key, value) = try Numbers.pair(String(option), flag: flag)
            switch key {
            case "ip", "ip6": request.addresses.append(try address(value, key == "ip" ? .v4 : .v6, flag: flag))
            case "mac": request.hardware = try hardware(value, flag: flag)
            case "alias": request.aliases.append(try alias(value, flag: flag))
            case "interface_name": request.interface = try interface(value, flag: flag)
            default: throw EngineError.value(flag, text, "the options are ip=, ip6=, mac=, alias= and interface_name=")
            }
        }
        return request
    }

    package static func address(
        _ text: String, _ family: IPAddress.Family?, flag: String
    ) throws(EngineError) -> IPAddress {
        guard let address = IPAddress(text), family == nil || address.family == family else {
            let kind = family.map { $0 == .v4 ? "an IPv4 address such as 10.89.0.5" : "an IPv6 address such as fd00::5" }
            throw EngineError.value(flag, text, "not \(kind ?? "an address")")
        }
        return address
    }

    package static func hardware(_ text: String, flag: String) throws(EngineError) -> String {
        guard let address = HardwareAddress(text) else {
            throw EngineError.value(flag, text, "not the address of one device, such as 02:42:0a:59:00:05")
        }
        return address.description
    }

    /// `NAME[;NAME…]:ADDRESS`, or with `=`; the address may be `host-gateway`.
    package static func hosts(_ text: String, flag: String) throws(EngineError) -> [NetworkingRequest.HostEntry] {
        guard let end = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            throw EngineError.value(flag, text, "write it as NAME:ADDRESS")
        }
        var place = String(text[text.index(after: end)...])
        if place.hasPrefix("["), place.hasSuffix("]") { place = String(place.dropFirst().dropLast()) }
        let address = place == "host-gateway" ? nil : try address(place, nil, flag: flag)
        return try text[..<end].split(separator: ";", omittingEmptySubsequences: false).map { name throws(EngineError) in
            NetworkingRequest.HostEntry(name: try ContainerName.checkHost(String(name), flag: flag), address: address)
        }
    }

    package static func alias(_ text: String, flag: String) throws(EngineError) -> String {
        try ContainerName.checkHost(text, flag: flag)
    }

    /// IFNAMSIZ is 16 with the zero at the end; the kernel allows neither `/`, `:` nor white space.
    package static func interface(_ text: String, flag: String) throws(EngineError) -> String {
        let isName =
            (1...15).contains(text.utf8.count) && text != "." && text != ".." && text != "lo"
            && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
        guard isName else { throw EngineError.value(flag, text, "a device's name has 1 to 15 characters, without / and :") }
        return text
    }
}
