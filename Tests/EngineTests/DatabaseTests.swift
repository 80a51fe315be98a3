import Foundation
import Testing

@testable import Engine

@Suite struct DatabaseTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("hako-database-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body("\(directory)/test.db")
    }

    private func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    /// Every command is a process of its own, which opens the database, and mostly alone.
    @Test func theJournalDoesNotGrowWithEachWhoComesAlone() throws {
        try withDirectory { path in
            try Database(path: path).execute(
                "PRAGMA journal_mode = WAL; CREATE TABLE items (number INTEGER PRIMARY KEY, text TEXT)")
            for number in 0..<500 {
                let database = try Database(path: path)
                try database.run(
                    "INSERT INTO items VALUES (?, ?)", .integer(Int64(number)), .text(String(repeating: "x", count: 200)))
            }
            let (journal, all) = (try size("\(path)-wal"), try size(path))
            #expect(journal < 80 * 4200, "\(journal)")
            #expect(all > 500 * 200, "\(all)")
            #expect(try Database(path: path).rows("SELECT count(*) FROM items") { $0.integer(0) } == [500])
        }
    }

    @Test func whoReadsIsNotWaitedFor() throws {
        try withDirectory { path in
            let reader = try Database(path: path)
            try reader.execute("PRAGMA journal_mode = WAL; CREATE TABLE items (number INTEGER PRIMARY KEY)")
            try reader.execute("BEGIN; SELECT count(*) FROM items")
            let began = Date()
            for number in 0..<200 { try Database(path: path).run("INSERT INTO items VALUES (?)", .integer(Int64(number))) }
            #expect(-began.timeIntervalSinceNow < 5)
            #expect(try reader.rows("SELECT count(*) FROM items") { $0.integer(0) } == [0])
            try reader.execute("COMMIT")
            try Database(path: path).run("INSERT INTO items VALUES (?)", .integer(200))
            #expect(try size("\(path)-wal") < 80 * 4200)
            #expect(try reader.rows("SELECT count(*) FROM items") { $0.integer(0) } == [201])
        }
    }
}
