internal import Engine
internal import Flags
internal import JSON
internal import OCI

/// Takes names from images; images without a name go.
struct RemoveImage: HakoCommand {
    static let name = "rmi"
    static let summary = "Remove images."
    static let words = "IMAGE..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("force", "f", help: "Also with several names, and with containers, which go as well.") { $0.force = $1 },
                .toggle("all", "a", help: "All images.") { $0.all = $1 },
                .toggle("ignore", "i", help: "One that is not there is fine.") { $0.ignore = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false
    var all = false
    var ignore = false

    func run() throws -> Int32 {
        guard all || !words.isEmpty else { throw UsageError("name an image, or give --all") }
        let engine = try globals.engine()
        let given = ["rmi"] + (force ? ["--force"] : []) + (all ? ["--all"] : []) + (ignore ? ["--ignore"] : []) + words
        if let code = try engine.again(given) { return code }
        var code: Int32 = 0
        for word in all ? try engine.images.all().map(\.id) : words {
            do throws(EngineError) {
                for line in try ImageRemoval(engine).remove(word, force: force || all) { Report.line(line) }
            } catch {
                if ignore, error.message.hasPrefix("no such image") { continue }
                Report.error(error.message)
                code = 1
            }
        }
        return code
    }
}

/// Gives an image a further name.
struct TagImage: HakoCommand {
    static let name = "tag"
    static let summary = "Give an image a further name."
    static let words = "IMAGE NAME..."
    static let wordCount = 2...Int.max

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let image = try engine.requireImage(words[0])
        for word in words.dropFirst() {
            let name = try ImageName(argument: word)
            guard name.digest == nil else { throw EngineError("\"\(word)\": a name that is given has no digest") }
            let tag = ImageTag(name: name.description, target: image.names.first?.target ?? image.manifest)
            try engine.images.tag(image.id, as: tag, at: Clock.seconds())
        }
        return 0
    }
}

/// Shows what made an image.
struct ImageHistory: HakoCommand {
    static let name = "history"
    static let summary = "Show what made an image."
    static let words = "IMAGE"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("no-trunc", help: "Whole commands.") { $0.whole = $1 },
                .toggle("quiet", "q", help: "Only ids.") { $0.quiet = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.CreatedBy}}'.") { $0.format = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var whole = false
    var quiet = false
    var format: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let image = try engine.requireImage(words[0])
        let config = try engine.content(of: image)
        let sizes = try engine.layerSizes(image)
        let now = Clock.seconds()
        var layer = 0
        var rows: [[String: JSONValue]] = []
        for entry in config.history ?? [] {
            let isEmpty = entry.empty_layer == true
            let size = !isEmpty && layer < sizes.count ? sizes[layer] : 0
            if !isEmpty { layer += 1 }
            let created = entry.created.flatMap(Clock.parse) ?? 0
            rows.append([
                "ID": "<missing>", "Created": .integer(created), "CreatedSince": .string(ImageTime.since(created, now)),
                "CreatedBy": .string(entry.created_by ?? ""), "Size": .string(ByteText.text(size)), "Bytes": .integer(size),
                "Comment": .string(entry.comment ?? ""),
            ])
        }
        rows.reverse()
        if !rows.isEmpty { rows[0]["ID"] = .string(whole ? image.id : image.shortID) }
        if quiet {
            for row in rows { Report.line(Self.text(row, "ID")) }
            return 0
        }
        let listing = Listing(rows: rows.map { row in JSONValue(dictionary: row) { $0 } }) {
            var table = Table(["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"])
            for row in rows {
                let command = Self.text(row, "CreatedBy").replacing("\t", with: " ")
                table.add([
                    Self.text(row, "ID"), Self.text(row, "CreatedSince"), whole ? command : Table.cut(command, 45),
                    Self.text(row, "Size"), Self.text(row, "Comment"),
                ])
            }
            return table.text
        }
        Report.output(try listing.text(format))
        return 0
    }

    private static func text(_ row: [String: JSONValue], _ key: String) -> String {
        guard case .string(let text)? = row[key] else { return "" }
        return text
    }
}

/// Removes images that nobody needs, and content that none has.
struct ImagePrune: HakoCommand {
    static let name = "image prune"
    static let summary = "Remove images without a name, and content that no image has."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("all", "a", help: "All images that no container is made of.") { $0.all = $1 },
                .toggle("force", "f", help: "As it is: nothing is asked.") { $0.force = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var force = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        if let code = try engine.again(["image", "prune"] + (all ? ["--all"] : [])) { return code }
        let (removed, outcome) = try ImageCollection(engine).prune(all: all)
        for line in removed { Report.line(line) }
        Report.line("Total reclaimed space: \(ByteText.text(outcome.bytes))")
        return 0
    }
}
