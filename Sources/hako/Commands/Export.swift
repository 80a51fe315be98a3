internal import Engine
internal import Flags
internal import Linux

/// Writes a container's root file system as a tar.
struct Export: HakoCommand {
    static let name = "export"
    static let summary = "Write a container's root file system as a tar."
    static let words = "CONTAINER"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("output", "o", of: "FILE", help: "A file to write to instead of standard output.") { $0.output = $1 }
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var output: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let record = try engine.find(words[0])
        if let code = try engine.again(["export"] + (output.map { ["--output", $0] } ?? []) + [record.id]) { return code }
        guard let output else {
            guard !Terminal.isTerminal(1) else {
                throw EngineError("a tar is nothing for a terminal; give --output FILE, or send it elsewhere with > or |")
            }
            let standard = try attempt("write to standard output") { () throws(SystemError) in
                try StandardStreams.duplicateOutput()
            }
            try engine.export(record, to: standard)
            return 0
        }
        // Whole or not at all.
        let staged = "\(output).\(Processes.id).new"
        do {
            let file = try attempt("write \(output)") { () throws(SystemError) in
                try File.open(staged, [.write, .create, .exclusive], mode: 0o644)
            }
            try engine.export(record, to: file)
            try attempt("write \(output)") { () throws(SystemError) in
                try file.synchronize()
                try File.rename(staged, to: output)
            }
        } catch {
            try? File.remove(staged)
            throw error
        }
        return 0
    }
}
