import FoundationEssentials
import Linux
import OCI
import Runtime

/// Writes a configuration to start from.
enum SpecCommand: Command {
    static let name = "spec"
    static let summary = "write a config.json to start from"
    static let arguments = ""
    static let options: [OptionDeclaration] = [
        .bundle, OptionDeclaration("--rootless", help: "for a plain user: with a user namespace"),
    ]

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        let path = (given.string("--bundle") ?? ".") + "/config.json"
        guard !File.exists(path) else { throw RuntimeError("\(path) already exists; remove it first") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(
            StarterSpec.make(
                rootless: given.has("--rootless"), uid: Processes.userID, gid: Processes.groupID))
        try File.replace(path, with: Array(data) + [10], mode: 0o644)
        return 0
    }
}

/// Says what this runtime supports (features.md).
enum Features: Command {
    static let name = "features"
    static let summary = "print what this runtime supports, as JSON"
    static let arguments = ""

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        try Output.json(RuntimeFeatures.current)
        return 0
    }
}
