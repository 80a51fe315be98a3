internal import Engine
internal import Flags
internal import JSON
internal import Linux
internal import Runtime

/// Prints what happens to containers and images, as it happens.
struct Events: HakoCommand {
    static let name = "events"
    static let summary = "Print what happens."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("since", of: "TIME", help: "What happened from then on, too: a time, or how long ago.") { $0.since = $1 },
                .value("until", of: "TIME", help: "End then.") { $0.until = $1 },
                .value("filter", "f", of: "KEY=VALUE", help: "KEY is \(EventFilter.keys).") { $0.filter.append($1) },
                .value("format", of: "FORM", help: "json, or a template such as '{{.Action}}'.") { $0.format = $1 },
                .optional("stream", of: "BOOL", default: "true", help: "Go on (default); false ends with what is there.") {
                    $0.stream = $1
                },
                .toggle("no-trunc", help: "Whole ids (they are whole already).") { $0.whole = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var since: String?
    var until: String?
    var filter: [String] = []
    var format: String?
    var stream: String?
    var whole = false

    func run() throws -> Int32 {
        let filters = EventFilter.groups(try filter.map { text throws(EngineError) in try EventFilter(text) })
        let template = try format.flatMap { text throws(EngineError) in text == "json" ? nil : try Template(text) }
        let goesOn =
            try stream.map { text throws(EngineError) in
                guard let answer = Numbers.boolean(text) else { throw EngineError.value("--stream", text, "it is true or false") }
                return answer
            } ?? true
        let engine = try globals.engine()
        // Without --since, only what happens from now on.
        let from =
            try since.map { text throws(EngineError) in try TimeFlag.parse(text, flag: "--since") }
            ?? (goesOn ? WallClock.now() : "")
        let to = try until.map { text throws(EngineError) in try TimeFlag.parse(text, flag: "--until") }
        var reader = EventReader(engine)
        let watch = try FileWatch()
        if goesOn { try reader.watch(watch) }
        while true {
            let isOver = to.map { $0 <= WallClock.now() } ?? false
            for event in reader.next() where event.time >= from && (to.map { event.time <= $0 } ?? true) {
                guard filters.allSatisfy({ $0.contains { $0.accepts(event) } }) else { continue }
                Report.line(try line(event, template))
            }
            if !goesOn || isOver { return 0 }
            watch.wait(milliseconds: 500)
            try reader.watch(watch)
        }
    }

    private func line(_ event: Event, _ template: Template?) throws -> String {
        let attributes = (event.attributes ?? [:]).sorted { $0.key < $1.key }
        guard format != nil else {
            let text = attributes.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
            return "\(event.time) \(event.type) \(event.action) \(event.id)" + (text.isEmpty ? "" : " (\(text))")
        }
        let value: JSONValue = [
            "Type": .string(event.type), "Action": .string(event.action), "Status": .string(event.action),
            "ID": .string(event.id), "Name": JSONValue(event.attributes?["name"] ?? ""),
            "Image": JSONValue(event.attributes?["image"] ?? ""), "Time": .string(event.time),
            "Actor": [
                "ID": .string(event.id),
                "Attributes": .object(JSONObject(attributes.map { .init(key: $0.key, value: .string($0.value)) })),
            ],
            "Attributes": .object(JSONObject(attributes.map { .init(key: $0.key, value: .string($0.value)) })),
        ]
        return try template?.line(value) ?? value.text()
    }
}

/// One `--filter KEY=VALUE` of `events`. Of one key any may hold; of different keys all have to.
struct EventFilter {
    private enum Key: String, FilterKey { case container, event, image, label, type, volume }

    static let keys = Key.list

    private let key: Key
    private let value: String

    init(_ text: String) throws(EngineError) {
        (key, value) = try Key.split(text)
    }

    static func groups(_ filters: [EventFilter]) -> [[EventFilter]] { Array(Dictionary(grouping: filters, by: \.key).values) }

    func accepts(_ event: Event) -> Bool {
        switch key {
        case .container:
            return event.type == "container"
                && (event.attributes?["name"] == value || !value.isEmpty && event.id.hasPrefix(value))
        case .event: return event.action == value
        case .image: return event.attributes?["image"] == value || event.type == "image" && event.id == value
        case .type: return event.type == value
        case .volume: return event.type == "volume" && event.id == value
        case .label:
            let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first, let found = event.attributes?[name] else { return false }
            return parts.count == 1 || found == parts[1]
        }
    }
}
