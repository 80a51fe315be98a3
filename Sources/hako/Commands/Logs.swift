internal import Engine
internal import Flags
internal import Linux

/// Prints what a container has written.
struct Logs: HakoCommand {
    static let name = "logs"
    static let summary = "Print a container's output."
    static let words = "CONTAINER"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("follow", "f", help: "Go on while it runs.") { $0.follow = $1 },
                .toggle("timestamps", "t", help: "With the time of each line.") { $0.timestamps = $1 },
                .value("tail", "n", of: "N", help: "Only the last lines: a number, or all.") { $0.tail = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var follow = false
    var timestamps = false
    var tail = "all"

    func run() throws -> Int32 {
        let last = tail == "all" ? nil : Int(try Numbers.integer(tail, flag: "--tail", in: 0...Int64(Int32.max)))
        let engine = try globals.engine()
        let record = try engine.find(words[0])
        let log = try Engine.settings(record).log ?? LogRequest()
        let path = "\(engine.locations.bundle(record.id))/container.log"
        var reader = LogReader()
        var entries: [LogReader.Entry] = []
        // The older files first; the newest stays open.
        for number in stride(from: log.maxFiles - 1, through: 1, by: -1) {
            guard let bytes = try? File.read("\(path).\(number)", limit: log.maxSize * 2) else { continue }
            entries += reader.feed(bytes)
        }
        guard let file = try? File.open(path, [.read, .noFollow]) else {
            try show(tailed(entries, last))
            return 0
        }
        while let bytes = try? file.read(upTo: 256 << 10), !bytes.isEmpty {
            entries += reader.feed(bytes)
            if last == nil {
                try show(entries)
                entries = []
            }
        }
        try show(tailed(entries, last))
        if follow { try follow(file, path, &reader, engine, record) }
        return 0
    }

    private func tailed(_ entries: [LogReader.Entry], _ count: Int?) -> [LogReader.Entry] {
        count.map { Array(entries.suffix($0)) } ?? entries
    }

    /// Looks every 0.2 s; a log that was turned over is followed into the new file.
    private func follow(
        _ first: consuming Descriptor, _ path: String, _ reader: inout LogReader, _ engine: Engine, _ record: ContainerRecord
    ) throws {
        var file = first
        while true {
            let isLive = try engine.status(record.id).isLive
            while let bytes = try? file.read(upTo: 256 << 10), !bytes.isEmpty { try show(reader.feed(bytes)) }
            guard isLive else { return }
            if let now = try? File.status(path), now.inode != (try? file.status().inode),
                let next = try? File.open(path, [.read, .noFollow])
            {
                file = next
                continue
            }
            var poll = Poll()
            _ = try poll.wait(milliseconds: 200)
        }
    }

    private func show(_ entries: [LogReader.Entry]) throws {
        for entry in entries {
            let bytes = timestamps ? Array("\(entry.time) ".utf8) + entry.bytes : entry.bytes
            if entry.isError { try StandardStreams.writeError(bytes) } else { try StandardStreams.writeOutput(bytes) }
        }
    }
}
