internal import Engine
internal import Flags
internal import Linux
internal import OCI

/// Prints units of systemd's for containers.
struct GenerateSystemd: HakoCommand {
    static let name = "generate systemd"
    static let summary = "Print a unit for systemd that starts a container, or all that start with the machine."
    static let words = "[CONTAINER]"
    static let wordCount = 0...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [.toggle("restart-policy", help: "The unit that calls start --all-restart; without a container.") { $0.ofAll = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var ofAll = false

    func run() throws -> Int32 {
        guard ofAll == words.isEmpty else { throw UsageError("name a container, or give --restart-policy") }
        let program = try globals.program
        let isUser = Processes.userID != 0
        if ofAll {
            Report.output(SystemdUnit.restart(hako: program, isUser: isUser))
            return 0
        }
        let engine = try globals.engine()
        let record = try engine.find(words[0])
        Report.output(SystemdUnit.container(record, try Engine.settings(record), hako: program, isUser: isUser))
        return 0
    }
}

extension GlobalFlags {
    /// The whole path of hako, with where its containers are, if that was said.
    fileprivate var program: [String] {
        get throws(EngineError) {
            let own = try attempt("find hako itself") { () throws(SystemError) in try File.readLink("/proc/self/exe") }
            guard root != nil || state != nil else { return [own] }
            let locations = try locations()
            return [own, "--root", locations.root, "--state", locations.state]
        }
    }
}

/// Makes services of `.container` files: what a generator of systemd's calls. systemd.generator(7).
struct GenerateQuadlet: HakoCommand {
    static let name = "generate quadlet"
    static let summary = "Make systemd services of .container files."
    static let words = "DIR [LATER...]"
    static let wordCount = 1...3
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("from", of: "DIR", help: "Where the files are (default: as podman's; several may be given).") {
                    $0.sources.append($1)
                }
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var sources: [String] = []

    private var places: [String] {
        if !sources.isEmpty { return sources }
        guard Processes.userID != 0 else { return ["/etc/containers/systemd", "/usr/share/containers/systemd"] }
        let home = Environment.value("XDG_CONFIG_HOME") ?? (Environment.value("HOME") ?? "") + "/.config"
        return [
            "\(home)/containers/systemd", "/etc/containers/systemd/users/\(Processes.userID)", "/etc/containers/systemd/users",
        ]
    }

    /// One file that is wrong does not keep the others from being made.
    func run() throws -> Int32 {
        let program = try globals.program
        var code: Int32 = 0
        var seen: Set<String> = []
        for place in places {
            let names = (try? File.open(place, [.read, .directory]).list()) ?? []
            for name in names.sorted() where name.hasSuffix(".container") && seen.insert(name).inserted {
                do throws(EngineError) { try make("\(place)/\(name)", String(name.dropLast(10)), program) } catch {
                    Report.error("\(place)/\(name): \(error.message)")
                    code = 1
                }
            }
        }
        return code
    }

    private func make(_ path: String, _ name: String, _ program: [String]) throws(EngineError) {
        let text = try attempt("read it") { () throws(SystemError) in try File.readText(path, limit: 1 << 20) }
        let unit = try ContainerUnit(name: name, text: text, hako: program)
        let service = "\(name).service"
        let bytes = Array(try unit.service().utf8)
        try attempt("write \(service)") { () throws(SystemError) in
            let directory = words[0]
            try File.makeDirectories(directory)
            try File.replace("\(directory)/\(service)", with: bytes, mode: 0o644, durable: false)
            for target in unit.wantedBy where !target.contains("/") {
                try File.makeDirectories("\(directory)/\(target).wants")
                let wants = try File.open("\(directory)/\(target).wants", [.path, .directory])
                try? wants.remove(service)
                try wants.makeSymlink(service, to: "../\(service)")
            }
        }
    }
}

/// Writes the manual pages.
struct GenerateMan: HakoCommand {
    static let name = "generate man"
    static let summary = "Write the manual pages into a directory."
    static let words = "DIR"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        var pages = [("hako", ManPage.page(of: hako))]
        for command in hako.descriptions where !command.isHidden { pages.append(ManPage.page(of: command, in: hako)) }
        for (name, text) in pages {
            let path = "\(words[0])/\(name).1"
            try attempt("write \(path)") { () throws(SystemError) in
                try File.makeDirectories(words[0])
                try File.replace(path, with: Array(text.utf8), mode: 0o644, durable: false)
            }
        }
        Report.line("\(pages.count) pages in \(words[0])")
        return 0
    }
}

/// Prints a script that completes command lines in a shell.
struct CompletionCommand: HakoCommand {
    static let name = "completion"
    static let summary = "Print a script that completes hako's command lines in a shell."
    static let words = "SHELL"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        guard let script = Completion.script(words[0], for: "hako") else {
            throw EngineError(
                "there is no completion for \"\(words[0])\"; there is for \(Completion.shells.joined(separator: ", "))")
        }
        Report.output(script)
        return 0
    }
}

/// What those scripts ask: the candidates for the word being typed, a line each, with what they mean after a tab.
struct Complete: HakoCommand {
    static let name = "complete"
    static let summary = "Print what may stand for the last word."
    static let words = "WORD..."
    static let isHidden = true
    static let wordsBeforeRest = 0

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try? globals.engine()
        let completion = Completion(of: hako) { kind in Self.values(kind, engine) }
        for candidate in completion.candidates(words) {
            Report.line(candidate.help.isEmpty ? candidate.text : "\(candidate.text)\t\(candidate.help)")
        }
        return 0
    }

    private static func values(_ kind: String, _ engine: Engine?) -> [String] {
        switch kind {
        case "CONTAINER", "ID": return ((try? engine?.store.all()) ?? []).map(\.name).sorted()
        case "IMAGE", "NAME":
            let names = ((try? engine?.images.all()) ?? []).flatMap(\.names)
            return names.compactMap { (try? ImageName($0.name))?.familiarWithTag }.sorted()
        case "VOLUME": return ((try? engine?.volumes.all()) ?? []).map(\.name)
        case "POD": return ((try? engine?.pods()) ?? []).map(\.name).sorted()
        case "SECRET", "SECRET[,OPTION]": return ((try? engine?.secrets.all()) ?? []).map(\.name)
        case "SHELL": return Completion.shells
        case "POLICY": return ["no", "on-failure", "always", "unless-stopped"]
        case "SIGNAL": return ["TERM", "KILL", "INT", "HUP", "USR1", "USR2", "QUIT", "STOP", "CONT"]
        case "WHEN": return ["always", "missing", "newer", "never"]
        default: return []
        }
    }
}
