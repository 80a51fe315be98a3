internal import Linux
internal import Networks

/// A database that is lost or damaged, made anew: of what can still be read of it, and of the containers' own directories.
package enum DatabaseRepair {
    /// Looks whether the database is whole, and makes it anew where it is not.
    ///
    /// - Returns: one line for each thing that was done.
    package static func run(_ locations: Locations) throws(EngineError) -> [String] {
        guard File.exists(locations.database), !isWhole(locations.database) else { return [] }
        // Nobody makes or removes a container meanwhile.
        let lock = try locations.lock(.exclusive)
        defer { withExtendedLifetime(lock.raw) {} }
        let damaged = "\(locations.database).damaged-\(WallClock.seconds())"
        try attempt("move the damaged \(locations.database) away") { () throws(SystemError) in
            for end in ["-wal", "-shm", ""] where File.exists(locations.database + end) {
                try File.rename(locations.database + end, to: damaged + end)
            }
        }
        let fresh = try Database.open(locations)
        let rows = salvage(damaged, into: fresh)
        return ["made the damaged database anew (\(rows) rows of images and the like were saved; the old one is \(damaged))"]
    }

    /// PRAGMA quick_check.
    private static func isWhole(_ path: String) -> Bool {
        guard let database = try? Database(path: path),
            let answers = try? database.rows("PRAGMA quick_check", read: { $0.text(0) })
        else { return false }
        return answers == ["ok"]
    }

    /// Copies what can be read of all tables but the containers', which come from their directories.
    private static func salvage(_ path: String, into fresh: Database) -> Int {
        guard let old = try? Database(path: path),
            let tables = try? fresh.rows(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'containers' AND name NOT LIKE 'sqlite_%'",
                read: { $0.text(0) })
        else { return 0 }
        var count = 0
        for table in tables {
            let columns = (try? fresh.rows("SELECT name FROM pragma_table_info('\(table)')", read: { $0.text(0) })) ?? []
            let marks = columns.map { _ in "?" }.joined(separator: ", ")
            // Up to the first damage.
            _ = try? old.rows("SELECT \(columns.joined(separator: ", ")) FROM \(table)") { row in
                let values = columns.indices.map { row.value(Int32($0)) }
                if (try? fresh.rows("INSERT OR REPLACE INTO \(table) VALUES (\(marks))", values) { _ in }) != nil { count += 1 }
            }
        }
        return count
    }
}

extension Database {
    /// Takes over the containers whose directories are there and complete, and that no row knows.
    ///
    /// - Returns: those.
    func adopt(_ locations: Locations) throws(EngineError) -> [ContainerRecord] {
        guard let directory = try? File.open(locations.containers, [.read, .directory]), let names = try? directory.list() else {
            return []
        }
        var adopted: [ContainerRecord] = []
        let store = ContainerStore(self)
        let known = try store.ids()
        for id in names.sorted() where MonitorProcesses.isID(id) && !known.contains(id) {
            guard let record = ContainerDocument.read(id, in: locations) else { continue }
            if let taken = try store.adopt(record, NetworkPlan.read(id, in: locations)) { adopted.append(taken) }
        }
        return adopted
    }
}
