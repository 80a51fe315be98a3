internal import Engine
internal import Flags
internal import Images
internal import Linux
internal import OCI

/// Reads images from an archive.
struct Load: HakoCommand {
    static let name = "load"
    static let summary = "Read images from an archive (docker's or OCI's) or a directory (an OCI layout, or skopeo's dir)."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("input", "i", of: "FILE", help: "A tar or a directory (default: standard input).") { $0.input = $1 },
                .value("platform", of: "OS/ARCH", help: "Which of several platforms.") { $0.platform = $1 },
                .toggle("quiet", "q", help: "Print nothing but results.") { $0.quiet = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var input: String?
    var platform: String?
    var quiet = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let wanted = try platform.map { text throws(EngineError) in try Platform(flag: text) }
        if input == nil, Terminal.isTerminal(0) {
            throw EngineError("standard input is a terminal; give an archive with --input FILE")
        }
        let given = ["load"] + (input.map { ["--input", $0] } ?? []) + (platform.map { ["--platform", $0] } ?? [])
        if let code = try engine.again(given + (quiet ? ["--quiet"] : [])) { return code }
        let progress = TransferProgress(quiet: true)
        for image in try ImageLoad(engine, report: progress.report).run(input, platform: wanted) {
            if image.names.isEmpty { Report.line("Loaded image: sha256:\(image.id)") }
            for name in image.names { Report.line("Loaded image: \((try? ImageName(name.name))?.familiarWithTag ?? name.name)") }
        }
        return 0
    }
}

/// Writes images to an archive.
struct Save: HakoCommand {
    static let name = "save"
    static let summary = "Write images to an archive, or into a directory."
    static let words = "IMAGE..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("output", "o", of: "PATH", help: "A file to write to instead of standard output, or a new directory.") {
                    $0.output = $1
                },
                .value(
                    "format", of: "FORM", help: "docker-archive, oci-archive, oci-dir or docker-dir (default: docker-archive)."
                ) {
                    $0.format = $1
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var output: String?
    var format = ImageSave.Form.docker.rawValue

    func run() throws -> Int32 {
        guard let form = ImageSave.Form(rawValue: format) else {
            throw EngineError.value("--format", format, "it is docker-archive, oci-archive, oci-dir or docker-dir")
        }
        let engine = try globals.engine()
        var images: [ImageSave.Named] = []
        for word in words {
            let image = try engine.requireImage(word)
            // By name it is saved under that name; by id, under all it has.
            let names = image.names.map(\.name)
            let asked = (try? ImageName(word))?.description
            images.append((image, names.contains(asked ?? "") ? [asked ?? ""] : names.filter { !$0.contains("@") }))
        }
        let save = ImageSave(engine, form: form)
        guard form.isDirectory else {
            try OutputFile.write(output) { file in try save.write(images, to: file) }
            return 0
        }
        guard let output else { throw EngineError("--format \(format) is a directory; give --output DIR") }
        try OutputDirectory.write(output) { directory in try save.write(images, into: directory) }
        return 0
    }
}

/// A file that appears whole or not at all, or standard output.
enum OutputFile {
    static func write(_ path: String?, _ body: (borrowing Descriptor) throws -> Void) throws {
        guard let path else {
            guard !Terminal.isTerminal(1) else {
                throw EngineError("a tar is nothing for a terminal; give --output FILE, or send it elsewhere with > or |")
            }
            let standard = try attempt("write to standard output") { () throws(SystemError) in
                try StandardStreams.duplicateOutput()
            }
            return try body(standard)
        }
        // What is there and is no file, such as /dev/null or a fifo, is written to, and never replaced.
        if let status = try? File.status(path), status.kind != .regular {
            return try body(try attempt("write \(path)") { () throws(SystemError) in try File.open(path, .write) })
        }
        let staged = "\(path).\(Processes.id).new"
        do {
            let file = try attempt("write \(path)") { () throws(SystemError) in
                try File.open(staged, [.write, .create, .exclusive], mode: 0o644)
            }
            try body(file)
            try attempt("write \(path)") { () throws(SystemError) in
                try file.synchronize()
                try File.rename(staged, to: path)
            }
        } catch {
            try? File.remove(staged)
            throw error
        }
    }
}

/// A directory that appears whole or not at all: made beside its place, and renamed. What is there has to be empty.
enum OutputDirectory {
    static func write(_ given: String, _ body: (String) throws -> Void) throws {
        var path = given
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let staged = "\(path).\(Processes.id).new"
        do {
            try attempt("write \(path)") { () throws(SystemError) in try File.makeDirectory(staged) }
            try body(staged)
            do throws(SystemError) { try File.rename(staged, to: path) } catch {
                guard ![.directoryNotEmpty, .fileExists, .notDirectory].contains(error.errno) else {
                    throw EngineError("\(path) is there already, and is no empty directory; give a new one")
                }
                throw EngineError("write \(path)", error)
            }
            try attempt("bring \(path) to disk") { () throws(SystemError) in try File.synchronizeDirectory(of: path) }
        } catch {
            try? TreeRemover.remove(staged)
            throw error
        }
    }
}
