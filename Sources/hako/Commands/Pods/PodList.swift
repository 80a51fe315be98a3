internal import Engine
internal import Flags
internal import JSON
internal import Linux

/// Lists pods.
struct PodList: HakoCommand {
    static let name = "pod ps"
    static let summary = "List pods."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("quiet", "q", help: "Only ids.") { $0.quiet = $1 },
                .toggle("no-trunc", help: "Whole ids.") { $0.whole = $1 },
                .toggle("latest", "l", help: "The last one made.") { $0.latest = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Name}} {{.Status}}'.") {
                    $0.format = $1
                },
                .value("filter", "f", of: "KEY=VALUE", help: "KEY is \(PodFilter.keys).") { $0.filter.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var quiet = false
    var whole = false
    var latest = false
    var format: String?
    var filter: [String] = []

    func run() throws -> Int32 {
        let filters = try filter.map { text throws(EngineError) in try PodFilter(text) }
        let engine = try globals.engine()
        var rows: [PodRow] = []
        for pod in try engine.pods() {
            let row = try PodRow(pod, engine)
            if try filters.allSatisfy({ try $0.accepts(row) }) { rows.append(row) }
            if latest, !rows.isEmpty { break }
        }
        if quiet, format == nil {
            for row in rows { Report.line(whole ? row.pod.id : row.pod.shortID) }
            return 0
        }
        let listing = Listing(rows: rows.map { format == "json" ? $0.json : $0.fields(whole: whole) }) {
            var table = Table(["POD ID", "NAME", "STATUS", "CREATED", "INFRA ID", "# OF CONTAINERS"])
            for row in rows {
                let id = whole ? row.pod.id : row.pod.shortID
                table.add([id, row.pod.name, row.status.rawValue, row.age, id, "\(row.containers.count)"])
            }
            return table.text
        }
        Report.output(try listing.text(format))
        return 0
    }
}

/// A pod as `pod ps` and `pod inspect` show it.
struct PodRow {
    let pod: Pod
    /// The infra first.
    let containers: [(record: ContainerRecord, status: ContainerStatus)]

    init(_ pod: Pod, _ engine: Engine) throws(EngineError) {
        self.pod = pod
        let records = [pod.infra] + (try engine.members(of: pod))
        containers = Array(zip(records, try engine.statuses(of: pod)))
    }

    var status: Pod.Status { Pod.Status(containers.map(\.status)) }
    var age: String { Clock.text(seconds: Clock.seconds() - pod.infra.created) + " ago" }
    private var labels: [String: String] { pod.document.labels ?? [:] }

    var json: JSONValue {
        [
            "Id": .string(pod.id), "Name": .string(pod.name), "Created": .string(created), "Status": .string(status.rawValue),
            "InfraId": .string(pod.id), "Labels": JSONValue(dictionary: labels) { .string($0) },
            "Containers": .array(
                containers.map { entry in
                    ["Id": .string(entry.record.id), "Names": .string(entry.record.name), "Status": .string(entry.status.name)]
                }),
        ]
    }

    /// For templates, in podman's names.
    func fields(whole: Bool) -> JSONValue {
        let id = whole ? pod.id : pod.shortID
        return [
            "ID": .string(id), "Id": .string(id), "Name": .string(pod.name), "Status": .string(status.rawValue),
            "Created": .string(age), "InfraID": .string(id), "NumberOfContainers": .string("\(containers.count)"),
            "ContainerNames": .string(containers.map(\.record.name).joined(separator: ",")),
            "ContainerStatuses": .string(containers.map(\.status.name).joined(separator: ",")),
            "Labels": .string(labels.listed),
        ]
    }

    private var created: String { pod.infra.createdText }

    /// As podman's `pod inspect`.
    var description: JSONValue {
        [
            "Id": .string(pod.id), "Name": .string(pod.name), "Created": .string(created), "State": .string(status.rawValue),
            "Labels": JSONValue(dictionary: labels) { .string($0) }, "CreateInfra": .bool(true),
            "InfraContainerID": .string(pod.id),
            "InfraContainerName": .string(pod.infra.name),
            "SharedNamespaces": JSONValue(pod.document.share.map { $0 == "network" ? "net" : $0 }),
            "NumContainers": JSONValue(whole: containers.count),
            "Containers": .array(
                containers.map { entry in
                    ["Id": .string(entry.record.id), "Name": .string(entry.record.name), "State": .string(entry.status.name)]
                }),
        ]
    }
}

/// Says all there is to say of pods.
struct PodInspect: HakoCommand {
    static let name = "pod inspect"
    static let summary = "Show all of pods, as JSON."
    static let words = "POD..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags", [.value("format", "f", of: "FORM", help: "json, or a template such as '{{.State}}'.") { $0.format = $1 }])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var format: String?

    func run() throws -> Int32 {
        let engine = try globals.engine()
        return try Inspection.run(words, format) { word throws(EngineError) in
            try PodRow(try engine.pod(word), engine).description
        }
    }
}

/// One `--filter KEY=VALUE` of `pod ps`.
struct PodFilter {
    private enum Key: String, FilterKey {
        case id, name, status, label
        case containerNames = "ctr-names"
        case containerIDs = "ctr-ids"
        case containerNumber = "ctr-number"
        case containerStatus = "ctr-status"
    }

    static let keys = Key.list

    private let key: Key
    private let value: String

    init(_ text: String) throws(EngineError) {
        (key, value) = try Key.split(text)
        if key == .status, !Pod.Status.allCases.contains(where: { $0.rawValue.lowercased() == value.lowercased() }) {
            throw EngineError(
                "--filter \"\(text)\": status is one of \(Pod.Status.allCases.map { $0.rawValue.lowercased() }.joined(separator: ", "))"
            )
        }
    }

    func accepts(_ row: PodRow) throws(EngineError) -> Bool {
        switch key {
        case .id: return row.pod.id.hasPrefix(value)
        case .name: return row.pod.name.firstRange(of: value) != nil
        case .status: return row.status.rawValue.lowercased() == value.lowercased()
        case .label:
            let (key, wanted) = try Numbers.pair(value, flag: "--filter label")
            guard let found = row.pod.document.labels?[key] else { return false }
            return !value.contains("=") || found == wanted
        case .containerNames: return row.containers.contains { $0.record.name.firstRange(of: value) != nil }
        case .containerIDs: return row.containers.contains { $0.record.id.hasPrefix(value) }
        case .containerNumber: return "\(row.containers.count)" == value
        case .containerStatus: return row.containers.contains { $0.status.name == value }
        }
    }
}
