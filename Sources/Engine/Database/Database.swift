internal import CSQLite
internal import Linux

/// A connection to an SQLite database that many processes share, with its journal in WAL mode (sqlite.org/wal.html).
///
/// Only what the engine needs, since it is on the path of every start: opening, reading and a commit together take 0.4 ms.
/// A commit survives the crash of any program at once, and a power cut after the next checkpoint. The last one to leave makes
/// no checkpoint (it would fsync twice); whoever writes the 64th page does.
@safe
final class Database {
    private let handle: OpaquePointer
    private let path: String

    /// How long to wait for another process's transaction, in milliseconds.
    private static let patience: Int32 = 10_000
    /// Pages in the journal before they go into the database, and the journal begins anew: what the next to open it has to read.
    ///
    /// SQLite's own checkpoint (sqlite3_wal_autocheckpoint) does not suffice: that all of the journal is in the database is known only
    /// while somebody has it open, and so it would grow with each command that comes alone.
    private static let journalPages: Int32 = 64

    /// Opens the database, and makes an empty one where there is none. sqlite3_open_v2.
    init(path: String) throws(DatabaseError) {
        // SQLite would make it readable for all; its journal gets the same permissions.
        _ = try? File.open(path, [.readWrite, .create, .noFollow], mode: 0o600)
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX
        let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let connection = unsafe opened else {
            defer { unsafe sqlite3_close(opened) }
            throw unsafe DatabaseError(code, opened, path)
        }
        unsafe handle = connection
        self.path = path
        unsafe sqlite3_busy_timeout(handle, Self.patience)
        _ = unsafe hako_sqlite_configure(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        unsafe sqlite3_wal_hook(
            handle,
            { _, connection, name, pages in
                guard pages >= Database.journalPages else { return SQLITE_OK }
                // Where somebody reads it now, the next does it.
                unsafe sqlite3_busy_timeout(connection, 0)
                unsafe sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
                unsafe sqlite3_busy_timeout(connection, Database.patience)
                return SQLITE_OK
            }, nil)
        try execute("PRAGMA synchronous = NORMAL")
    }

    deinit { unsafe sqlite3_close(handle) }

    // MARK: Statements

    /// Runs statements that take and give nothing. sqlite3_exec.
    func execute(_ statements: String) throws(DatabaseError) {
        let code = unsafe sqlite3_exec(handle, statements, nil, nil, nil)
        guard code == SQLITE_OK else { throw unsafe DatabaseError(code, handle, path) }
    }

    /// Runs one statement with values for its `?`, to its end.
    func run(_ statement: String, _ values: Value...) throws(DatabaseError) {
        _ = try rows(statement, values) { _ in }
    }

    /// What `read` makes of each row.
    func rows<Item>(_ statement: String, _ values: [Value] = [], read: (Row) -> Item) throws(DatabaseError) -> [Item] {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(handle, statement, -1, &prepared, nil)
        guard code == SQLITE_OK, let prepared = unsafe prepared else { throw unsafe DatabaseError(code, handle, path) }
        defer { unsafe sqlite3_finalize(prepared) }
        for (index, value) in values.enumerated() { unsafe bind(value, to: Int32(index + 1), of: prepared) }
        var items: [Item] = []
        while true {
            switch unsafe sqlite3_step(prepared) {
            case SQLITE_ROW: unsafe items.append(read(Row(prepared)))
            case SQLITE_DONE: return items
            case let code: throw unsafe DatabaseError(code, handle, path)
            }
        }
    }

    /// Everything in `body`, or nothing of it. The database is locked for other writers from the beginning (BEGIN IMMEDIATE).
    func transaction<Result, Failure: Error>(
        _ failure: (DatabaseError) -> Failure, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do throws(DatabaseError) { try execute("BEGIN IMMEDIATE") } catch { throw failure(error) }
        do throws(Failure) {
            let result = try body()
            do throws(DatabaseError) { try execute("COMMIT") } catch { throw failure(error) }
            return result
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    // MARK: Values

    enum Value {
        case null
        case integer(Int64)
        case text(String)
        case blob([UInt8])

        init(_ integer: Int64?) { self = integer.map { .integer($0) } ?? .null }
    }

    private func bind(_ value: Value, to index: Int32, of statement: OpaquePointer) {
        switch value {
        case .null: unsafe sqlite3_bind_null(statement, index)
        case .integer(let number): unsafe sqlite3_bind_int64(statement, index, number)
        case .text(let text): unsafe sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), hako_sqlite_copies())
        case .blob(let bytes): unsafe sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), hako_sqlite_copies())
        }
    }

    /// The row a statement stands at; its columns count from 0.
    @safe
    struct Row {
        private let statement: OpaquePointer

        fileprivate init(_ statement: OpaquePointer) { unsafe self.statement = unsafe statement }

        func integer(_ column: Int32) -> Int64? {
            guard unsafe sqlite3_column_type(statement, column) != SQLITE_NULL else { return nil }
            return unsafe sqlite3_column_int64(statement, column)
        }

        func value(_ column: Int32) -> Value {
            switch unsafe sqlite3_column_type(statement, column) {
            case SQLITE_NULL: .null
            case SQLITE_INTEGER: .integer(unsafe sqlite3_column_int64(statement, column))
            case SQLITE_BLOB: .blob(blob(column))
            default: .text(text(column))
            }
        }

        func text(_ column: Int32) -> String { String(decoding: blob(column), as: UTF8.self) }

        func blob(_ column: Int32) -> [UInt8] {
            guard let start = unsafe sqlite3_column_blob(statement, column) else { return [] }
            return unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
        }
    }
}

/// Why SQLite refused: its code and its words.
struct DatabaseError: Error {
    let code: Int32
    let message: String
    /// The file itself is damaged, or none of SQLite's.
    var isDamage: Bool { code & 255 == SQLITE_CORRUPT || code & 255 == SQLITE_NOTADB }
    let path: String

    init(_ code: Int32, _ database: OpaquePointer?, _ path: String) {
        self.code = code
        self.path = path
        guard let words = unsafe database.flatMap({ unsafe sqlite3_errmsg($0) }) else {
            message = "SQLite error \(code)"
            return
        }
        message = unsafe String(cString: words)
    }
}
