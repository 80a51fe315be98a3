internal import Engine
internal import Flags

// Commands that change a container that is there.

struct Pause: HakoCommand {
    static let name = "pause"
    static let summary = "Freeze all processes of containers."
    static let words = "CONTAINER..."
    static let flags: [FlagGroup<Self>] = [
        ContainerChoice.group({ $1(&$0.choice) }, ContainerChoice.everyOne)
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var choice = ContainerChoice()

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let names = try choice.names(words, engine) { if case .running = $0 { true } else { false } }
        return names.forEachContainer(engine) { record, name throws(EngineError) in
            try engine.pause(record)
            engine.report("pause", record)
            Report.line(name)
        }
    }
}

struct Unpause: HakoCommand {
    static let name = "unpause"
    static let summary = "Let frozen containers go on."
    static let words = "CONTAINER..."
    static let flags: [FlagGroup<Self>] = [
        ContainerChoice.group({ $1(&$0.choice) }, ContainerChoice.everyOne)
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var choice = ContainerChoice()

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let names = try choice.names(words, engine) { if case .paused = $0 { true } else { false } }
        return names.forEachContainer(engine) { record, name throws(EngineError) in
            try engine.resume(record)
            engine.report("unpause", record)
            Report.line(name)
        }
    }
}

struct Rename: HakoCommand {
    static let name = "rename"
    static let summary = "Give a container another name."
    static let words = "CONTAINER NAME"
    static let wordCount = 2...2

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let name = try ContainerName.check(words[1])
        let engine = try globals.engine()
        let record = try engine.find(words[0])
        try engine.rename(record, to: name)
        engine.report("rename", record, ["oldName": record.name, "name": name])
        return 0
    }
}

/// Changes limits and the restart policy, also of containers that run.
struct Update: HakoCommand {
    static let name = "update"
    static let summary = "Change containers' limits, restart policy and published ports."
    static let words = "CONTAINER..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("restart", of: "POLICY", help: "no, on-failure[:TIMES], always or unless-stopped.") { $0.restart = $1 },
                .value(
                    "publish-add", of: "PORTS", help: "Publish these as well: [ADDRESS:][HOST-PORT:]CONTAINER-PORT[/PROTOCOL]."
                ) {
                    $0.published.append($1)
                },
                .value("publish-rm", of: "PORTS", help: "Publish these no longer.") { $0.unpublished.append($1) },
            ]),
        FlagGroup("Limits", LimitFlags.changeable.lifted { $1(&$0.limits) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var restart: String?
    var published: [String] = []
    var unpublished: [String] = []
    var limits = LimitFlags()

    func run() throws -> Int32 {
        let policy = try restart.map { text throws(EngineError) in try RestartFlag.parse(text) }
        var options = RunOptions(root: .host)
        try limits.apply(to: &options)
        let changesLimits = options.resources != ResourceRequest()
        let added = try published.map { text throws(EngineError) in try PortRequest.parse(text, flag: "--publish-add") }
        let removed = try unpublished.map { text throws(EngineError) in try PortRequest.parse(text, flag: "--publish-rm") }
        let changesPorts = !added.isEmpty || !removed.isEmpty
        guard policy != nil || changesLimits || changesPorts else {
            throw UsageError("say what is to change: --memory, --restart and so on")
        }
        let engine = try globals.engine()
        if changesPorts {
            let given = published.flatMap { ["--publish-add", $0] } + unpublished.flatMap { ["--publish-rm", $0] }
            if policy == nil, !changesLimits, let code = try engine.againInNetworks(["update"] + given + words) { return code }
        }
        return words.forEachContainer(engine) { record, name throws(EngineError) in
            let change = ContainerUpdate(engine, record)
            if changesLimits { try change.setLimits(options) }
            if let policy { try change.setRestart(policy) }
            if changesPorts { try NetworkChange(engine, record).publish(added, remove: removed) }
            engine.report("update", record)
            Report.line(name)
        }
    }
}
