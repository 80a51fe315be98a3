internal import Engine
internal import Flags
internal import Linux

/// Copies files into and out of containers.
struct Copy: HakoCommand {
    static let name = "cp"
    static let summary = "Copy files between this machine and containers."
    static let words = "[CONTAINER:]PATH|- [CONTAINER:]PATH|-"
    static let wordCount = 2...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("archive", "a", help: "Keep the files' owners, by number; otherwise they become root's, or yours.") {
                    $0.options.keepsOwners = $1
                },
                .toggle("follow-link", "L", help: "Of a link copy what it leads to.") { $0.options.followsLink = $1 },
                .toggle("overwrite", help: "A directory may take the place of a file, and the other way round.") {
                    $0.options.overwritesKinds = $1
                },
                .toggle("quiet", "q", help: "As it is: nothing is printed.") { $0.quiet = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var options = FileCopy.Options()
    var quiet = false

    func run() throws -> Int32 {
        let (source, target) = (try CopyEnd(words[0]), try CopyEnd(words[1]))
        if target == .stream, Terminal.isTerminal(1) {
            throw EngineError("a tar is nothing for a terminal; send it elsewhere with > or |")
        }
        if source == .stream, Terminal.isTerminal(0) { throw EngineError("standard input is a terminal; send a tar there") }
        for warning in try FileCopy(try globals.engine(), options).run(from: source, to: target) { Report.warning(warning) }
        return 0
    }
}

/// Writes a container's file or directory as a tar: in a process of its own, from inside the container's namespaces.
struct ContainerSend: HakoCommand {
    static let name = "container send"
    static let summary = "Write a container's file or directory as a tar."
    static let words = "ID PATH"
    static let wordCount = 2...2
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("follow", help: "Of a link what it leads to.") { $0.follow = $1 },
                .toggle("stopped", help: "It does not run.") { $0.stopped = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var follow = false
    var stopped = false

    func run() throws -> Int32 {
        Signals.ignorePipe()
        let engine = try globals.engine()
        let root = try engine.view(of: try engine.find(words[0]), isStopped: stopped, writes: false)
        let output = try attempt("write to standard output") { () throws(SystemError) in try StandardStreams.duplicateOutput() }
        let isHeard = try CopySource(words[1], in: root, followsLink: follow).write(to: output)
        return isHeard ? 0 : 1
    }
}

/// Unpacks a tar into a container, the same way.
struct ContainerReceive: HakoCommand {
    static let name = "container receive"
    static let summary = "Unpack a tar into a container."
    static let words = "ID PATH"
    static let wordCount = 2...2
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("archive", help: "Keep owners.") { $0.options.keepsOwners = $1 },
                .toggle("overwrite", help: "Files and directories take each other's place.") { $0.options.overwritesKinds = $1 },
                .toggle("extract", help: "Unpack the tar as it is.") { $0.options.isExtraction = $1 },
                .toggle("stopped", help: "It does not run.") { $0.stopped = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var options = CopyTarget.Options()
    var stopped = false

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let root = try engine.view(of: try engine.find(words[0]), isStopped: stopped, writes: true)
        let input = try attempt("read standard input") { () throws(SystemError) in try StandardStreams.duplicateInput() }
        Processes.setUmask(0)
        for warning in try CopyTarget(words[1], in: root, options).receive(input) { Report.warning(warning) }
        return 0
    }
}
