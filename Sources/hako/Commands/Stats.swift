internal import Engine
internal import Flags
internal import JSON
internal import Linux

/// Shows what containers use, over and over.
struct Stats: HakoCommand {
    static let name = "stats"
    static let summary = "Show what containers use: processors, memory, network and disks."
    static let words = "[CONTAINER...]"
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("all", "a", help: "Those that do not run as well.") { $0.all = $1 },
                .toggle("no-stream", help: "Once, and end.") { $0.once = $1 },
                .toggle("no-trunc", help: "Whole ids.") { $0.whole = $1 },
                .value("interval", "i", of: "SECONDS", help: "Seconds between two looks (default: 1).") { $0.interval = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Name}} {{.CPUPerc}}'.") {
                    $0.format = $1
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var once = false
    var whole = false
    var interval = "1"
    var format: String?

    func run() throws -> Int32 {
        let seconds = try Numbers.integer(interval, flag: "--interval", in: 1...3600)
        let engine = try globals.engine()
        for word in words { _ = try engine.find(word) }
        var earlier = try samples(engine)
        // A share needs two moments.
        try pause(milliseconds: once ? 250 : Int32(min(seconds, 1) * 1000))
        while true {
            let now = try samples(engine)
            let rows = now.map { look in
                StatsRow(
                    record: look.record, sample: look.sample,
                    earlier: earlier.first { $0.record.id == look.record.id }?.sample, whole: whole)
            }
            Report.output(try screen(rows))
            if once { return 0 }
            earlier = now
            try pause(milliseconds: Int32(seconds) * 1000)
        }
    }

    /// Those that were named, or all that run, the newest first.
    private func samples(_ engine: Engine) throws(EngineError) -> [(record: ContainerRecord, sample: ContainerSample?)] {
        let records = try engine.store.all()
        let named = try words.map { word throws(EngineError) in try engine.find(word).id }
        var found: [(record: ContainerRecord, sample: ContainerSample?)] = []
        for record in records where words.isEmpty || named.contains(record.id) {
            let sample = try engine.sample(record)
            if sample != nil || all || !words.isEmpty { found.append((record, sample)) }
        }
        return found
    }

    private func pause(milliseconds: Int32) throws(EngineError) {
        _ = try attempt("wait") { () throws(SystemError) in
            var poll = Poll()
            return try poll.wait(milliseconds: milliseconds)
        }
    }

    /// On a terminal each look takes the place of the last.
    private func screen(_ rows: [StatsRow]) throws(EngineError) -> String {
        let isLive = !once && Terminal.isTerminal(1)
        let listing = Listing(rows: rows.map(\.json)) {
            let hasBars = isLive && format == nil
            var table = Table(
                ["CONTAINER ID", "NAME", "CPU %"] + (hasBars ? [""] : []) + ["MEM USAGE / LIMIT", "MEM %"] + (hasBars ? [""] : [])
                    + ["NET I/O", "BLOCK I/O", "PIDS"])
            for row in rows { table.add(row.cells(bars: hasBars)) }
            return table.text
        }
        let text: String
        if format == "json", !once {
            text = rows.map { $0.json.text() + "\n" }.joined()
        } else {
            text = try listing.text(format)
        }
        return isLive ? "\u{1b}[H\u{1b}[J" + text : text
    }
}

/// One container's line.
struct StatsRow {
    let record: ContainerRecord
    let sample: ContainerSample?
    let earlier: ContainerSample?
    let whole: Bool

    private var id: String { whole ? record.id : record.shortID }

    private var processor: UInt64 {
        guard let sample, let earlier else { return 0 }
        return sample.processorShare(since: earlier)
    }

    private static func percent(_ hundredths: UInt64) -> String {
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }

    private static func pair(_ one: UInt64?, _ other: UInt64?, _ text: (Int64) -> String) -> String {
        guard let one, let other else { return "-- / --" }
        return "\(text(Int64(clamping: one))) / \(text(Int64(clamping: other)))"
    }

    /// Ten parts of a hundred percent.
    private static func bar(_ hundredths: UInt64) -> String {
        let full = Int(min(hundredths + 500, 10_000) / 1000)
        return String(repeating: "█", count: full) + String(repeating: "·", count: 10 - full)
    }

    private var memory: String { Self.pair(sample?.memory, sample?.memoryLimit, ByteText.binary) }
    private var network: String { Self.pair(sample?.received, sample?.sent, ByteText.text) }
    private var disks: String { Self.pair(sample?.read, sample?.written, ByteText.text) }
    private var processorText: String { sample == nil ? "--" : Self.percent(processor) }
    private var memoryText: String { sample.map { Self.percent($0.memoryShare) } ?? "--" }

    func cells(bars: Bool) -> [String] {
        let processorCells = [processorText] + (bars ? [Self.bar(processor)] : [])
        let memoryCells = [memory, memoryText] + (bars ? [Self.bar(sample?.memoryShare ?? 0)] : [])
        return [id, record.name] + processorCells + memoryCells + [network, disks, sample.map { "\($0.processes)" } ?? "--"]
    }

    var json: JSONValue {
        [
            "ID": .string(id), "Container": .string(id), "Name": .string(record.name), "CPUPerc": .string(processorText),
            "MemUsage": .string(memory), "MemPerc": .string(memoryText), "NetIO": .string(network), "BlockIO": .string(disks),
            "PIDs": .string(sample.map { "\($0.processes)" } ?? "--"),
            "CPUNanos": JSONValue(whole: sample?.processor ?? 0), "MemBytes": JSONValue(whole: sample?.memory ?? 0),
            "MemLimitBytes": JSONValue(whole: sample?.memoryLimit ?? 0),
        ]
    }
}
