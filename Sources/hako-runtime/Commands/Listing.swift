import Flags
import JSON
import Linux
import OCI
import Runtime

/// Lists the containers under --root.
struct List: RuntimeCommand {
    static let name = "list"
    static let summary = "List containers."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("format", "f", of: "table|json", help: "The form of the list.") { $0.format = $1 },
                .toggle("quiet", "q", help: "Only their ids.") { $0.quiet = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var format = "table"
    var quiet = false

    private struct Entry {
        var ociVersion: String
        var id: String
        var pid: Int32
        var status: String
        var bundle: String
        var created: String
        var owner: String

        var json: JSONValue {
            [
                "ociVersion": .string(ociVersion), "id": .string(id), "pid": JSONValue(whole: pid), "status": .string(status),
                "bundle": .string(bundle), "created": .string(created), "owner": .string(owner),
            ]
        }
    }

    func run() throws -> Int32 {
        let ids = globals.root.ids()
        if quiet {
            try StandardStreams.writeOutput(ids.map { "\($0)\n" }.joined())
            return 0
        }
        // One that is being deleted meanwhile is not listed.
        let entries = ids.compactMap { Self.entry($0, globals.root) }
        switch format {
        case "json": try Output.json(.array(entries.map(\.json)))
        case "table":
            let rows = entries.map { [$0.id, "\($0.pid)", $0.status, $0.bundle, $0.created, $0.owner] }
            try Output.table([["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]] + rows)
        case let other: throw UsageError("--format: \"\(other)\" is neither table nor json")
        }
        return 0
    }

    private static func entry(_ id: String, _ root: StateRoot) -> Entry? {
        guard let (record, state) = try? root.directory(of: id).state() else { return nil }
        return Entry(
            ociVersion: state.ociVersion, id: id, pid: state.pid ?? 0, status: state.status.rawValue, bundle: state.bundle,
            created: record.created, owner: Processes.userID == 0 ? "root" : "\(Processes.userID)")
    }
}

/// Lists a container's processes, by the host's ids.
struct Ps: RuntimeCommand {
    static let name = "ps"
    static let summary = "List a container's processes, by the host's ids."
    static let words = "ID"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.value("format", "f", of: "table|json", help: "json is an array of ids.") { $0.format = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var format = "table"

    func run() throws -> Int32 {
        let ids = try ContainerOperations(id: words[0], root: globals.root).processes()
        switch format {
        case "json": try Output.json(.array(ids.map(JSONValue.init(whole:))))
        case "table":
            let rows = ids.map { ["\($0)", (try? File.readText("/proc/\($0)/comm", limit: 256)) ?? "?"] }
            try Output.table([["PID", "COMMAND"]] + rows)
        case let other: throw UsageError("--format: \"\(other)\" is neither table nor json")
        }
        return 0
    }
}

enum Output {
    static func json(_ value: JSONValue) throws { try StandardStreams.writeOutput(value.bytes(pretty: true) + [10]) }

    static func table(_ rows: [[String]]) throws {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                column == row.count - 1 ? cell.0 : cell.0 + String(repeating: " ", count: cell.1 - cell.0.count + 3)
            }.joined()
        }
        try StandardStreams.writeOutput(lines.map { "\($0)\n" }.joined())
    }
}
