internal import ArgumentParser
internal import Engine
internal import Linux

/// Writes a container's root file system as a tar.
struct Export: EngineCommand {
    static let configuration = CommandConfiguration(abstract: "Write a container's root file system as a tar.")

    @OptionGroup var globals: GlobalFlags
    @Option(name: .shortAndLong, help: "A file to write to instead of standard output.") var output: String?
    @Argument(help: "A name or id.") var container: String

    func execute() throws -> Int32 {
        let engine = try globals.engine()
        let record = try engine.find(container)
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
