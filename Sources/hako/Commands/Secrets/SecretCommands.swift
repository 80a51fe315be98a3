internal import Engine
internal import Flags
internal import JSON
internal import Linux

/// Makes a secret.
struct SecretCreate: HakoCommand {
    static let name = "secret create"
    static let summary = "Keep a secret for containers: of a file, standard input or a variable."
    static let words = "NAME FILE|-"
    static let wordCount = 2...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("env", help: "The second word is the name of a variable of hako's environment.") { $0.env = $1 },
                .value("label", "l", of: "KEY=VALUE", help: "A label, KEY=VALUE.") { $0.labels.append($1) },
                .value("driver", "d", of: "NAME", help: "file, the only one.") { $0.driver = $1 },
                .toggle("replace", help: "Take the place of one that is there; containers keep what they have.") {
                    $0.replace = $1
                },
                .toggle("ignore", help: "One that is there is fine, and stays.") { $0.ignore = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var env = false
    var labels: [String] = []
    var driver = "file"
    var replace = false
    var ignore = false

    func run() throws -> Int32 {
        guard driver == "file" else { throw EngineError.value("--driver", driver, "the only secret driver is file") }
        guard !replace || !ignore else { throw EngineError("--replace and --ignore contradict each other") }
        var record = SecretRecord(name: try SecretRecord.check(words[0]), created: Clock.seconds())
        if !labels.isEmpty { record.labels = try Numbers.pairs(labels, flag: "--label") }
        let content = try content()
        guard (1...SecretRecord.largest).contains(content.count) else {
            throw EngineError("a secret has 1 to \(SecretRecord.largest) bytes, and this one has \(content.count)")
        }
        let engine = try globals.engine()
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        if let found = try engine.secrets.find(record.name), found.name == record.name {
            guard replace else {
                guard ignore else { throw EngineError("there is a secret \(record.name) already; remove it, or give --replace") }
                Report.line(found.id)
                return 0
            }
            (record.id, record.created) = (found.id, found.created)
            try engine.secrets.replace(found, record, content: content)
            Report.line(record.id)
            return 0
        }
        guard try engine.secrets.make(record, content: content) else {
            throw EngineError("there is a secret \(record.name) already; remove it, or give --replace")
        }
        Report.line(record.id)
        return 0
    }

    private func content() throws(EngineError) -> [UInt8] {
        let source = words[1]
        if env {
            guard let value = Environment.value(source) else { throw EngineError("--env: there is no variable \(source)") }
            return Array(value.utf8)
        }
        let limit = 1 << 20
        do throws(SystemError) {
            return source == "-"
                ? try StandardStreams.duplicateInput().readToEnd(limit: limit) : try File.read(source, limit: limit)
        } catch {
            guard error.errno == .fileTooLarge else { throw EngineError("read \(source)", error) }
            throw EngineError("a secret has 1 to \(SecretRecord.largest) bytes, and \(source) has more")
        }
    }
}

/// Lists secrets.
struct SecretList: HakoCommand {
    static let name = "secret ls"
    static let summary = "List secrets."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("quiet", "q", help: "Only ids.") { $0.quiet = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Name}}'.") { $0.format = $1 },
                .value("filter", "f", of: "KEY=VALUE", help: "name=PART or id=PART.") { $0.filter.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var quiet = false
    var format: String?
    var filter: [String] = []

    func run() throws -> Int32 {
        var records = try globals.engine().secrets.all()
        for text in filter {
            let (key, part) = try Numbers.pair(text, flag: "--filter")
            guard key == "name" || key == "id" else { throw EngineError.value("--filter", text, "it is name or id") }
            records = records.filter { (key == "name" ? $0.name : $0.id).firstRange(of: part) != nil }
        }
        if quiet {
            for record in records { Report.line(record.id) }
            return 0
        }
        let now = Clock.seconds()
        func ago(_ time: Int64) -> String { "\(Clock.text(seconds: now - time)) ago" }
        let rows = records.map { record -> JSONValue in
            [
                "ID": .string(record.id), "Name": .string(record.name), "Driver": "file",
                "CreatedAt": .string(ago(record.created)),
                "UpdatedAt": .string(ago(record.updated)),
            ]
        }
        let listing = Listing(rows: rows) {
            var table = Table(["ID", "NAME", "DRIVER", "CREATED", "UPDATED"])
            for record in records { table.add([record.id, record.name, "file", ago(record.created), ago(record.updated)]) }
            return table.text
        }
        Report.output(try listing.text(format))
        return 0
    }
}

/// Says all there is to say of secrets, but what is secret.
struct SecretInspect: HakoCommand {
    static let name = "secret inspect"
    static let summary = "Show what is known of secrets, as JSON."
    static let words = "SECRET..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("format", "f", of: "FORM", help: "json, or a template such as '{{.Spec.Name}}'.") { $0.format = $1 },
                .toggle("showsecret", help: "What is secret as well.") { $0.shows = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var format: String?
    var shows = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        return try Inspection.run(words, format, failure: 1) { word throws(EngineError) in try describe(word, engine) }
    }

    private func describe(_ word: String, _ engine: Engine) throws(EngineError) -> JSONValue {
        let record = try engine.secrets.require(word)
        var answer = JSONObject([
            .init(key: "ID", value: .string(record.id)),
            .init(key: "CreatedAt", value: .string(WallClock.text(seconds: record.created, nanoseconds: 0))),
            .init(key: "UpdatedAt", value: .string(WallClock.text(seconds: record.updated, nanoseconds: 0))),
            .init(
                key: "Spec",
                value: [
                    "Name": .string(record.name), "Driver": ["Name": "file", "Options": [:]],
                    "Labels": JSONValue(dictionary: record.labels ?? [:]) { .string($0) },
                ]),
        ])
        if shows {
            answer.append("SecretData", .string(String(decoding: try engine.secrets.content(record), as: UTF8.self)))
        }
        return .object(answer)
    }
}

/// Removes secrets.
struct SecretRemove: HakoCommand {
    static let name = "secret rm"
    static let summary = "Remove secrets; containers made with them keep them."
    static let words = "SECRET..."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("all", "a", help: "All secrets.") { $0.all = $1 },
                .toggle("ignore", "i", help: "One that is not there is fine.") { $0.ignore = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var ignore = false

    func run() throws -> Int32 {
        guard all || !words.isEmpty else { throw UsageError("name a secret, or give --all") }
        let engine = try globals.engine()
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        let names = all ? try engine.secrets.all().map(\.name) : words
        return names.tryEach(failure: 1) { name throws(EngineError) in
            if ignore, try engine.secrets.find(name) == nil { return }
            let record = try engine.secrets.require(name)
            try engine.secrets.remove(record, engine)
            Report.line(record.id)
        }
    }
}
