internal import Engine
internal import Flags
internal import JSON
internal import Linux

/// Lists volumes.
struct VolumeList: HakoCommand {
    static let name = "volume ls"
    static let summary = "List volumes."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("quiet", "q", help: "Only names.") { $0.quiet = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Name}}'.") { $0.format = $1 },
                .value(
                    "filter", "f", of: "KEY=VALUE",
                    help: "name=PART, label=KEY[=VALUE], dangling=BOOL, driver=local, scope=local."
                ) { $0.filter.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var quiet = false
    var format: String?
    var filter: [String] = []

    func run() throws -> Int32 {
        let filters = try filter.map { text throws(EngineError) in try VolumeFilter(text) }
        let engine = try globals.engine()
        let used = try engine.store.usedVolumes()
        let records = try engine.volumes.all().filter { record in
            filters.allSatisfy { $0.accepts(record, isUsed: used.contains(record.name)) }
        }
        if quiet {
            for record in records { Report.line(record.name) }
            return 0
        }
        let listing = Listing(rows: records.map { VolumeDescription.json($0, engine) }) {
            var table = Table(["DRIVER", "VOLUME NAME"])
            for record in records { table.add(["local", record.name]) }
            return table.text
        }
        Report.output(try listing.text(format))
        return 0
    }
}

/// Says all there is to say of volumes.
struct VolumeInspect: HakoCommand {
    static let name = "volume inspect"
    static let summary = "Show all of volumes, as JSON."
    static let words = "VOLUME..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("format", "f", of: "FORM", help: "json, or a template such as '{{.Mountpoint}}'.") { $0.format = $1 }
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var format: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        return try Inspection.run(words, format, failure: 1) { word throws(EngineError) in
            VolumeDescription.json(try engine.volumes.require(word), engine)
        }
    }
}

/// A volume as docker describes it.
enum VolumeDescription {
    static func json(_ record: VolumeRecord, _ engine: Engine) -> JSONValue {
        [
            "CreatedAt": .string(WallClock.text(seconds: record.created, nanoseconds: 0)), "Driver": "local",
            "Labels": JSONValue(dictionary: record.labels ?? [:]) { .string($0) },
            "Mountpoint": .string(engine.volumes.data(record.name)), "Name": .string(record.name),
            "Options": JSONValue(dictionary: record.options ?? [:]) { .string($0) }, "Scope": "local",
            "Anonymous": .bool(record.isAnonymous),
        ]
    }
}

/// One `--filter` of the volume commands.
struct VolumeFilter {
    private enum Kind {
        case name(String)
        case label(String, String?, wanted: Bool)
        case dangling(Bool)
        case local(Bool)
        case all(Bool)
    }
    private let kind: Kind

    init(_ text: String) throws(EngineError) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw .value("--filter", text, "it is KEY=VALUE") }
        func boolean() throws(EngineError) -> Bool {
            guard let value = Numbers.boolean(parts[1]) else { throw .value("--filter", text, "it is true or false") }
            return value
        }
        switch parts[0] {
        case "name": kind = .name(parts[1])
        case "label", "label!":
            let (key, value) = try Numbers.pair(parts[1], flag: "--filter label")
            kind = .label(key, value.isEmpty ? nil : value, wanted: parts[0] == "label")
        case "dangling": kind = .dangling(try boolean())
        case "driver", "scope": kind = .local(parts[1] == "local")
        case "all": kind = .all(try boolean())
        default: throw .value("--filter", text, "it is name, label, label!, dangling, driver, scope or all")
        }
    }

    /// `all=true` of prune.
    var wantsAll: Bool {
        if case .all(true) = kind { return true }
        return false
    }

    func accepts(_ record: VolumeRecord, isUsed: Bool) -> Bool {
        switch kind {
        case .name(let part): return record.name.firstRange(of: part) != nil
        case .label(let key, let value, let wanted):
            let found = record.labels?[key]
            return (found != nil && (value == nil || found == value)) == wanted
        case .dangling(let wanted): return isUsed != wanted
        case .local(let isLocal): return isLocal
        case .all: return true
        }
    }
}
