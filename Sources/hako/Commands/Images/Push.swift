internal import EdgeProtocol
internal import Engine
internal import Flags
internal import JSON
internal import Linux
internal import OCI

/// Sends an image to a registry.
struct Push: HakoCommand {
    static let name = "push"
    static let summary = "Send an image to a registry."
    static let words = "IMAGE [DESTINATION]"
    static let wordCount = 1...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("quiet", "q", help: "Print nothing but the digest.") { $0.quiet = $1 },
                .value("digestfile", of: "FILE", help: "Write the manifest's digest to a file.") { $0.digestFile = $1 },
            ]), FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var quiet = false
    var digestFile: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let image = try engine.requireImage(words[0])
        let name = try ImageName(destination: words[words.count - 1])
        guard name.digest == nil else { throw EngineError("\(name): a push goes to a tag, not to a digest") }
        let progress = TransferProgress(quiet: quiet)
        progress.begin("Pushing to \(name)")
        let digest = try ImagePush(engine, try EdgeClient(try registry.options()), report: progress.report).run(image, to: name)
        progress.end()
        Report.line(digest.text)
        if let digestFile {
            try attempt("write \(digestFile)") { () throws(SystemError) in
                try File.replace(digestFile, with: Array(digest.text.utf8), mode: 0o644)
            }
        }
        try engine.images.tag(
            image.id, as: ImageTag(name: name.description, target: digest), at: Clock.seconds(), onlyIfNamed: true)
        return 0
    }
}

/// Looks for repositories.
struct Search: HakoCommand {
    static let name = "search"
    static let summary = "Look for images in a registry."
    static let words = "[REGISTRY/]TERM"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("limit", of: "N", help: "How many at most (default: 25).") { $0.limit = $1 },
                .toggle("no-trunc", help: "Whole descriptions.") { $0.whole = $1 },
                .toggle("list-tags", help: "The tags of a repository instead.") { $0.listsTags = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Name}}'.") { $0.format = $1 },
            ]), FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var limit = "25"
    var whole = false
    var listsTags = false
    var format: String?

    func run() throws -> Int32 {
        guard let most = Int(limit), (1...1000).contains(most) else {
            throw EngineError.value("--limit", limit, "it is 1 to 1000")
        }
        let edge = try EdgeClient(try registry.options())
        if listsTags { return try list(edge) }
        let parts = words[0].split(separator: "/", maxSplits: 1).map(String.init)
        let isHost = parts.count == 2 && parts[0].contains { $0 == "." || $0 == ":" } || parts.first == "localhost"
        var request = EdgeRequest(.search, id: 0)
        request.registry = isHost ? parts[0] : ImageName.standardRegistry
        request.term = isHost ? parts.dropFirst().joined() : words[0]
        request.limit = most
        let results = try edge.ask(request).flatMap { $0.results ?? [] }.prefix(most)
        let rows = results.map { result in
            [
                "Name": .string(result.name), "Description": .string(result.description), "Stars": JSONValue(whole: result.stars),
                "Official": .bool(result.official),
            ] as JSONValue
        }
        let listing = Listing(rows: rows) {
            var table = Table(["NAME", "DESCRIPTION", "STARS", "OFFICIAL"])
            for result in results {
                table.add([
                    result.name, whole ? result.description : Table.cut(result.description, 45), "\(result.stars)",
                    result.official ? "[OK]" : "",
                ])
            }
            return table.text
        }
        Report.output(try listing.text(format))
        return 0
    }

    private func list(_ edge: EdgeClient) throws -> Int32 {
        let name = try ImageName(argument: words[0])
        var request = EdgeRequest(.tags, id: 0)
        request.repository = name.path
        let tags = try edge.ask(request).flatMap { $0.list ?? [] }
        let rows = tags.map { ["Name": .string(name.path), "Tag": .string($0)] as JSONValue }
        let listing = Listing(rows: rows) {
            var table = Table(["NAME", "TAG"])
            for tag in tags { table.add([name.path, tag]) }
            return table.text
        }
        Report.output(try listing.text(format))
        return 0
    }
}

/// Keeps credentials for a registry, once it has taken them.
struct Login: HakoCommand {
    static let name = "login"
    static let summary = "Keep a user name and password for a registry."
    static let words = "[REGISTRY]"
    static let wordCount = 0...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("username", "u", of: "NAME", help: "The user's name.") { $0.username = $1 },
                .value("password", "p", of: "TEXT", help: "The password; others can see it: --password-stdin is better.") {
                    $0.password = $1
                },
                .toggle("password-stdin", help: "Read the password from standard input.") { $0.fromInput = $1 },
            ]), FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var username: String?
    var password: String?
    var fromInput = false

    func run() throws -> Int32 {
        var request = EdgeRequest(.login, id: 0)
        request.registry = words.first ?? ImageName.standardRegistry
        let name = try username ?? Self.ask("Username: ", hidden: false)
        guard !name.isEmpty else { throw EngineError("a user name is needed; give one with --username") }
        request.username = name
        if fromInput {
            guard password == nil else { throw EngineError("--password and --password-stdin: give one of them") }
            request.password = try Self.line()
        } else {
            request.password = try password ?? Self.ask("Password: ", hidden: true)
        }
        _ = try EdgeClient(try registry.options()).ask(request)
        Report.line("Login Succeeded")
        return 0
    }

    private static func ask(_ prompt: String, hidden: Bool) throws -> String {
        guard Terminal.isTerminal(0) else {
            throw EngineError("standard input is no terminal to ask on; give --username and --password-stdin")
        }
        try? StandardStreams.writeError(prompt)
        guard hidden else { return try line() }
        let mode = try TerminalMode(hidingInputOf: 0)
        defer { try? StandardStreams.writeError("\n") }
        let answer = try line()
        _ = consume mode
        return answer
    }

    /// To the end of the line, or of the input.
    private static func line() throws -> String {
        let input = try StandardStreams.duplicateInput()
        var bytes: [UInt8] = []
        while bytes.count < 64 << 10, let byte = try input.read(upTo: 1).first, byte != 10 { bytes.append(byte) }
        if bytes.last == 13 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Forgets credentials.
struct Logout: HakoCommand {
    static let name = "logout"
    static let summary = "Forget the user name and password for a registry."
    static let words = "[REGISTRY]"
    static let wordCount = 0...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup("Flags", [.toggle("all", "a", help: "For all registries.") { $0.all = $1 }]),
        FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var all = false

    func run() throws -> Int32 {
        var request = EdgeRequest(.logout, id: 0)
        request.registry = all ? nil : words.first ?? ImageName.standardRegistry
        _ = try EdgeClient(try registry.options()).ask(request)
        Report.line("Removed login credentials" + (request.registry.map { " for \($0)" } ?? ""))
        return 0
    }
}
