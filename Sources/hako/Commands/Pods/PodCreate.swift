internal import Engine
internal import Flags

/// Makes a pod.
struct PodCreate: HakoCommand {
    static let name = "pod create"
    static let summary = "Make a pod: containers that share namespaces."
    static let words = "[NAME]"
    static let wordCount = 0...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("name", "n", of: "NAME", help: "A name for the pod.") { $0.podName = $1 },
                .value("label", "l", of: "KEY=VALUE", help: "A label, KEY=VALUE.") { $0.labels.append($1) },
                .value("share", of: "KINDS", help: "What is shared: net, ipc, uts, pid, or none (default: net,ipc,uts).") {
                    $0.share = $1
                },
                .value("hostname", of: "NAME", help: "The pod's host name (default: its name).") { $0.hostname = $1 },
                .value("infra-name", of: "NAME", help: "The infra container's name (default: NAME-infra).") { $0.infraName = $1 },
                .value("userns", of: "MODE", help: "auto, auto:size=N, host, keep-id or container:NAME.") { $0.userns = $1 },
                .toggle("replace", help: "Remove the pod that has the name first.") { $0.replace = $1 },
            ]),
        FlagGroup("Network", NetworkFlags.flags.lifted { $1(&$0.network) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var podName: String?
    var labels: [String] = []
    var share: String?
    var hostname: String?
    var infraName: String?
    var network = NetworkFlags()
    var userns: String?
    var replace = false

    func run() throws -> Int32 {
        guard podName == nil || words.isEmpty else { throw UsageError("the name is given twice, by --name and as a word") }
        var request = PodRequest()
        request.name = try (podName ?? words.first).map { name throws(EngineError) in try ContainerName.check(name) }
        request.labels = try Numbers.pairs(labels, flag: "--label")
        if let share { request.share = try PodDocument.share(share) }
        request.hostname = try hostname.map { name throws(EngineError) in try ContainerName.checkHost(name, flag: "--hostname") }
        request.infraName = try infraName.map { name throws(EngineError) in try ContainerName.check(name) }
        (request.network, request.networking) = try network.parsed()
        request.users = try userns.map { mode throws(EngineError) in try UserNamespaceMode.parse(mode) }
        if replace, request.name == nil { throw EngineError("--replace needs a name: it replaces the pod that has it") }
        let engine = try globals.engine()
        if replace, let name = request.name, let old = try engine.podIfThere(name), old.name == name {
            try PodLife(engine, old).remove(force: true)
        }
        Report.line(try PodCreation(engine, request).run().id)
        return 0
    }
}
