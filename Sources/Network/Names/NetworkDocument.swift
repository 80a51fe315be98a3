package import JSON
package import Linux

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

    package init(
        id: String, name: String, listen: [IPAddress], subnets: [Subnet], forward: Bool = true, upstreams: [String] = []
    ) {
        self.id = id
        self.name = name
        self.listen = listen.map(\.description)
        self.subnets = subnets.map(\.description)
        self.forward = forward
        self.upstreams = upstreams
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

    /// Makes the network's folder, with the directory of its members, and this in it.
    package func write(in networks: String) throws(SystemError) {
        try StateFile.makeDirectory("\(networks)/\(id)")
        try StateFile.makeDirectory("\(networks)/\(id)/members")
        try StateFile.replace("\(networks)/\(id)/\(Self.fileName)", with: json.bytes())
    }

    /// Takes the network's folder away, whereupon its server ends; what is not there is fine.
    package static func remove(_ id: String, in networks: String) throws(SystemError) {
        let folder = "\(networks)/\(id)"
        let members = "\(folder)/members"
        let files = try ifThere { () throws(SystemError) in try File.open(members, [.read, .directory]).list() } ?? []
        for path in files.map({ "\(members)/\($0)" }) + ["\(folder)/\(fileName)", "\(folder)/\(NameServer.lockName)"] {
            _ = try ifThere { () throws(SystemError) in try File.remove(path) }
        }
        for path in [members, folder] { _ = try ifThere { () throws(SystemError) in try File.removeDirectory(path) } }
    }

    private static func ifThere<Result>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result? {
        do throws(SystemError) { return try body() } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return nil
        }
    }
}
