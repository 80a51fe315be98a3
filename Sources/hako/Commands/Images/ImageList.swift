internal import Engine
internal import Flags
internal import JSON
internal import OCI

/// Lists images.
struct ImageList: HakoCommand {
    static let name = "images"
    static let summary = "List images."
    static let words = "[NAME]"
    static let wordCount = 0...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("quiet", "q", help: "Only ids.") { $0.quiet = $1 },
                .toggle("no-trunc", help: "Whole ids.") { $0.whole = $1 },
                .toggle("digests", help: "The digests that names stand for.") { $0.digests = $1 },
                .toggle("all", "a", help: "Nothing more: there are no images in between.") { $0.all = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Repository}}:{{.Tag}}'.") {
                    $0.format = $1
                },
                .value(
                    "filter", "f", of: "KEY=VALUE",
                    help: "dangling=BOOL, reference=NAME, before=IMAGE, since=IMAGE, label=KEY[=VALUE]."
                ) {
                    $0.filter.append($1)
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var quiet = false
    var whole = false
    var digests = false
    var all = false
    var format: String?
    var filter: [String] = []

    /// A name of an image, or an image without one.
    private struct Row {
        let image: ImageRecord
        let tag: ImageTag?
        var name: ImageName? { tag.flatMap { try? ImageName($0.name) } }
        var repository: String { name?.familiar ?? "<none>" }
        var shownTag: String { name?.tag ?? "<none>" }
        var digest: String { tag?.target.text ?? "<none>" }
    }

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let filters = try filter.map { text throws(EngineError) in try ImageFilter(text, engine) }
        let now = Clock.seconds()
        var rows: [Row] = []
        for image in try engine.images.all() {
            for tag in image.names.isEmpty ? [nil] : image.names.map(Optional.some) {
                let row = Row(image: image, tag: tag)
                guard try filters.allSatisfy({ try $0.accepts(image, row.name) }) else { continue }
                if let wanted = words.first {
                    guard let name = row.name, ImageFilter.matches(name, wanted) else { continue }
                }
                rows.append(row)
            }
        }
        if quiet {
            var seen: Set<String> = []
            for row in rows where seen.insert(row.image.id).inserted {
                Report.line(whole ? "sha256:\(row.image.id)" : row.image.shortID)
            }
            return 0
        }
        let listing = Listing(rows: rows.map { json($0, now) }) { table(rows, now) }
        Report.output(try listing.text(format))
        return 0
    }

    private func json(_ row: Row, _ now: Int64) -> JSONValue {
        [
            "ID": .string(format == "json" || whole ? row.image.id : row.image.shortID), "Repository": .string(row.repository),
            "Tag": .string(row.shownTag), "Digest": .string(row.digest), "Created": .integer(row.image.created),
            "CreatedSince": .string(ImageTime.since(row.image.created, now)), "Size": .string(ByteText.text(row.image.size)),
            "Bytes": .integer(row.image.size), "Platform": .string(row.image.platform),
            "Names": JSONValue(row.image.names.map(\.name)),
        ]
    }

    private func table(_ rows: [Row], _ now: Int64) -> String {
        var table = Table(["REPOSITORY", "TAG"] + (digests ? ["DIGEST"] : []) + ["IMAGE ID", "CREATED", "SIZE"])
        for row in rows {
            table.add(
                [row.repository, row.shownTag] + (digests ? [row.digest] : [])
                    + [
                        whole ? "sha256:\(row.image.id)" : row.image.shortID, ImageTime.since(row.image.created, now),
                        ByteText.text(row.image.size),
                    ])
        }
        return table.text
    }
}

enum ImageTime {
    static func since(_ created: Int64, _ now: Int64) -> String {
        created == 0 ? "N/A" : "\(Clock.text(seconds: now - created)) ago"
    }
}

/// One `--filter` of `images`.
struct ImageFilter {
    private enum Kind {
        case dangling(Bool), reference(String), before(Int64), since(Int64), label(String, String?)
    }
    private let kind: Kind
    private let engine: Engine

    init(_ text: String, _ engine: Engine) throws(EngineError) {
        self.engine = engine
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw .value("--filter", text, "it is KEY=VALUE") }
        switch parts[0] {
        case "dangling":
            guard let value = Bool(parts[1]) else { throw .value("--filter", text, "it is true or false") }
            kind = .dangling(value)
        case "reference": kind = .reference(parts[1])
        case "before": kind = .before(try engine.requireImage(parts[1]).created)
        case "since", "after": kind = .since(try engine.requireImage(parts[1]).created)
        case "label":
            let pair = parts[1].split(separator: "=", maxSplits: 1).map(String.init)
            kind = .label(pair[0], pair.count == 2 ? pair[1] : nil)
        default: throw .value("--filter", text, "it is dangling, reference, before, since or label")
        }
    }

    func accepts(_ image: ImageRecord, _ name: ImageName?) throws(EngineError) -> Bool {
        switch kind {
        case .dangling(let wanted): return image.names.isEmpty == wanted
        case .reference(let text): return name.map { Self.matches($0, text) } ?? false
        case .before(let time): return image.created < time
        case .since(let time): return image.created > time
        case .label(let key, let value):
            guard let found = try engine.content(of: image).config?.Labels?[key] else { return false }
            return value == nil || found == value
        }
    }

    /// `alpine`, `*/alpine`, `alpine:3.*`: against the familiar name and the whole.
    static func matches(_ name: ImageName, _ pattern: String) -> Bool {
        let hasTag = pattern.split(separator: "/").last?.contains(":") ?? false
        let tag = hasTag ? ":\(name.tag ?? "")" : ""
        return [name.familiar + tag, name.path + tag].contains { glob(Array(pattern.utf8)[...], Array($0.utf8)[...]) }
    }

    /// `*` for anything but a slash, `?` for one character.
    private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == UInt8(ascii: "*") {
            if glob(pattern.dropFirst(), text) { return true }
            guard let next = text.first, next != UInt8(ascii: "/") else { return false }
            return glob(pattern, text.dropFirst())
        }
        guard let next = text.first, first == next || first == UInt8(ascii: "?") else { return false }
        return glob(pattern.dropFirst(), text.dropFirst())
    }
}
