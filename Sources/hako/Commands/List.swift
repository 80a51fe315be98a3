internal import Engine
internal import Flags
internal import JSON
internal import Linux
internal import Runtime

/// Lists containers.
struct List: HakoCommand {
    static let name = "ps"
    static let summary = "List containers."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("all", "a", help: "Those that do not run as well.") { $0.all = $1 },
                .toggle("quiet", "q", help: "Only ids.") { $0.quiet = $1 },
                .toggle("no-trunc", help: "Whole ids and commands.") { $0.whole = $1 },
                .value("format", of: "FORM", help: "table or json.") { $0.format = $1 },
                .value("filter", "f", of: "KEY=VALUE", help: "status=, name=, id=, exited= or label=KEY[=VALUE].") {
                    $0.filter.append($1)
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var quiet = false
    var whole = false
    var format = "table"
    var filter: [String] = []

    private struct Row {
        var ID: String
        var Names: String
        var Image: String
        var Command: [String]
        var Created: Int64
        var State: String
        var Status: String
        var ExitCode: Int32?
        var Pid: Int32?

        var json: JSONValue {
            [
                "ID": .string(ID), "Names": .string(Names), "Image": .string(Image), "Command": JSONValue(Command),
                "Created": .integer(Created), "State": .string(State), "Status": .string(Status),
                "ExitCode": ExitCode.map(JSONValue.init(whole:)) ?? .null, "Pid": Pid.map(JSONValue.init(whole:)) ?? .null,
            ]
        }
    }

    func run() throws -> Int32 {
        guard format == "table" || format == "json" else { throw EngineError("--format \"\(format)\": it is table or json") }
        let filters = try filter.map { text throws(EngineError) in try ListFilter(text) }
        let engine = try globals.engine()
        let wantsAll = all || filters.contains { $0.key == .status || $0.key == .exited }
        let now = Clock.seconds()
        var rows: [Row] = []
        for record in try engine.store.all() {
            let status = try engine.status(record.id)
            guard wantsAll || status.isLive, try filters.allSatisfy({ try $0.accepts(record, status) }) else { continue }
            rows.append(row(record, status, now))
        }
        if format == "json" {
            Report.line(JSONValue.array(rows.map(\.json)).text(pretty: true))
        } else if quiet {
            for row in rows { Report.line(row.ID) }
        } else {
            Report.output(table(rows, now))
        }
        return 0
    }

    private func row(_ record: ContainerRecord, _ status: ContainerStatus, _ now: Int64) -> Row {
        var row = Row(
            ID: whole || format == "json" ? record.id : record.shortID, Names: record.name, Image: record.image,
            Command: record.command,
            Created: record.created, State: status.name, Status: StatusText.text(status, now: now))
        switch status {
        case .exited(let exit), .restarting(_, let exit): row.ExitCode = exit?.exitCode
        case .running(let pid, _), .paused(let pid, _): row.Pid = pid
        case .created: break
        }
        return row
    }

    private func table(_ rows: [Row], _ now: Int64) -> String {
        var table = Table(["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"])
        for row in rows {
            let command = row.Command.joined(separator: " ")
            table.add([
                row.ID, whole ? row.Image : Table.cut(row.Image, 40), "\"\(whole ? command : Table.cut(command, 20))\"",
                Clock.text(seconds: now - row.Created) + " ago", row.Status, "", row.Names,
            ])
        }
        return table.text
    }
}

/// `Up 3 minutes`, `Exited (0) 5 seconds ago`, as docker has it.
enum StatusText {
    static func text(_ status: ContainerStatus, now: Int64) -> String {
        func since(_ time: String) -> String { Clock.parse(time).map { Clock.text(seconds: now - $0) } ?? "some time" }
        switch status {
        case .created: return "Created"
        case .running(_, let start): return "Up \(since(start))"
        case .paused(_, let start): return "Up \(since(start)) (Paused)"
        case .restarting(_, let exit):
            return "Restarting (\(exit?.exitCode ?? 0)) \(since(exit?.finishedAt ?? "")) ago"
        case .exited(nil): return "Exited (unknown: its monitor was killed)"
        case .exited(let exit?): return "Exited (\(exit.exitCode)) \(since(exit.finishedAt)) ago"
        }
    }
}
