internal import Engine
internal import Flags
internal import Linux

/// Makes a volume.
struct VolumeCreate: HakoCommand {
    static let name = "volume create"
    static let summary = "Make a volume: files that outlive containers."
    static let words = "[NAME]"
    static let wordCount = 0...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("driver", "d", of: "NAME", help: "local, the only one.") { $0.driver = $1 },
                .value(
                    "opt", "o", of: "KEY=VALUE", help: "type=tmpfs with o=size=64m,…; or type=none, o=bind and device=DIR."
                ) { $0.options.append($1) },
                .value("label", "l", of: "KEY=VALUE", help: "A label, KEY=VALUE.") { $0.labels.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var driver = "local"
    var options: [String] = []
    var labels: [String] = []

    func run() throws -> Int32 {
        guard driver == "local" else { throw EngineError.value("--driver", driver, "the only volume driver is local") }
        let name = try words.first.map { word throws(EngineError) in try VolumeRecord.check(word) }
        var record = VolumeRecord(name: name ?? ContainerRecord.newID(), created: Clock.seconds())
        record.anonymous = words.isEmpty ? true : nil
        if !options.isEmpty { record.options = try Numbers.pairs(options, flag: "--opt") }
        if !labels.isEmpty { record.labels = try Numbers.pairs(labels, flag: "--label") }
        _ = try VolumeOptions(record.options ?? [:])
        let engine = try globals.engine()
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        if try !engine.volumes.make(record, engine) {
            let found = try engine.volumes.require(record.name)
            guard found.options == record.options, found.labels == record.labels else {
                throw EngineError("volume \(record.name) is there already, with other options or labels")
            }
        }
        Report.line(record.name)
        return 0
    }
}

/// Removes volumes.
struct VolumeRemove: HakoCommand {
    static let name = "volume rm"
    static let summary = "Remove volumes that no container uses."
    static let words = "VOLUME..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.toggle("force", "f", help: "One that is not there is fine.") { $0.force = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let removal = try VolumeRemoval(engine)
        return words.tryEach(failure: 1) { word throws(EngineError) in
            if force, try engine.volumes.find(word) == nil { return }
            try removal.remove(word)
            Report.line(word)
        }
    }
}

/// Removes volumes that nobody uses.
struct VolumePrune: HakoCommand {
    static let name = "volume prune"
    static let summary = "Remove volumes that no container uses: those without a name of yours."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("all", "a", help: "Those with a name as well.") { $0.all = $1 },
                .toggle("force", "f", help: "As it is: nothing is asked.") { $0.force = $1 },
                .value("filter", of: "KEY=VALUE", help: "label=KEY[=VALUE], label!=KEY[=VALUE], all=BOOL.") {
                    $0.filter.append($1)
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var force = false
    var filter: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let given = (all ? ["--all"] : []) + filter.flatMap { ["--filter", $0] }
        if let code = try engine.again(["volume", "prune"] + given) { return code }
        let filters = try filter.map { text throws(EngineError) in try VolumeFilter(text) }
        let (names, bytes) = try VolumeRemoval(engine).prune(all: all || filters.contains { $0.wantsAll }) {
            record throws(EngineError) in
            filters.allSatisfy { $0.accepts(record, isUsed: false) }
        }
        if !names.isEmpty { Report.line("Deleted Volumes:\n\(names.joined(separator: "\n"))\n") }
        Report.line("Total reclaimed space: \(ByteText.text(bytes))")
        return 0
    }
}

/// Writes a volume's files as a tar.
struct VolumeExport: HakoCommand {
    static let name = "volume export"
    static let summary = "Write a volume's files as a tar."
    static let words = "VOLUME"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [.value("output", "o", of: "FILE", help: "A file to write to instead of standard output.") { $0.output = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var output: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let record = try engine.volumes.require(words[0])
        let given = ["volume", "export"] + (output.map { ["--output", $0] } ?? []) + [record.name]
        if let code = try engine.again(given) { return code }
        let archive = try VolumeArchive(engine, record)
        try OutputFile.write(output) { file in try archive.write(to: file) }
        return 0
    }
}

/// Unpacks a tar into a volume.
struct VolumeImport: HakoCommand {
    static let name = "volume import"
    static let summary = "Unpack a tar into a volume, over what is there."
    static let words = "VOLUME FILE|-"
    static let wordCount = 2...2

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let record = try engine.volumes.require(words[0])
        if words[1] == "-", Terminal.isTerminal(0) {
            throw EngineError("standard input is a terminal; send a tar there, or name a file")
        }
        if let code = try engine.again(["volume", "import"] + words) { return code }
        let file = try attempt("read \(words[1])") { () throws(SystemError) in
            words[1] == "-" ? try StandardStreams.duplicateInput() : try File.open(words[1], .read)
        }
        try VolumeArchive(engine, record).read(file, called: words[1] == "-" ? "the archive" : words[1])
        return 0
    }
}

/// Fills a volume from an image's layers, in a plain user's namespace.
struct ContainerFill: HakoCommand {
    static let name = "container fill"
    static let summary = "Fill a volume with what layers have at a path."
    static let words = "VOLUME PATH LAYER..."
    static let wordCount = 3...Int.max
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        if !Engine.isPrivileged {
            try attempt("make a mount namespace") { () throws(SystemError) in try Namespaces.unshare(.mount) }
        }
        try VolumeFilling(engine, try VolumeRecord.check(words[0])).fillHere(from: Array(words.dropFirst(2)), at: words[1])
        return 0
    }
}
