internal import Engine
internal import Flags
internal import Linux
internal import OCI

/// Brings images from registries.
struct Pull: HakoCommand {
    static let name = "pull"
    static let summary = "Bring images from registries."
    static let words = "IMAGE..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("quiet", "q", help: "Print only the image's id.") { $0.quiet = $1 },
                .value("platform", of: "OS/ARCH", help: "The platform, such as linux/arm64 (default: this machine's).") {
                    $0.platform = $1
                },
                .toggle("quiet-id", help: "Do not print the image's id.") { $0.quietID = $1 },
                .toggle("all-tags", "a", help: "All tags of the repository.") { $0.allTags = $1 },
                .value("policy", of: "WHEN", help: "always, missing, newer or never (default: always).") { $0.policy = $1 },
            ]), FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var quiet = false
    var quietID = false
    var allTags = false
    var platform: String?
    var policy = "always"

    func run() throws -> Int32 {
        let engine = try globals.engine()
        guard let policy = PullPolicy(rawValue: policy) else {
            throw EngineError.value("--policy", policy, "it is always, missing, newer or never")
        }
        let wanted = try platform.map { text throws(EngineError) in try Platform(flag: text) }
        let edge = try registry.options()
        // What is not a name is said before anything is begun.
        for word in words { _ = try ImageName(argument: word) }
        if let code = try engine.again(globals.again + ownWords) { return code }
        let progress = TransferProgress(quiet: quiet)
        let puller = ImagePuller(engine, edge, platform: wanted, report: progress.report)
        for word in words {
            for name in try allTags ? puller.tags(of: try ImageName(argument: word)) : [try ImageName(argument: word)] {
                if !quietID { progress.begin("Pulling \(name.familiarWithTag)") }
                let image = try puller.image(name, policy)
                progress.end()
                if !quietID { Report.line(image.id) }
            }
        }
        return 0
    }

    /// This command once more.
    private var ownWords: [String] { Array(CommandLine.arguments.dropFirst().drop { $0 != "pull" }) }
}

extension Platform {
    init(flag text: String) throws(EngineError) {
        guard let platform = Platform(text) else {
            throw .value("--platform", text, "it is OS/ARCH[/VARIANT], such as linux/arm64")
        }
        self = platform
    }
}

extension ImageName {
    init(argument text: String) throws(EngineError) {
        do throws(InvalidName) { self = try ImageName(text) } catch { throw EngineError("\"\(text)\" names no image: \(error)") }
    }

    /// Of a push: `docker://` may stand before it, as skopeo and podman write it.
    init(destination text: String) throws(EngineError) {
        try self.init(argument: text.hasPrefix("docker://") ? String(text.dropFirst(9)) : text)
    }
}
