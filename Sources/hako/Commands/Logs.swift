internal import Engine
internal import Flags
internal import Linux

/// Prints what containers have written.
struct Logs: HakoCommand {
    static let name = "logs"
    static let summary = "Print containers' output."
    static let words = "CONTAINER..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("follow", "f", help: "Go on while they run.") { $0.follow = $1 },
                .toggle("timestamps", "t", help: "With the time of each line.") { $0.timestamps = $1 },
                .toggle("names", help: "With the container's name before each line.") { $0.names = $1 },
                .value("tail", "n", of: "N", help: "Only the last lines: a number, or all.") { $0.tail = $1 },
                .value("since", of: "TIME", help: "Only from then on: a time, or how long ago, such as 10m.") { $0.since = $1 },
                .value("until", of: "TIME", help: "Only up to then.") { $0.until = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var follow = false
    var timestamps = false
    var names = false
    var tail = "all"
    var since: String?
    var until: String?

    func run() throws -> Int32 {
        let last = tail == "all" || tail == "-1" ? nil : Int(try Numbers.integer(tail, flag: "--tail", in: 0...Int64(Int32.max)))
        let from = try since.map { text throws(EngineError) in Array(try TimeFlag.parse(text, flag: "--since").utf8) }
        let to = try until.map { text throws(EngineError) in Array(try TimeFlag.parse(text, flag: "--until").utf8) }
        let engine = try globals.engine()
        var followers = try words.map { name in try LogFollower(engine, try engine.find(name)) }
        let watch = try FileWatch()
        if follow { for follower in followers { follower.watch(watch) } }
        for number in followers.indices {
            var kept: [LogReader.Entry] = []
            let name = followers[number].name
            try followers[number].readOn { entries in
                let wanted = from == nil && to == nil ? entries : entries.filter { Self.isIn($0, from, to) }
                guard let last else { return try show(wanted, name) }
                kept = Array((kept + wanted).suffix(last + 1))
                // A line that goes on belongs to the next piece.
                if kept.count > last { kept.removeFirst(kept.count - last) }
            }
            try show(kept, name)
        }
        var isLive = follow
        while isLive {
            // Before the last look: what was written up to the end is seen by it.
            isLive = followers.contains(where: \.isLive)
            if isLive { watch.wait(milliseconds: 500) }
            for number in followers.indices {
                let name = followers[number].name
                try followers[number].readOn { try show($0.filter { Self.isIn($0, from, to) }, name) }
            }
        }
        return 0
    }

    private static func isIn(_ entry: LogReader.Entry, _ from: [UInt8]?, _ to: [UInt8]?) -> Bool {
        if let from, entry.time.lexicographicallyPrecedes(from) { return false }
        if let to, to.lexicographicallyPrecedes(entry.time) { return false }
        return true
    }

    /// As few writes as there are changes from one stream to the other.
    private func show(_ entries: [LogReader.Entry], _ name: String) throws {
        var buffer: [UInt8] = []
        var isError = false
        func flush() throws {
            guard !buffer.isEmpty else { return }
            if isError { try StandardStreams.writeError(buffer) } else { try StandardStreams.writeOutput(buffer) }
            buffer.removeAll(keepingCapacity: true)
        }
        for entry in entries {
            if entry.isError != isError {
                try flush()
                isError = entry.isError
            }
            if names { buffer += Array("\(name) ".utf8) }
            if timestamps {
                buffer += entry.time
                buffer.append(32)
            }
            buffer += entry.text
            if entry.endsLine { buffer.append(10) }
        }
        try flush()
    }
}
