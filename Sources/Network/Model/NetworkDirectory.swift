internal import JSON
package import Linux

/// What is known of a network while it is in use: its folder below the state directory.
package struct NetworkDirectory: Sendable {
    /// Where the folders of all networks are.
    package let root: String
    package let id: String

    package init(_ root: String, _ id: String) {
        self.root = root
        self.id = id
    }

    /// That of all networks, below a state directory.
    package static func root(_ state: String) -> String { "\(state)/networks" }

    package var path: String { "\(root)/\(id)" }
    private var members: String { "\(path)/members" }
    private func place(_ container: String) -> String { "\(members)/\(container).json" }
    /// What the name server is told.
    private var document: String { "\(path)/network.json" }
    /// Of the network itself, once it is set up here.
    private var record: String { "\(path)/record.json" }

    /// All networks that are, or were, in use.
    package static func all(_ root: String) -> [NetworkDirectory] {
        let names = (try? File.open(root, [.read, .directory]).list()) ?? []
        return names.sorted().map { NetworkDirectory(root, $0) }
    }

    /// Who is connected, or was when it was killed.
    package func all() -> [NetworkMember] {
        let names = (try? File.open(members, [.read, .directory]).list()) ?? []
        return names.sorted().compactMap { name in
            guard name.hasSuffix(".json"), let bytes = try? File.read("\(members)/\(name)", limit: 4 << 20) else { return nil }
            return try? NetworkMember(parsing: bytes)
        }
    }

    package func member(_ container: String) -> NetworkMember? {
        (try? File.read(place(container), limit: 4 << 20)).flatMap { try? NetworkMember(parsing: $0) }
    }

    package func write(_ member: NetworkMember) throws(SystemError) {
        do throws(SystemError) { try replace(place(member.id), member.json.bytes()) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            try File.makeDirectories(members, mode: 0o755)
            try replace(place(member.id), member.json.bytes())
        }
    }

    package func remove(_ container: String) throws(SystemError) {
        do throws(SystemError) { try File.remove(place(container)) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
    }

    /// Writes down what network this is.
    package func write(_ network: NetworkRecord) throws(SystemError) {
        try File.makeDirectories(members, mode: 0o755)
        var names = JSONObject()
        names.append("id", .string(network.id))
        names.append("name", .string(network.name))
        let gateways = network.subnets.compactMap(\.gateway)
        names.append("listen", .array(gateways.map { .string($0.description) }))
        names.append("subnets", .array(network.subnets.map { .string($0.subnet.description) }))
        names.append("forward", .bool(!network.isInternal))
        names.append("upstreams", .array((network.servers ?? []).map { .string($0) }))
        try replace(document, JSONValue.object(names).bytes())
        try replace(record, network.json.bytes())
    }

    /// What network it is; nil where it was never set up since the boot.
    package func network() -> NetworkRecord? {
        (try? File.read(record, limit: 4 << 20)).flatMap { try? NetworkRecord(parsing: $0) }
    }

    /// Alone among those who set this network up or take it down.
    package func lock() throws(SystemError) -> Descriptor {
        try File.makeDirectories(members, mode: 0o755)
        let file = try File.open("\(path)/setup.lock", [.read, .write, .create], mode: 0o600)
        try file.lock(.exclusive)
        return file
    }

    /// Takes the folder away, whose network is gone.
    package func discard() throws(SystemError) {
        guard let directory = try? File.open(path, [.read, .directory]) else { return }
        if let inner = try? directory.open("members", [.read, .directory]) {
            for name in try inner.list() { try inner.remove(name, directory: false) }
        }
        for name in try directory.list() { try directory.remove(name, directory: try directory.status(of: name).isDirectory) }
        try File.removeDirectory(path)
    }

    /// It lasts no longer than the machine runs.
    private func replace(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
        try File.replace(path, with: bytes, mode: 0o644, durable: false)
    }
}
