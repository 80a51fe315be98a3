internal import Linux
package import Networks

/// The containers there are: a table in SQLite, shared by every hako that runs; `system check` mends what a power cut makes
/// it differ from the directories.
package struct ContainerStore {
    let database: Database

    package init(_ locations: Locations) throws(EngineError) { database = try Database.open(locations) }

    init(_ database: Database) { self.database = database }

    // MARK: Writing

    /// How a new container is named, and which ids it needs.
    package struct Claim: Sendable {
        /// Nil makes one up.
        package var name: String?
        /// How many ids of the host's; nil for none.
        package var idCount: UInt32?
        /// Ranges that others have.
        package var reserved: [Range<UInt32>] = []
        package var volumes: [VolumeUse] = []
        package var addresses: [AddressClaim] = []
        /// Whether the container of this id does not run, so that it may lose its address.
        package var isIdle: @Sendable (String) -> Bool = { _ in false }

        package init(name: String?, idCount: UInt32?, reserved: [Range<UInt32>]) {
            self.name = name
            self.idCount = idCount
            self.reserved = reserved
        }
    }

    /// Adds a container with a name and ids that nobody else has, in one transaction.
    ///
    /// - Returns: what was added, and its addresses in each network that was claimed.
    package func insert(
        _ record: ContainerRecord, _ claim: Claim
    ) throws(EngineError) -> (record: ContainerRecord, addresses: [[IPAddress]]) {
        var record = record
        var addresses: [[IPAddress]] = []
        try database.access("add the container") { () throws(EngineError) in
            try database.transaction({ EngineError.database("add the container", $0) }) { () throws(EngineError) in
                record.name = try name(claim.name)
                record.range = try range(claim)
                try write(record)
                try insert(claim.volumes, of: record.id)
                for network in claim.addresses { addresses.append(try lease(network, to: record.id, isIdle: claim.isIdle)) }
            }
        }
        return (record, addresses)
    }

    private func write(_ record: ContainerRecord) throws(EngineError) {
        try database.access("add the container") { () throws(DatabaseError) in
            try database.run(
                "INSERT INTO containers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", .text(record.id), .text(record.name),
                .integer(record.createdAt), .text(record.image), .blob(Self.encode(record.command)), .blob(record.options),
                .init(record.range.map { Int64($0.lowerBound) }), .init(record.range.map { Int64($0.count) }),
                .integer(record.removes ? 1 : 0), record.imageID.map { .text($0) } ?? .null)
        }
    }

    /// The ids of all.
    func ids() throws(EngineError) -> Set<String> {
        try database.access("list the containers") { () throws(DatabaseError) in
            Set(try database.rows("SELECT id FROM containers") { $0.text(0) })
        }
    }

    /// Takes over a container that is there and that the database does not know; one whose name is taken gets another.
    ///
    /// - Returns: nil where the database knows it.
    ///
    /// - Parameter plan: how it is connected.
    func adopt(_ record: ContainerRecord, _ plan: NetworkPlan?) throws(EngineError) -> ContainerRecord? {
        var record = record
        return try database.transaction({ EngineError.database("take over the container", $0) }) {
            () throws(EngineError) -> ContainerRecord? in
            guard try !ids().contains(record.id) else { return nil }
            if try holder(of: record.name) != nil { record.name += "_\(record.shortID)" }
            try write(record)
            let mounts = (try? Engine.settings(record))?.mounts ?? []
            try insert(
                mounts.filter { $0.type == "volume" }.map { VolumeUse(volume: $0.source, anonymous: $0.anonymous ?? false) },
                of: record.id)
            if let plan { try restore(plan, of: record.id) }
            return record
        }
    }

    private func name(_ asked: String?) throws(EngineError) -> String {
        if let asked {
            guard let id = try holder(of: asked) else { return asked }
            throw EngineError(
                "the name \(asked) is taken by container \(id.prefix(12)); remove that one (hako rm \(asked)) or choose another name"
            )
        }
        var source = SystemRandomNumberGenerator()
        for attempt in 0..<1000 {
            var name = ContainerName.random(using: &source)
            if attempt > 5 { name += "\(UInt16.random(in: 1...9999, using: &source))" }
            if try holder(of: name) == nil { return name }
        }
        throw EngineError("no free name found; give one with --name")
    }

    /// The id of the container that has a name.
    func holder(of name: String) throws(EngineError) -> String? {
        try database.access("read the list of containers") { () throws(DatabaseError) in
            try database.rows("SELECT id FROM containers WHERE name = ?", [.text(name)]) { $0.text(0) }.first
        }
    }

    private func range(_ claim: Claim) throws(EngineError) -> Range<UInt32>? {
        guard let count = claim.idCount else { return nil }
        let start = try database.access("read the list of containers") { () throws(DatabaseError) -> UInt32? in
            let last = try database.rows("SELECT value FROM facts WHERE key = 'last_range'") { $0.integer(0) }.first ?? nil
            let taken = try database.rows("SELECT first_id, id_count FROM containers WHERE first_id IS NOT NULL") {
                Self.range($0.integer(0), $0.integer(1))
            }
            let start = IdentityRanges.next(
                size: count, taken: taken.compactMap { $0 } + claim.reserved, after: last.map { UInt32(clamping: $0) })
            if let start {
                try database.run("INSERT OR REPLACE INTO facts VALUES ('last_range', ?)", .integer(Int64(start)))
            }
            return start
        }
        guard let start else {
            throw EngineError("no range of \(count) ids is free on this host; remove containers, or use --userns=host")
        }
        return start..<start + count
    }

    /// Gives a container another range of ids, in place of one that is somebody else's.
    func replaceRange(of record: ContainerRecord, reserved: [Range<UInt32>]) throws(EngineError) -> Range<UInt32> {
        let claim = Claim(name: nil, idCount: record.range.map { UInt32($0.count) }, reserved: reserved)
        return try database.transaction({ EngineError.database("change the container", $0) }) { () throws(EngineError) in
            guard let fresh = try range(claim) else { throw EngineError("container \(record.name) has no ids of its own") }
            try database.access("change the container") { () throws(DatabaseError) in
                try database.run(
                    "UPDATE containers SET first_id = ? WHERE id = ?", .integer(Int64(fresh.lowerBound)), .text(record.id))
            }
            return fresh
        }
    }

    /// Gives a container another name, which nobody else has.
    package func rename(_ id: String, to name: String) throws(EngineError) {
        try database.access("rename the container") { () throws(EngineError) in
            try database.transaction({ EngineError.database("rename the container", $0) }) { () throws(EngineError) in
                if let taken = try holder(of: name), taken != id {
                    throw EngineError("the name \(name) is taken by container \(taken.prefix(12))")
                }
                try database.access("rename the container") { () throws(DatabaseError) in
                    try database.run("UPDATE containers SET name = ? WHERE id = ?", .text(name), .text(id))
                }
            }
        }
    }

    /// Replaces what hako knows of a container beside its configuration.
    package func setOptions(_ id: String, _ options: [UInt8]) throws(EngineError) {
        try database.access("change the container") { () throws(DatabaseError) in
            try database.run("UPDATE containers SET options = ? WHERE id = ?", .blob(options), .text(id))
        }
    }

    package func remove(_ id: String) throws(EngineError) {
        try database.access("remove the container") { () throws(DatabaseError) in
            try database.run("DELETE FROM containers WHERE id = ?", .text(id))
        }
    }

    // MARK: Reading

    private static let columns =
        "SELECT id, name, created, image, command, options, first_id, id_count, removes, image_id FROM containers"

    /// All, the newest first.
    package func all() throws(EngineError) -> [ContainerRecord] {
        try database.access("list the containers") { () throws(DatabaseError) in
            try database.rows("\(Self.columns) ORDER BY created DESC, id", read: Self.record)
        }
    }

    /// Those whose options hold a text, such as another's id, anywhere; the oldest first.
    func mentioning(_ text: String) throws(EngineError) -> [ContainerRecord] {
        try database.access("look through the containers' options") { () throws(DatabaseError) in
            try database.rows(
                "\(Self.columns) WHERE instr(options, CAST(? AS BLOB)) > 0 ORDER BY created, id", [.text(text)],
                read: Self.record)
        }
    }

    /// The one with this name, this id, or the only one whose id begins so.
    package func find(_ text: String) throws(EngineError) -> ContainerRecord {
        let found = try database.access("look for the container") { () throws(DatabaseError) in
            let exact = try database.rows("\(Self.columns) WHERE name = ?1 OR id = ?1", [.text(text)], read: Self.record)
            if let byID = exact.first(where: { $0.id == text }) ?? exact.first { return [byID] }
            guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return [] }
            return try database.rows(
                "\(Self.columns) WHERE id >= ?1 AND id < ?2 LIMIT 2", [.text(text), .text("\(text)g")], read: Self.record)
        }
        guard let first = found.first else { throw EngineError("no such container: \(text) (hako ps -a lists them)") }
        guard found.count == 1 else { throw EngineError("more than one container's id begins with \(text); give more of it") }
        return first
    }

    private static func record(_ row: Database.Row) -> ContainerRecord {
        ContainerRecord(
            id: row.text(0), name: row.text(1), createdAt: row.integer(2) ?? 0, image: row.text(3), command: decode(row.blob(4)),
            options: row.blob(5), range: range(row.integer(6), row.integer(7)), removes: row.integer(8) != 0,
            imageID: row.text(9).isEmpty ? nil : row.text(9))
    }

    private static func range(_ first: Int64?, _ count: Int64?) -> Range<UInt32>? {
        guard let first, let count, first >= 0, count >= 0 else { return nil }
        return UInt32(clamping: first)..<UInt32(clamping: first + count)
    }

    // A command's words, with the one byte between them that none can hold. (`joined` looks up a conformance at run time.)
    private static func encode(_ words: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, word) in words.enumerated() {
            if index > 0 { bytes.append(0) }
            bytes.append(contentsOf: word.utf8)
        }
        return bytes
    }

    private static func decode(_ bytes: [UInt8]) -> [String] {
        bytes.isEmpty
            ? [] : bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
}
