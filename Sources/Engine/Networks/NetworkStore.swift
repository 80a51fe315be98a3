internal import JSON
internal import Linux
package import Networks
internal import Runtime

/// The networks there are: a directory each below `networks`, with what they are in `network.json`.
package struct NetworkStore: Sendable {
    private let directories: NamedDirectories

    init(_ locations: Locations) { directories = NamedDirectories(root: "\(locations.root)/networks", kind: "network") }

    /// The network of those who name none.
    package static let standardName = "bridge"

    /// As docker's: a letter or digit, then those and `_ . -`; no word that `--network` takes for something else.
    package static func check(_ name: String) throws(EngineError) -> String {
        do throws(EngineError) { _ = try ContainerName.check(name) } catch {
            throw EngineError.value(
                "network", name, "a name is made of letters, digits, _ . and -, and begins with a letter or digit")
        }
        guard !["none", "host", "default", "private", "container", "ns", "pasta", "slirp4netns"].contains(name) else {
            throw EngineError.value("network", name, "the word means something else to --network; choose another name")
        }
        return name
    }

    // MARK: Reading

    /// All, by name.
    package func all() throws(EngineError) -> [NetworkRecord] {
        var records: [NetworkRecord] = []
        for name in directories.names() {
            if let record = try find(name) { records.append(record) }
        }
        return records
    }

    /// By its name; nil where there is none.
    package func find(_ name: String) throws(EngineError) -> NetworkRecord? {
        guard (try? Self.check(name)) != nil, let bytes = try directories.read("network.json", of: name) else { return nil }
        guard let record = try? NetworkRecord(parsing: bytes), record.name == name else {
            throw EngineError(
                "\(directories.place(name))/network.json is damaged; remove the network (hako network rm -f \(name))")
        }
        return record
    }

    /// By its name, its id, or the only one whose id begins so.
    package func require(_ text: String) throws(EngineError) -> NetworkRecord {
        if let found = try find(text) { return found }
        let found = try all().filter { !text.isEmpty && $0.id.hasPrefix(text) }
        guard let first = found.first else { throw EngineError("no such network: \(text) (hako network ls lists them)") }
        guard found.count == 1 else { throw EngineError("more than one network's id begins with \(text); give more of it") }
        return first
    }

    // MARK: Writing

    /// Held while a network's addresses and bridge are chosen, so that no two get the same.
    func lock() throws(EngineError) -> Descriptor {
        try attempt("lock \(directories.root)") { () throws(SystemError) in
            try File.makeDirectories(directories.root, mode: 0o700)
            let directory = try File.open(directories.root, [.read, .directory])
            try directory.lock(.exclusive)
            return directory
        }
    }

    /// - Returns: false where there is one of that name already.
    func make(_ record: NetworkRecord, _ engine: Engine) throws(EngineError) -> Bool {
        let isNew = try directories.make(record.name) { (directory) throws(SystemError) in
            let file = try directory.open("network.json", [.write, .create, .exclusive], mode: 0o600)
            try file.write(record.json.bytes())
            try file.synchronize()
        }
        if isNew {
            engine.report(Event("network", "create", id: record.id, ["name": record.name, "type": record.driver.rawValue]))
        }
        return isNew
    }

    func remove(_ record: NetworkRecord, _ engine: Engine) throws(EngineError) {
        try directories.remove(record.name, engine)
        engine.report(Event("network", "remove", id: record.id, ["name": record.name, "type": record.driver.rawValue]))
    }

    /// Removes one whose record cannot be read.
    ///
    /// - Returns: true also where there is none; false for one that is whole.
    package func discardDamaged(_ name: String, _ engine: Engine) throws(EngineError) -> Bool {
        if (try? find(name)) ?? nil != nil { return false }
        if (try? Self.check(name)) != nil { try directories.remove(name, engine) }
        return true
    }

    /// Finishes what a crash left half made. Whoever calls holds `Locations.lock` alone.
    func mend(_ engine: Engine) throws(EngineError) -> [String] { try directories.mend(engine) }
}

extension Engine {
    package var networks: NetworkStore { NetworkStore(locations) }

    /// The host's side of a network.
    package func host(_ network: NetworkRecord) -> NetworkHost { NetworkHost(network, directory(network)) }

    /// What is known of a network while it is in use.
    package func directory(_ network: NetworkRecord) -> NetworkDirectory {
        NetworkDirectory(NetworkDirectory.root(locations.state), network.id)
    }

    /// The default network, made when it is asked for first.
    package func standardNetwork() throws(EngineError) -> NetworkRecord {
        if let found = try networks.find(NetworkStore.standardName) { return found }
        return try NetworkCreation(self, .standard).run(orTake: true)
    }
}

/// Runs `body`; a network's error becomes the engine's.
func connecting<Result: ~Copyable>(_ body: () throws(NetworkError) -> Result) throws(EngineError) -> Result {
    do throws(NetworkError) { return try body() } catch { throw EngineError(error.message) }
}
