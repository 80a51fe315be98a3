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
        try OutputFile.write(output) { file in try engine.export(record, to: file) }
        return 0
    }
}
