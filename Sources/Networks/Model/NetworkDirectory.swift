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
    private func place(_ container: String) -> String { "\(members)/\(NetworkMember.file(container))" }
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
            guard NetworkMember.id(ofFile: name) != nil,
                let bytes = try? File.read("\(members)/\(name)", limit: NetworkMember.longestFile)
            else { return nil }
            return try? NetworkMember(parsing: bytes)
        }
    }

    package func member(_ container: String) -> NetworkMember? {
        (try? File.read(place(container), limit: NetworkMember.longestFile)).flatMap { try? NetworkMember(parsing: $0) }
    }

    package func write(_ member: NetworkMember) throws(SystemError) {
        do throws(SystemError) { try StateFile.replace(place(member.id), with: member.json.bytes()) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            try make()
            try StateFile.replace(place(member.id), with: member.json.bytes())
        }
    }

    package func remove(_ container: String) throws(SystemError) {
        do throws(SystemError) { try File.remove(place(container)) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
    }

    /// Writes down what network this is.
    package func write(_ network: NetworkRecord) throws(SystemError) {
        try make()
        try StateFile.replace("\(path)/\(NetworkDocument.fileName)", with: NetworkDocument(network).json.bytes())
        try StateFile.replace(record, with: network.json.bytes())
    }

    /// The name server, which has no rights, has to come in.
    private func make() throws(SystemError) {
        for directory in [root, path, members] { try StateFile.makeDirectory(directory) }
    }

    /// What network it is; nil where it was never set up since the boot.
    package func network() -> NetworkRecord? {
        (try? File.read(record, limit: 4 << 20)).flatMap { try? NetworkRecord(parsing: $0) }
    }

    /// Alone among those who set this network up or take it down.
    package func lock() throws(SystemError) -> Descriptor {
        try make()
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
}
