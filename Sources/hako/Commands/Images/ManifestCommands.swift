internal import Engine
internal import Flags
internal import JSON
internal import OCI

/// A command on a list of images, which its first word names.
protocol ManifestCommand: HakoCommand {
    func run(_ list: ImageName, _ engine: Engine) throws
}

extension ManifestCommand {
    func run() throws -> Int32 {
        try run(try ImageName(argument: words[0]), try globals.engine())
        return 0
    }
}

/// Begins a list of images for several platforms.
struct ManifestCreate: ManifestCommand {
    static let name = "manifest create"
    static let summary = "Begin a list of images for several platforms."
    static let words = "LIST [IMAGE...]"
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.toggle("amend", "a", help: "Replace one that is there.") { $0.amend = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var amend = false

    func run(_ list: ImageName, _ engine: Engine) throws {
        let images = try words.dropFirst().map { try engine.requireImage($0) }
        let indexes = ImageIndexes(engine)
        try indexes.create(list, replaces: amend)
        for image in images { _ = try indexes.add(image, to: list) }
        Report.line(list.familiarWithTag)
    }
}

/// Adds an image to a list.
struct ManifestAdd: ManifestCommand {
    static let name = "manifest add"
    static let summary = "Add an image to a list."
    static let words = "LIST IMAGE"
    static let wordCount = 2...2
    static let flags: [FlagGroup<Self>] = [FlagGroup("Flags", PlatformFlags.flags.lifted { $1(&$0.platform) })]

    var globals = GlobalFlags()
    var words: [String] = []
    var platform = PlatformFlags()

    func run(_ list: ImageName, _ engine: Engine) throws {
        let indexes = ImageIndexes(engine)
        let digest = try indexes.add(try engine.requireImage(words[1]), to: list)
        var index = try indexes.read(list)
        if platform.apply(to: &index, digest.text) { try indexes.keep(index, as: list) }
        Report.line(digest.text)
    }
}

/// Says more of an image in a list.
struct ManifestAnnotate: ManifestCommand {
    static let name = "manifest annotate"
    static let summary = "Say more of an image in a list: its platform, annotations."
    static let words = "LIST DIGEST|IMAGE"
    static let wordCount = 2...2
    static let flags: [FlagGroup<Self>] = [FlagGroup("Flags", PlatformFlags.flags.lifted { $1(&$0.platform) })]

    var globals = GlobalFlags()
    var words: [String] = []
    var platform = PlatformFlags()

    func run(_ list: ImageName, _ engine: Engine) throws {
        var index = try ImageIndexes(engine).read(list)
        let digest = Digest(words[1]) == nil ? try engine.requireImage(words[1]).manifest.text : words[1]
        guard index.manifests.contains(where: { $0.digest == digest }) else {
            throw EngineError("the list \(words[0]) has no \(words[1])")
        }
        _ = platform.apply(to: &index, digest)
        try ImageIndexes(engine).keep(index, as: list)
    }
}

struct PlatformFlags: FlagSet {
    var architecture: String?
    var os: String?
    var variant: String?
    var annotation: [String] = []

    static let flags: [Flag<Self>] = [
        .value("arch", of: "NAME", help: "The machine, such as arm64.") { $0.architecture = $1 },
        .value("os", of: "NAME", help: "The system, such as linux.") { $0.os = $1 },
        .value("variant", of: "NAME", help: "The machine's variant, such as v7.") { $0.variant = $1 },
        .value("annotation", of: "KEY=VALUE", help: "An annotation of the entry.") { $0.annotation.append($1) },
    ]

    /// - Returns: whether there was anything to say.
    func apply(to index: inout ImageIndex, _ digest: String) -> Bool {
        guard let place = index.manifests.firstIndex(where: { $0.digest == digest }) else { return false }
        var platform = index.manifests[place].platform ?? Platform()
        if let architecture { platform.architecture = architecture }
        if let os { platform.os = os }
        if let variant { platform.variant = variant }
        index.manifests[place].platform = platform
        for text in annotation {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let value = parts.count == 2 ? parts[1] : ""
            index.manifests[place].annotations = (index.manifests[place].annotations ?? [:]).merging([parts[0]: value]) { $1 }
        }
        return architecture != nil || os != nil || variant != nil || !annotation.isEmpty
    }
}

/// Shows a list of this machine, or what a registry has.
struct ManifestInspect: ManifestCommand {
    static let name = "manifest inspect"
    static let summary = "Show a list of images, or a registry's manifest."
    static let words = "LIST|IMAGE"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [.value("format", "f", of: "FORM", help: "json, or a template such as '{{.mediaType}}'.") { $0.format = $1 }]),
        FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var format: String?

    func run(_ list: ImageName, _ engine: Engine) throws {
        let template = try format.flatMap { text throws(EngineError) in text == "json" ? nil : try Template(text) }
        let document = try document(list, engine)
        Report.line(try template?.line(document) ?? document.text(pretty: true))
    }

    private func document(_ name: ImageName, _ engine: Engine) throws -> JSONValue {
        if try engine.images.index(name.description) != nil { return try ImageIndexes(engine).read(name).json }
        let (bytes, _) = try EdgeClient(try registry.options()).manifest(name, name.reference)
        guard let document = try? JSONValue(parsing: bytes) else { throw EngineError("\(words[0]): the manifest is no JSON") }
        return document
    }
}

/// Sends a list and its images to a registry.
struct ManifestPush: ManifestCommand {
    static let name = "manifest push"
    static let summary = "Send a list and its images to a registry."
    static let words = "LIST [DESTINATION]"
    static let wordCount = 1...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("quiet", "q", help: "Print nothing but the digest.") { $0.quiet = $1 },
                .toggle("all", help: "As it is: all images of the list are sent.") { $0.all = $1 },
            ]), FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var quiet = false
    var all = false

    func run(_ list: ImageName, _ engine: Engine) throws {
        let target = try ImageName(destination: words[words.count - 1])
        let progress = TransferProgress(quiet: quiet)
        let digest = try ImageIndexes(engine).push(list, to: target, try EdgeClient(try registry.options()), progress.report)
        progress.end()
        Report.line(digest.text)
    }
}

/// Forgets a list.
struct ManifestRemove: HakoCommand {
    static let name = "manifest rm"
    static let summary = "Forget lists; their images stay."
    static let words = "LIST..."
    static let wordCount = 1...Int.max

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        for word in words {
            let name = try ImageName(argument: word)
            guard try engine.images.removeIndex(name.description) else { throw EngineError("there is no list \(word)") }
        }
        return 0
    }
}
