/// Who uses which volume, as the database knows it.
package struct VolumeUse: Sendable, Equatable {
    package var volume: String
    /// The volume goes with the last container that uses it.
    package var anonymous: Bool
}

extension ContainerStore {
    /// Part of the transaction that adds the container.
    func insert(_ uses: [VolumeUse], of container: String) throws(EngineError) {
        guard !uses.isEmpty else { return }
        try database.access("add the container's volumes") { () throws(DatabaseError) in
            for use in uses {
                try database.run(
                    "INSERT OR IGNORE INTO volume_uses VALUES (?, ?, ?)", .text(container), .text(use.volume),
                    .integer(use.anonymous ? 1 : 0))
            }
        }
    }

    /// The names of those that use a volume.
    package func users(of volume: String) throws(EngineError) -> [String] {
        try database.access("look who uses the volume") { () throws(DatabaseError) in
            try database.rows(
                "SELECT name FROM volume_uses JOIN containers ON id = container WHERE volume = ? ORDER BY name", [.text(volume)]
            ) { $0.text(0) }
        }
    }

    /// All volumes that containers use.
    package func usedVolumes() throws(EngineError) -> Set<String> {
        try database.access("look which volumes are used") { () throws(DatabaseError) in
            Set(try database.rows("SELECT DISTINCT volume FROM volume_uses") { $0.text(0) })
        }
    }

    /// Forgets a container.
    ///
    /// - Returns: the anonymous volumes that nobody uses any more; their directories are the caller's to remove.
    func removeWithVolumes(_ id: String) throws(EngineError) -> [String] {
        let own = try database.access("look for the container's volumes") { () throws(DatabaseError) in
            try database.rows("SELECT volume FROM volume_uses WHERE container = ? AND anonymous = 1", [.text(id)]) { $0.text(0) }
        }
        guard !own.isEmpty else {
            try remove(id)
            return []
        }
        return try database.transaction({ EngineError.database("remove the container", $0) }) { () throws(EngineError) in
            try remove(id)
            var free: [String] = []
            for volume in own where try users(of: volume).isEmpty { free.append(volume) }
            return free
        }
    }
}
