internal import Engine
internal import Flags
internal import OCI

/// Flags of what makes an image.
struct ChangeFlags: FlagSet {
    var author: String?
    var message: String?
    var change: [String] = []

    static let flags: [Flag<Self>] = [
        .value("author", "a", of: "TEXT", help: "Who made it.") { $0.author = $1 },
        .value("message", "m", of: "TEXT", help: "What was done.") { $0.message = $1 },
        .value(
            "change", "c", of: "INSTRUCTION", help: "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR."
        ) {
            $0.change.append($1)
        },
    ]

    var changes: ImageChanges {
        var changes = ImageChanges()
        (changes.author, changes.message, changes.instructions) = (author, message, change)
        return changes
    }

    var words: [String] {
        (author.map { ["--author", $0] } ?? []) + (message.map { ["--message", $0] } ?? []) + change.flatMap { ["--change", $0] }
    }
}

/// Makes an image of what a container changed.
struct Commit: HakoCommand {
    static let name = "commit"
    static let summary = "Make an image of what a container changed."
    static let words = "CONTAINER [NAME]"
    static let wordCount = 1...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            ChangeFlags.flags.lifted { $1(&$0.changes) } + [
                .toggle("quiet", "q", help: "As it is: only the id is printed.") { $0.quiet = $1 },
                .optional("pause", "p", of: "BOOL", default: "true", help: "Pause the container meanwhile (default: true).") {
                    $0.pause = $1
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var changes = ChangeFlags()
    var quiet = false
    /// Nil: where the host lets it.
    var pause: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let record = try engine.find(words[0])
        let name = words.count == 2 ? try ImageName(argument: words[1]) : nil
        let isPaused = try pauseIfPossible(record, engine)
        defer { if isPaused { try? engine.resume(record) } }
        let given = ["commit", "--pause=false"] + changes.words + words
        if let code = try engine.again(given) { return code }
        Report.line("sha256:" + (try ImageCommit(engine, changes.changes).commit(record, as: name)).id)
        return 0
    }

    /// Pauses it where that is asked for, or can be done.
    private func pauseIfPossible(_ record: ContainerRecord, _ engine: Engine) throws(EngineError) -> Bool {
        if let pause, Numbers.boolean(pause) == nil { throw EngineError.value("--pause", pause, "it is true or false") }
        let asked = pause.flatMap(Numbers.boolean)
        guard asked != false, case .running = try engine.status(record.id) else { return false }
        do throws(EngineError) {
            try engine.pause(record)
            return true
        } catch {
            guard asked == nil else { throw error }
            Report.warning("the container goes on meanwhile, and files may change: \(error.message)")
            return false
        }
    }
}

/// Makes an image of a tar with a root file system.
struct Import: HakoCommand {
    static let name = "import"
    static let summary = "Make an image of a tar with a root file system."
    static let words = "FILE|- [NAME]"
    static let wordCount = 1...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            ChangeFlags.flags.lifted { $1(&$0.changes) } + [
                .value("platform", of: "OS/ARCH", help: "The platform it is for (default: this machine's).") { $0.platform = $1 }
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var changes = ChangeFlags()
    var platform: String?

    func run() throws -> Int32 {
        var made = changes.changes
        made.platform = try platform.map { text throws(EngineError) in try Platform(flag: text) }
        let engine = try globals.engine()
        let name = words.count == 2 ? try ImageName(argument: words[1]) : nil
        let given = ["import"] + changes.words + (platform.map { ["--platform", $0] } ?? []) + words
        if let code = try engine.again(given) { return code }
        let path = words[0] == "-" ? nil : words[0]
        Report.line("sha256:" + (try ImageCommit(engine, made).import(path, as: name)).id)
        return 0
    }
}

/// Shows the layers of an image.
struct ImageTree: HakoCommand {
    static let name = "image tree"
    static let summary = "Show an image's layers, and who shares them."
    static let words = "IMAGE"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let image = try engine.requireImage(words[0])
        let config = try engine.content(of: image)
        let sizes = try engine.layerSizes(image)
        let others = try engine.images.all().filter { $0.id != image.id }
        let commands = (config.history ?? []).filter { $0.empty_layer != true }.map { $0.created_by ?? "" }
        Report.line("Image ID: \(image.shortID)")
        Report.line("Tags:     [\(image.names.map(\.name).joined(separator: " "))]")
        Report.line("Size:     \(ByteText.text(image.size))")
        Report.line("Image layers")
        for (number, chain) in image.layers.enumerated() {
            let isLast = number == image.layers.count - 1
            let sharers = others.filter { $0.layers.contains(chain) }.flatMap { $0.names.map(\.name) }
            let size = number < sizes.count ? ByteText.text(sizes[number]) : "?"
            var line = "\(isLast ? "└──" : "├──") \(chain.dropFirst(7).prefix(12)) \(size)"
            if number < commands.count { line += "  \(Table.cut(commands[number], 50))" }
            if !sharers.isEmpty { line += "  (also in \(sharers.joined(separator: ", ")))" }
            Report.line(line)
        }
        return 0
    }
}
