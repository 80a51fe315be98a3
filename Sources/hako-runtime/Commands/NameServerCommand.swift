import Flags
import Linux
import Networks

/// The DNS server of a network: what a container's monitor starts, no command for people.
struct NameServerCommand: RuntimeCommand {
    static let name = "name-server"
    static let summary = "Answer for the names of a network's containers."
    static let words = "NETWORK-ID"
    static let wordCount = 1...1
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("networks", of: "DIR", help: "Where the networks' folders are.") { $0.networks = $1 },
                .value("ready-fd", of: "N", help: "Write a zero byte here once names are answered.") { $0.ready = $1 },
                .value("port", of: "N", help: "The port to be asked at.") { $0.port = $1 },
                .value("resolv-conf", of: "FILE", help: "Where the host's resolvers are.") { $0.resolverConfiguration = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var networks: String?
    var ready: String?
    var port: String?
    var resolverConfiguration: String?

    func run() throws -> Int32 {
        Trace.becomes("names")
        guard let networks else { throw UsageError("--networks is missing") }
        guard !words[0].isEmpty, words[0] != ".", words[0] != "..", !words[0].utf8.contains(UInt8(ascii: "/")) else {
            throw UsageError("\"\(words[0])\" is no network")
        }
        let descriptor = try wholeNumber(ready, flag: "--ready-fd")
        guard descriptor > 2, let descriptor = CInt(exactly: descriptor) else { throw UsageError("--ready-fd is no descriptor") }
        var server = NameServer(networks: networks, network: words[0])
        guard let port = UInt16(exactly: try wholeNumber(port, flag: "--port", default: 53)), port > 0 else {
            throw UsageError("--port is no port")
        }
        server.port = port
        if let resolverConfiguration { server.resolverConfiguration = resolverConfiguration }
        try server.serve(ready: Descriptor(owning: descriptor))
        return 0
    }
}
