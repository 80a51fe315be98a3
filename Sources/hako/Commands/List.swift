internal import Engine
internal import Flags
internal import JSON
internal import Linux
internal import Networks
internal import Runtime

/// Lists containers.
struct List: HakoCommand {
    static let name = "ps"
    static let summary = "List containers."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("all", "a", help: "Those that do not run as well.") { $0.all = $1 },
                .toggle("quiet", "q", help: "Only ids.") { $0.quiet = $1 },
                .toggle("no-trunc", help: "Whole ids and commands.") { $0.whole = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.ID}} {{.Names}}'.") { $0.format = $1 },
                .toggle("pod", "p", help: "With the pod that each is in.") { $0.pod = $1 },
                .toggle("size", "s", help: "What each has written, and what it has with its image.") { $0.size = $1 },
                .value("last", "n", of: "N", help: "The last N made, running or not.") { $0.last = $1 },
                .toggle("latest", "l", help: "The last one made, running or not.") { $0.latest = $1 },
                .value("filter", "f", of: "KEY=VALUE", help: "KEY is \(ListFilter.keys).") { $0.filter.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var quiet = false
    var whole = false
    var format: String?
    var size = false
    var last: String?
    var latest = false
    var filter: [String] = []
    var pod = false

    func run() throws -> Int32 {
        var most = try last.map { text throws(EngineError) in Int(try Numbers.integer(text, flag: "--last", in: -1...1_000_000)) }
        if latest { most = 1 }
        let engine = try globals.engine()
        let filters = try filter.map { text throws(EngineError) in try ListFilter(text, engine) }
        let wantsAll = all || most != nil || filters.contains(where: \.isOfAll)
        let now = Clock.seconds()
        let pods = pod || format != nil ? try engine.pods() : []
        var rows: [ListRow] = []
        for record in try engine.store.all() {
            if let most, most >= 0, rows.count >= most { break }
            let row = ListRow(record: record, status: try engine.status(record.id), engine: engine, now: now, pods: pods)
            // Its monitor was killed, and could not take its ports back.
            if case .exited(nil) = row.status { try? engine.leaveNetworks(record.id) }
            guard wantsAll || row.status.isLive, try filters.allSatisfy({ try $0.accepts(row) }) else { continue }
            rows.append(row)
        }
        if quiet, format == nil {
            Report.output(rows.map { "\(whole ? $0.record.id : $0.record.shortID)\n" }.joined())
            return 0
        }
        let listing = Listing(rows: rows.map { format == "json" ? $0.json : $0.fields(whole: whole, withSize: size) }) {
            table(rows)
        }
        Report.output(try listing.text(format))
        return 0
    }

    private func table(_ rows: [ListRow]) -> String {
        var table = Table(
            ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"] + (pod ? ["POD ID", "PODNAME"] : [])
                + (size ? ["SIZE"] : []))
        for row in rows {
            table.add(
                [
                    row.id(whole: whole), whole ? row.record.image : Table.cut(row.record.image, 40), row.command(whole: whole),
                    row.age, row.statusText, row.ports, row.record.name,
                ] + (pod ? [(whole ? row.pod?.id : row.pod?.shortID) ?? "", row.pod?.name ?? ""] : [])
                    + (size ? [row.size] : []))
        }
        return table.text
    }
}

/// A container as `ps` shows it.
struct ListRow {
    let record: ContainerRecord
    let status: ContainerStatus
    let engine: Engine
    let now: Int64
    /// All there are, where they are shown.
    let pods: [Pod]

    /// docker's `12kB (virtual 4.2MB)`: looked for on the disk, which takes its time.
    var size: String {
        guard let layers = try? engine.layers(record, needsUpper: false) else { return "" }
        let own = layers.upper.map(DiskUse.bytes) ?? 0
        let below = layers.lowers.filter { $0 != "/" }.reduce(0) { $0 + DiskUse.bytes(below: $1) }
        return "\(ByteText.text(own)) (virtual \(ByteText.text(own + below)))"
    }

    /// How it is connected.
    private var plan: NetworkPlan? { NetworkPlan.read(record.id, in: engine.locations) }

    /// docker's `0.0.0.0:8080->80/tcp`, while it runs.
    var ports: String { status.pid == nil ? "" : published.map(\.listed).joined(separator: ", ") }

    var published: [PublishedPort] { NetworkPlan.ports(record.id, in: engine.locations) }

    var networks: [String] { plan?.attachments.map(\.network.name) ?? [] }

    var age: String { Clock.text(seconds: now - record.created) + " ago" }
    func id(whole: Bool) -> String { whole ? record.id : record.shortID }

    func command(whole: Bool) -> String {
        let text = record.command.joined(separator: " ")
        return "\"\(whole ? text : Table.cut(text, 20))\""
    }

    /// How it is, where it has a check; nil while it does not run.
    var health: HealthRecord.Status? {
        guard case .running = status else { return nil }
        return ContainerStatus.health(record.id, in: engine.locations).flatMap { HealthRecord.Status(rawValue: $0.status) }
    }

    /// `Up 3 minutes (healthy)`, as docker has it.
    var statusText: String {
        let text = StatusText.text(status, now: now)
        return switch health {
        case nil: text
        case .starting: "\(text) (health: starting)"
        case .healthy: "\(text) (healthy)"
        case .unhealthy: "\(text) (unhealthy)"
        }
    }

    private var exitCode: Int32? {
        switch status {
        case .exited(let exit), .restarting(_, let exit): exit?.exitCode
        default: nil
        }
    }

    private var settings: ContainerSettings? { try? Engine.settings(record) }
    private var labels: [String: String] { settings?.labels ?? [:] }

    /// `network=container:ID`, for each namespace that is another container's.
    private var shared: [String: String] { (settings?.shared ?? [:]).mapValues { "container:\($0)" } }

    /// The one it is a member of, or whose infra it is.
    var pod: Pod? {
        guard !pods.isEmpty, let settings else { return nil }
        let id = settings.pod == nil ? settings.podID : record.id
        return pods.first { $0.id == id }
    }

    /// For programs: numbers as numbers, lists as lists.
    var json: JSONValue {
        [
            "ID": .string(record.id), "Names": .string(record.name), "Image": .string(record.image),
            "Command": JSONValue(record.command), "Created": .integer(record.created), "State": .string(status.name),
            "Status": .string(statusText), "Health": JSONValue(health?.rawValue),
            "ExitCode": exitCode.map(JSONValue.init(whole:)) ?? .null, "Pid": status.pid.map(JSONValue.init(whole:)) ?? .null,
            "Pod": JSONValue(pod?.id ?? ""), "PodName": JSONValue(pod?.name ?? ""),
            "Shared": JSONValue(dictionary: shared) { .string($0) },
            "Ports": .string(ports), "Networks": JSONValue(networks),
            "Labels": JSONValue(dictionary: labels) { .string($0) },
        ]
    }

    /// For templates: docker's fields, as text.
    func fields(whole: Bool, withSize: Bool) -> JSONValue {
        return [
            "ID": .string(id(whole: whole)), "Names": .string(record.name), "Image": .string(record.image),
            "ImageID": JSONValue(record.imageID ?? ""), "Command": .string(command(whole: whole)),
            "CreatedAt": .string(record.createdText),
            "RunningFor": .string(age), "State": .string(status.name), "Status": .string(statusText),
            "ExitCode": .string(exitCode.map(String.init) ?? ""), "Pid": .string(status.pid.map(String.init) ?? "0"),
            "Labels": .string(labels.listed),
            "Pod": JSONValue(pod?.shortID ?? ""), "PodName": JSONValue(pod?.name ?? ""),
            "Shared": .string(shared.listed),
            "Ports": .string(ports), "Networks": .string(networks.joined(separator: ",")),
            "Size": .string(withSize ? size : ""),
        ]
    }
}

/// `Up 3 minutes`, `Exited (0) 5 seconds ago`, as docker has it.
enum StatusText {
    static func text(_ status: ContainerStatus, now: Int64) -> String {
        func since(_ time: String) -> String { Clock.parse(time).map { Clock.text(seconds: now - $0) } ?? "some time" }
        switch status {
        case .created: return "Created"
        case .running(_, let start): return "Up \(since(start))"
        case .paused(_, let start): return "Up \(since(start)) (Paused)"
        case .restarting(_, let exit):
            return "Restarting (\(exit?.exitCode ?? 0)) \(since(exit?.finishedAt ?? "")) ago"
        case .exited(nil): return "Exited (unknown: its monitor was killed)"
        case .exited(let exit?): return "Exited (\(exit.exitCode)) \(since(exit.finishedAt)) ago"
        }
    }
}
