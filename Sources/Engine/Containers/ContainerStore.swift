internal import Foundation
internal import GRDB
internal import Linux

/// The containers there are: a table in SQLite, shared by every hako that runs, with its journal in WAL mode.
///
/// A commit survives a crash of any program at once and a power cut after the next checkpoint; `system check` mends
/// the difference to the directories.
package struct ContainerStore {
    private let queue: DatabaseQueue
    private static let version = 1

    /// Opens the database, and makes it where there is none.
    package init(_ locations: Locations) throws(EngineError) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        let path = locations.database
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw Self.failure(path, error)
        }
        let found = try access("read the version") { db in try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }
        if found > Self.version {
            throw EngineError("\(path) was made by a newer hako (version \(found)); use that one, or another --root")
        }
        if found < Self.version { try makeTables(locations) }
    }

    private func makeTables(_ locations: Locations) throws(EngineError) {
        // Two that come first at the same time: the second finds the tables made.
        let lock = try attempt("lock \(locations.root)") { () throws(SystemError) in
            let directory = try File.open(locations.root, [.read, .directory])
            try directory.lock(.exclusive)
            return directory
        }
        defer { withExtendedLifetime(lock.raw) {} }
        try access("make the tables") { db in
            guard try Int.fetchOne(db, sql: "PRAGMA user_version") == 0 else { return }
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.inTransaction(.immediate) {
                try db.execute(
                    sql: """
                        CREATE TABLE containers (
                            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, image TEXT NOT NULL,
                            command BLOB NOT NULL, options BLOB NOT NULL, first_id INTEGER, id_count INTEGER, removes INTEGER NOT NULL
                        ) WITHOUT ROWID;
                        CREATE TABLE facts (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
                        PRAGMA user_version = 1;
                        """)
                return .commit
            }
        }
    }

    // MARK: Writing

    /// How a new container is named, and which ids it needs.
    package struct Claim: Sendable {
        /// Nil makes one up.
        package var name: String?
        /// How many ids of the host's; nil for none.
        package var idCount: UInt32?
        /// Ranges that others have.
        package var reserved: [Range<UInt32>] = []

        package init(name: String?, idCount: UInt32?, reserved: [Range<UInt32>]) {
            self.name = name
            self.idCount = idCount
            self.reserved = reserved
        }
    }

    /// Adds a container with a name and ids that nobody else has, in one transaction.
    package func insert(_ record: ContainerRecord, _ claim: Claim) throws(EngineError) -> ContainerRecord {
        var record = record
        let outcome = try access("add the container") { db -> EngineError? in
            var refusal: EngineError?
            try db.inTransaction(.immediate) {
                do throws(EngineError) {
                    record.name = try Self.name(claim.name, db)
                    record.range = try Self.range(claim, db)
                } catch {
                    refusal = error
                    return .rollback
                }
                let statement = try db.makeStatement(
                    sql: "INSERT INTO containers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
                try statement.execute(arguments: [
                    record.id, record.name, record.created, record.image, Self.encode(record.command), Data(record.options),
                    record.range.map { Int64($0.lowerBound) }, record.range.map { Int64($0.count) }, record.removes ? 1 : 0,
                ])
                return .commit
            }
            return refusal
        }
        if let outcome { throw outcome }
        return record
    }

    private static func name(_ asked: String?, _ db: Database) throws(EngineError) -> String {
        func holder(_ name: String) throws(EngineError) -> String? {
            try query { try String.fetchOne(db, sql: "SELECT id FROM containers WHERE name = ?", arguments: [name]) }
        }
        if let asked {
            guard let id = try holder(asked) else { return asked }
            throw EngineError(
                "the name \(asked) is taken by container \(id.prefix(12)); remove that one (hako rm \(asked)) or choose another name"
            )
        }
        var source = SystemRandomNumberGenerator()
        for attempt in 0..<1000 {
            var name = ContainerName.random(using: &source)
            if attempt > 5 { name += "\(UInt16.random(in: 1...9999, using: &source))" }
            if try holder(name) == nil { return name }
        }
        throw EngineError("no free name found; give one with --name")
    }

    private static func range(_ claim: Claim, _ db: Database) throws(EngineError) -> Range<UInt32>? {
        guard let count = claim.idCount else { return nil }
        let start = try query { () -> UInt32? in
            let last = try UInt32.fetchOne(db, sql: "SELECT value FROM facts WHERE key = 'last_range'")
            let rows = try Row.fetchAll(db, sql: "SELECT first_id, id_count FROM containers WHERE first_id IS NOT NULL")
            let taken = rows.compactMap { row -> Range<UInt32>? in
                guard let first = row[0] as UInt32?, let count = row[1] as UInt32? else { return nil }
                return first..<first + count
            }
            let start = IdentityRanges.next(size: count, taken: taken + claim.reserved, after: last)
            if let start {
                try db.execute(sql: "INSERT OR REPLACE INTO facts VALUES ('last_range', ?)", arguments: [Int64(start)])
            }
            return start
        }
        guard let start else {
            throw EngineError("no range of \(count) ids is free on this host; remove containers, or use --userns=host")
        }
        return start..<start + count
    }

    package func remove(_ id: String) throws(EngineError) {
        try access("remove the container") { db in
            try db.execute(sql: "DELETE FROM containers WHERE id = ?", arguments: [id])
        }
    }

    // MARK: Reading

    private static let columns = "SELECT id, name, created, image, command, options, first_id, id_count, removes FROM containers"

    /// All, the newest first.
    package func all() throws(EngineError) -> [ContainerRecord] {
        try access("list the containers") { db in
            try Row.fetchAll(db, sql: "\(Self.columns) ORDER BY created DESC, id").map(Self.record)
        }
    }

    /// The one with this name, this id, or the only one whose id begins so.
    package func find(_ text: String) throws(EngineError) -> ContainerRecord {
        let found = try access("look for the container") { db in
            let exact = try Row.fetchAll(db, sql: "\(Self.columns) WHERE name = ?1 OR id = ?1", arguments: [text]).map(
                Self.record)
            if let byID = exact.first(where: { $0.id == text }) ?? exact.first { return [byID] }
            guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return [] }
            return try Row.fetchAll(
                db, sql: "\(Self.columns) WHERE id >= ?1 AND id < ?2 LIMIT 2", arguments: [text, "\(text)g"]
            ).map(Self.record)
        }
        guard let first = found.first else { throw EngineError("no such container: \(text) (hako ps -a lists them)") }
        guard found.count == 1 else { throw EngineError("more than one container's id begins with \(text); give more of it") }
        return first
    }

    private static func record(_ row: Row) -> ContainerRecord {
        let first: Int64? = row[6]
        let count: Int64? = row[7]
        var range: Range<UInt32>?
        if let first, let count { range = UInt32(clamping: first)..<UInt32(clamping: first + count) }
        return ContainerRecord(
            id: row[0], name: row[1], created: row[2], image: row[3], command: decode(row[4]), options: Array(row[5] as Data),
            range: range,
            removes: row[8] as Int64 != 0)
    }

    // A command's words, with the one byte between them that none can hold.
    private static func encode(_ words: [String]) -> Data { Data(words.joined(separator: "\0").utf8) }
    private static func decode(_ bytes: Data) -> [String] {
        bytes.isEmpty
            ? [] : bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Errors

    @discardableResult
    private func access<Result>(_ what: String, _ body: (Database) throws -> Result) throws(EngineError) -> Result {
        let start = unsafe Trace.isOn ? Trace.now() : 0
        defer { if start != 0 { Trace.record("sqlite", what, start: start, errno: 0) } }
        do {
            return try queue.inDatabase(body)
        } catch {
            throw Self.failure(what, error)
        }
    }

    private static func query<Result>(_ body: () throws -> Result) throws(EngineError) -> Result {
        do { return try body() } catch { throw failure("read the database", error) }
    }

    private static func failure(_ what: String, _ error: any Error) -> EngineError {
        let reason = (error as? DatabaseError).map { $0.message ?? "SQLite error \($0.resultCode.rawValue)" } ?? "\(error)"
        return EngineError("cannot \(what.hasPrefix("/") ? "open \(what)" : "\(what) in the database"): \(reason)")
    }
}
