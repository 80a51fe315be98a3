internal import Engine
internal import Flags

/// Brings everything to this version of hako and to the ids that the host gives away now.
struct SystemMigrate: HakoCommand {
    static let name = "system migrate"
    static let summary = "Stop all containers, and bring what there is to this version and to today's ids."

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let (engine, line) = try SystemMigration.open(try globals.locations())
        if let line { Report.line(line) }
        let grace = try StopGrace(time: nil, signal: nil)
        // The newest first: those that share come before what they share.
        for record in try engine.store.all() where try engine.status(record.id).isLive {
            try grace.stop(record, try Engine.settings(record), engine)
            Report.line("stopped \(record.id)")
        }
        let outcome = try SystemMigration(engine).run()
        for line in outcome.done { Report.line(line) }
        for complaint in outcome.complaints { Report.error(complaint) }
        return outcome.complaints.isEmpty ? 0 : 1
    }
}
