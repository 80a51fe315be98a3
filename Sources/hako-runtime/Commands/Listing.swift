import FoundationEssentials
import Linux
import OCI
import Runtime

/// Lists the containers under --root.
enum List: Command {
    static let name = "list"
    static let summary = "list containers"
    static let arguments = ""
    static let options = [
        OptionDeclaration("--format", "-f", value: "table|json", help: "form of the list"),
        OptionDeclaration("--quiet", "-q", help: "only their ids"),
    ]

    private struct Entry: Encodable {
        var ociVersion: String
        var id: String
        var pid: Int32
        var status: String
        var bundle: String
        var created: String
        var owner: String
    }

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        let ids = globals.root.ids()
        if given.has("--quiet") {
            try StandardStreams.writeOutput(ids.map { "\($0)\n" }.joined())
            return 0
        }
        // One that is being deleted meanwhile is not listed.
        let entries = ids.compactMap { entry($0, globals.root) }
        switch given.string("--format") ?? "table" {
        case "json": try Output.json(entries)
        case "table":
            let rows = entries.map { [$0.id, "\($0.pid)", $0.status, $0.bundle, $0.created, $0.owner] }
            try Output.table([["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]] + rows)
        case let other: throw UsageError("--format: \"\(other)\" is neither table nor json")
        }
        return 0
    }

    private static func entry(_ id: String, _ root: StateRoot) -> Entry? {
        guard let operations = try? ContainerOperations(id: id, root: root), let state = try? operations.state(),
            let record = try? operations.record()
        else { return nil }
        return Entry(
            ociVersion: state.ociVersion, id: id, pid: state.pid ?? 0, status: state.status.rawValue, bundle: state.bundle,
            created: record.created, owner: Processes.userID == 0 ? "root" : "\(Processes.userID)")
    }
}

/// Lists a container's processes, by the host's ids.
enum Ps: Command {
    static let name = "ps"
    static let summary = "list a container's processes"
    static let options = [OptionDeclaration("--format", "-f", value: "table|json", help: "json is an array of ids")]

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        let ids = try ContainerOperations(id: try given.containerID(), root: globals.root).processes()
        switch given.string("--format") ?? "table" {
        case "json": try Output.json(ids)
        case "table":
            let rows = ids.map { ["\($0)", (try? File.readText("/proc/\($0)/comm", limit: 256)) ?? "?"] }
            try Output.table([["PID", "COMMAND"]] + rows)
        case let other: throw UsageError("--format: \"\(other)\" is neither table nor json")
        }
        return 0
    }
}

enum Output {
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try StandardStreams.writeOutput(Array(try encoder.encode(value)) + [10])
    }

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
