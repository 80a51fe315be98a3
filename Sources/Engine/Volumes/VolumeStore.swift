internal import JSON
internal import Linux
internal import Runtime

/// The volumes there are: a directory each below `volumes`, with the data in `_data`.
package struct VolumeStore: Sendable {
    private let directories: NamedDirectories

    init(_ locations: Locations) { directories = NamedDirectories(root: "\(locations.root)/volumes", kind: "volume") }

    func place(_ name: String) -> String { directories.place(name) }
    package func data(_ name: String) -> String { "\(place(name))/_data" }

    // MARK: Reading

    /// All, by name.
    package func all() throws(EngineError) -> [VolumeRecord] {
        var records: [VolumeRecord] = []
        for name in directories.names() {
            if let record = try find(name) { records.append(record) }
        }
        return records
    }

    /// Nil where there is none of that name.
    package func find(_ name: String) throws(EngineError) -> VolumeRecord? {
        guard (try? VolumeRecord.check(name)) != nil else { return nil }
        guard let bytes = try directories.read("volume.json", of: name) else { return nil }
        guard let record = try? VolumeRecord(parsing: bytes), record.name == name else {
            throw EngineError("\(place(name))/volume.json is damaged; the volume's files are in \(data(name))")
        }
        return record
    }

    package func require(_ name: String) throws(EngineError) -> VolumeRecord {
        guard let record = try find(name) else { throw EngineError("no such volume: \(name) (hako volume ls lists them)") }
        return record
    }

    // MARK: Writing

    /// Makes a volume. Whoever calls holds `Locations.lock` shared.
    ///
    /// - Returns: false where there is one of that name already.
    @discardableResult
    package func make(_ record: VolumeRecord, _ engine: Engine) throws(EngineError) -> Bool {
        let isNew = try directories.make(record.name) { (directory) throws(SystemError) in
            try directory.makeDirectory("_data")
            try directory.open("_data", [.read, .directory]).setPermissions(0o755)
            let file = try directory.open("volume.json", [.write, .create, .exclusive], mode: 0o600)
            try file.write(record.json.bytes())
            try file.synchronize()
        }
        if isNew { engine.report(Event("volume", "create", id: record.name)) }
        return isNew
    }

    /// Takes a volume's directory away. Whoever calls knows that nobody uses it.
    func remove(_ name: String, _ engine: Engine) throws(EngineError) {
        try directories.remove(name, engine)
        engine.report(Event("volume", "destroy", id: name))
    }

    /// Finishes what a crash left half made. Whoever calls holds `Locations.lock` alone.
    func mend(_ engine: Engine) throws(EngineError) -> [String] {
        var lines = try directories.mend(engine)
        for name in directories.names() where try VolumeFilling(engine, name).finish() {
            lines.append("finished filling the volume \(name)")
        }
        return lines
    }
}

extension Engine {
    package var volumes: VolumeStore { VolumeStore(locations) }
}
