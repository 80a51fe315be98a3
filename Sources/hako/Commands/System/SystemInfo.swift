internal import Engine
internal import Flags
internal import JSON

/// Tells what this hako is, what it keeps, and what the machine offers it.
struct SystemInfo: HakoCommand {
    static let name = "info"
    static let summary = "Show versions, storage, control groups, security and the machine."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("format", "f", of: "FORM", help: "json, or a template such as '{{.Storage.Root}}'.") { $0.format = $1 }
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var format: String?

    func run() throws -> Int32 {
        let facts = try SystemFacts.json(try globals.engine())
        switch format {
        case nil: Report.output(Self.text(facts, indent: ""))
        case "json"?: Report.line(facts.text(pretty: true))
        case let text?: Report.line(try Template(text).line(facts))
        }
        return 0
    }

    /// `Key: value`, a line each; what has parts of its own is indented below.
    private static func text(_ value: JSONValue, indent: String) -> String {
        guard case .object(let object) = value else { return "" }
        return object.members.map { member in
            switch member.value {
            case .object: "\(indent)\(member.key):\n" + text(member.value, indent: indent + "  ")
            case .array(let items): "\(indent)\(member.key): \(items.map(plain).joined(separator: " "))\n"
            case .integer(let bytes) where member.key.hasPrefix("Mem") || member.key.hasPrefix("Swap"):
                "\(indent)\(member.key): \(ByteText.binary(bytes))\n"
            case .integer(let seconds) where member.key == "Uptime": "\(indent)\(member.key): \(Clock.text(seconds: seconds))\n"
            default: "\(indent)\(member.key): \(plain(member.value))\n"
            }
        }.joined()
    }

    private static func plain(_ value: JSONValue) -> String {
        if case .string(let text) = value { return text }
        return value.text()
    }
}
