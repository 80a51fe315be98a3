internal import Engine
internal import Flags
internal import Networks

/// Removes networks.
struct NetworkRemove: HakoCommand {
    static let name = "network rm"
    static let summary = "Remove networks that no container is connected to."
    static let words = "NETWORK..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("force", "f", help: "With the containers that are connected; one that is not there is fine.") {
                    $0.force = $1
                }
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        if let code = try engine.againInNetworks(["network", "rm"] + (force ? ["--force"] : []) + words) {
            try engine.endUserNetworks()
            return code
        }
        try engine.sweepNetworks()
        return words.tryEach(failure: 1) { word throws(EngineError) in
            let record: NetworkRecord
            do throws(EngineError) { record = try engine.networks.require(word) } catch {
                if force, try engine.networks.discardDamaged(word, engine) { return }
                throw error
            }
            if force { for user in try engine.users(of: record) { try ContainerRemoval.remove(user, engine, force: true) } }
            try NetworkRemoval(engine).remove(record)
            Report.line(word)
        }
    }
}

/// Removes networks that nobody uses.
struct NetworkPrune: HakoCommand {
    static let name = "network prune"
    static let summary = "Remove all networks that no container is connected to."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("force", "f", help: "As it is: nothing is asked.") { $0.force = $1 },
                .value("filter", of: "KEY=VALUE", help: "label=KEY[=VALUE], until=TIME.") { $0.filter.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false
    var filter: [String] = []

    func run() throws -> Int32 {
        let filters = try filter.map { text throws(EngineError) in try NetworkFilter(text) }
        let engine = try globals.engine()
        if let code = try engine.againInNetworks(["network", "prune"] + filter.flatMap { ["--filter", $0] }) {
            try engine.endUserNetworks()
            return code
        }
        try engine.sweepNetworks()
        let names = try NetworkRemoval(engine).prune { record in
            filters.allSatisfy { (try? $0.accepts(record, engine)) == true }
        }
        if !names.isEmpty { Report.line("Deleted Networks:\n\(names.joined(separator: "\n"))") }
        return 0
    }
}

/// Connects a container to a further network.
struct NetworkConnect: HakoCommand {
    static let name = "network connect"
    static let summary = "Connect a container to a network, also while it runs."
    static let words = "NETWORK CONTAINER"
    static let wordCount = 2...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("ip", of: "ADDRESS", help: "Its IPv4 address there.") { $0.ip = $1 },
                .value("ip6", of: "ADDRESS", help: "Its IPv6 address there.") { $0.ip6 = $1 },
                .value("mac-address", of: "ADDRESS", help: "The hardware address of its device.") { $0.hardware = $1 },
                .value("alias", of: "NAME", help: "A further name there.") { $0.alias.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var ip: String?
    var ip6: String?
    var hardware: String?
    var alias: [String] = []

    private var given: [String] {
        let single = [("--ip", ip), ("--ip6", ip6), ("--mac-address", hardware)].flatMap { name, value in
            value.map { [name, $0] } ?? []
        }
        return single + alias.flatMap { ["--alias", $0] }
    }

    func run() throws -> Int32 {
        var request = NetworkRequest(words[0])
        if let ip { request.addresses.append(try NetworkFlag.address(ip, .v4, flag: "--ip")) }
        if let ip6 { request.addresses.append(try NetworkFlag.address(ip6, .v6, flag: "--ip6")) }
        request.hardware = try hardware.map { text throws(EngineError) in try NetworkFlag.hardware(text, flag: "--mac-address") }
        request.aliases = try alias.map { text throws(EngineError) in try NetworkFlag.alias(text, flag: "--alias") }
        let engine = try globals.engine()
        if let code = try engine.againInNetworks(["network", "connect"] + given + words, starts: true) { return code }
        let network = words[0] == NetworkStore.standardName ? try engine.standardNetwork() : try engine.networks.require(words[0])
        try NetworkChange(engine, try engine.find(words[1])).connect(network, request)
        return 0
    }
}

/// Disconnects a container from a network.
struct NetworkDisconnect: HakoCommand {
    static let name = "network disconnect"
    static let summary = "Disconnect a container from a network, also while it runs."
    static let words = "NETWORK CONTAINER"
    static let wordCount = 2...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.toggle("force", "f", help: "As it is.") { $0.force = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        if let code = try engine.againInNetworks(["network", "disconnect"] + words) { return code }
        try NetworkChange(engine, try engine.find(words[1])).disconnect(try engine.networks.require(words[0]))
        return 0
    }
}

/// Makes bridges and tables anew that were taken away by hand.
struct NetworkReload: HakoCommand {
    static let name = "network reload"
    static let summary =
        "Make the bridges and packet filters of networks in use anew, for all containers or those that are named."
    static let words = "[CONTAINER...]"
    static let wordCount = 0...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.toggle("all", "a", help: "Of all containers, as without a name.") { $0.all = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        if let code = try engine.againInNetworks(["network", "reload"] + words) { return code }
        try engine.sweepNetworks()
        for name in try engine.reloadNetworks(of: try words.map { word throws(EngineError) in try engine.find(word) }) {
            Report.line(name)
        }
        return 0
    }
}

/// Takes back what killed monitors left: where a plain user's networks are.
struct NetworkSweep: HakoCommand {
    static let name = "network sweep"
    static let summary = "Take back what killed monitors left of networks."
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        try globals.engine().sweepNetworks()
        return 0
    }
}

/// Says whether a network is there, by the exit code.
struct NetworkExists: HakoCommand {
    static let name = "network exists"
    static let summary = "Exit with 0 where the network is there, with 1 where it is not."
    static let words = "NETWORK"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 { (try? globals.engine().networks.require(words[0])) == nil ? 1 : 0 }
}

/// Shows which ports of the host lead to a container.
struct Port: HakoCommand {
    static let name = "port"
    static let summary = "Show the published ports of a container."
    static let words = "CONTAINER [PORT[/PROTOCOL]]"
    static let wordCount = 1...2

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let record = try engine.find(words[0])
        let ports = NetworkPlan.read(record.id, in: engine.locations)?.ports.flatMap(\.single) ?? []
        guard words.count == 2 else {
            for port in ports { Report.line("\(port.container)/\(port.transport.rawValue) -> \(port.place)") }
            return 0
        }
        let wanted = try PortRequest.parse(words[1], flag: "port")
        let found = ports.filter { $0.transport == wanted.transport && wanted.container.contains($0.container) }
        guard !found.isEmpty else { throw EngineError("container \(record.name) does not publish the port \(words[1])") }
        for port in found { Report.line(port.place) }
        return 0
    }
}

extension PublishedPort {
    /// Where on the host: `0.0.0.0:8080`, `[::1]:8080`.
    var place: String {
        let address = address ?? IPAddress(.v4, 0)
        return address.family == .v4 ? "\(address):\(host)" : "[\(address)]:\(host)"
    }

    /// As `ps` shows it: `0.0.0.0:8080->80/tcp`, `0.0.0.0:8000-8010->9000-9010/udp`.
    var listed: String {
        guard count > 1 else { return "\(place)->\(container)/\(transport.rawValue)" }
        return "\(place)-\(host + count - 1)->\(container)-\(container + count - 1)/\(transport.rawValue)"
    }
}
