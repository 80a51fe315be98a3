internal import Linux

/// The tables there are, and how those of an earlier hako become them. PRAGMA user_version.
extension Database {
    static let version: Int64 = 5

    /// Opens hako's database, and makes it where there is none.
    static func open(_ locations: Locations) throws(EngineError) -> Database {
        let (path, database) = (locations.database, try connect(locations))
        let found = try database.schemaVersion()
        if found > version {
            throw EngineError("\(path) was made by a newer hako (version \(found)); use that one, or another --root")
        }
        if found < version { try database.makeTables(locations) }
        return database
    }

    /// The version of the tables there are; nil where there is no database.
    static func version(at locations: Locations) throws(EngineError) -> Int64? {
        guard File.exists(locations.database) else { return nil }
        return try connect(locations).schemaVersion()
    }

    private static func connect(_ locations: Locations) throws(EngineError) -> Database {
        let path = locations.database
        do throws(DatabaseError) { return try Database(path: path) } catch { throw .database("open \(path)", error) }
    }

    private func schemaVersion() throws(EngineError) -> Int64 {
        try access("read the version") { () throws(DatabaseError) in
            try rows("PRAGMA user_version") { $0.integer(0) ?? 0 }.first ?? 0
        }
    }

    private func makeTables(_ locations: Locations) throws(EngineError) {
        // Two that come first at the same time: the second finds the tables made.
        let lock = try attempt("lock \(locations.root)") { () throws(SystemError) in
            let directory = try File.open(locations.root, [.read, .directory])
            try directory.lock(.exclusive)
            return directory
        }
        defer { withExtendedLifetime(lock.raw) {} }
        let found = try schemaVersion()
        try access("make the tables") { () throws(DatabaseError) in
            if found < 1 { try execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; \(Self.containers) COMMIT") }
            if found < 2 { try execute("BEGIN IMMEDIATE; \(Self.images) COMMIT") }
            if found < 3 { try execute("BEGIN IMMEDIATE; \(Self.volumes) COMMIT") }
            if found < 4 { try execute("BEGIN IMMEDIATE; \(Self.addresses) COMMIT") }
            if found < 5 { try execute("BEGIN IMMEDIATE; \(Self.timesAndRanges) COMMIT") }
        }
        // A database that was there before and is lost.
        if found < 1 { _ = try adopt(locations) }
    }

    private static let containers = """
        CREATE TABLE containers (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, image TEXT NOT NULL,
            command BLOB NOT NULL, options BLOB NOT NULL, first_id INTEGER, id_count INTEGER, removes INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE facts (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
        PRAGMA user_version = 1;
        """

    /// `indexes`: lists that were made here.
    ///
    /// `layers`: chain ids, the lowest first. `blobs`: all digests that the image needs, its manifest first.
    private static let images = """
        CREATE TABLE images (
            id TEXT PRIMARY KEY NOT NULL, manifest TEXT NOT NULL, created INTEGER NOT NULL, size INTEGER NOT NULL,
            platform TEXT NOT NULL, layers TEXT NOT NULL, blobs TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE image_names (
            name TEXT PRIMARY KEY NOT NULL, image TEXT NOT NULL, target TEXT NOT NULL, pulled INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE indexes (name TEXT PRIMARY KEY NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX names_of_images ON image_names (image);
        ALTER TABLE containers ADD COLUMN image_id TEXT;
        PRAGMA user_version = 2;
        """

    /// Who uses which volume; `anonymous` where the volume goes with its last container. What volumes there are, their directories
    /// say, so that no damage to this file takes one away. A container's uses go with its row.
    private static let volumes = """
        CREATE TABLE volume_uses (
            container TEXT NOT NULL, volume TEXT NOT NULL, anonymous INTEGER NOT NULL, PRIMARY KEY (container, volume)
        ) WITHOUT ROWID;
        CREATE INDEX users_of_volumes ON volume_uses (volume);
        CREATE TRIGGER end_of_uses AFTER DELETE ON containers BEGIN
            DELETE FROM volume_uses WHERE container = old.id;
        END;
        PRAGMA user_version = 3;
        """

    /// Who has which address of which network; what networks there are, their directories say.
    private static let addresses = """
        CREATE TABLE addresses (
            network TEXT NOT NULL, address TEXT NOT NULL, container TEXT NOT NULL, PRIMARY KEY (network, address)
        ) WITHOUT ROWID;
        CREATE INDEX addresses_of_containers ON addresses (container);
        CREATE TRIGGER end_of_addresses AFTER DELETE ON containers BEGIN
            DELETE FROM addresses WHERE container = old.id;
        END;
        PRAGMA user_version = 4;
        """

    /// When a container was made, which was in seconds before; and which ids are taken, without a look at all that is known of each.
    private static let timesAndRanges = """
        UPDATE containers SET created = created * 1000000000;
        CREATE INDEX ranges_of_containers ON containers (first_id, id_count) WHERE first_id IS NOT NULL;
        PRAGMA user_version = 5;
        """

    // MARK: Access

    /// What is done to the database, with its place in the trace.
    func access<Result>(_ what: String, _ body: () throws(EngineError) -> Result) throws(EngineError) -> Result {
        let start = unsafe Trace.isOn ? Trace.now() : 0
        defer { if start != 0 { Trace.record("sqlite", what, start: start, errno: 0) } }
        return try body()
    }

    func access<Result>(_ what: String, _ body: () throws(DatabaseError) -> Result) throws(EngineError) -> Result {
        try access(what) { () throws(EngineError) in
            do throws(DatabaseError) { return try body() } catch { throw .database(what, error) }
        }
    }
}

extension EngineError {
    static func database(_ what: String, _ error: DatabaseError) -> EngineError {
        EngineError(
            "cannot \(what) in the database \(error.path): \(error.message)"
                + (error.isDamage ? "; hako system check makes it anew" : ""))
    }
}
