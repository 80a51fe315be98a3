import Flags
import JSON
import Linux
import OCI
import Runtime

/// Writes a configuration to start from.
struct SpecCommand: RuntimeCommand {
    static let name = "spec"
    static let summary = "Write a config.json to start from."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("bundle", "b", of: "DIR", help: "Where to (default: this directory).") { $0.bundle = $1 },
                .toggle("rootless", help: "For a plain user: with a user namespace.") { $0.rootless = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var bundle = "."
    var rootless = false

    func run() throws -> Int32 {
        let path = "\(bundle)/config.json"
        guard !File.exists(path) else { throw RuntimeError("\(path) already exists; remove it first") }
        let spec = StarterSpec.make(rootless: rootless, uid: Processes.userID, gid: Processes.groupID)
        try File.replace(path, with: spec.json.bytes(pretty: true) + [10], mode: 0o644)
        return 0
    }
}

/// Says what this runtime supports (features.md).
struct Features: RuntimeCommand {
    static let name = "features"
    static let summary = "Print what this runtime supports, as JSON."

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        try Output.json(RuntimeFeatures.json)
        return 0
    }
}
