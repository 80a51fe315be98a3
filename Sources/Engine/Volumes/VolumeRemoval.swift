internal import Linux

/// Takes volumes away that nobody uses. Held alone meanwhile: nobody makes a container that would use one.
package struct VolumeRemoval: ~Copyable {
    private let engine: Engine
    private let lock: Descriptor

    package init(_ engine: Engine) throws(EngineError) {
        self.engine = engine
        lock = try engine.locations.lock(.exclusive)
    }

    package func remove(_ name: String) throws(EngineError) {
        _ = try engine.volumes.require(name)
        let users = try engine.store.users(of: name)
        guard users.isEmpty else {
            throw EngineError("volume \(name) is in use by \(users.joined(separator: ", ")); remove those containers first")
        }
        try engine.volumes.remove(name, engine)
    }

    /// Removes volumes that no container uses: the anonymous ones, or all.
    ///
    /// - Returns: their names, and how many bytes they had.
    package func prune(
        all: Bool, where accepts: (VolumeRecord) throws(EngineError) -> Bool
    ) throws(EngineError) -> (names: [String], bytes: Int64) {
        let used = try engine.store.usedVolumes()
        var names: [String] = []
        var bytes: Int64 = 0
        for record in try engine.volumes.all() where !used.contains(record.name) && (all || record.isAnonymous) {
            guard try accepts(record) else { continue }
            bytes += DiskUse.bytes(below: engine.volumes.data(record.name))
            try engine.volumes.remove(record.name, engine)
            names.append(record.name)
        }
        return (names, bytes)
    }
}
