internal import Engine
internal import Linux
internal import Networks
internal import OCI
internal import Runtime

/// One `--filter KEY=VALUE` of `ps`.
struct ListFilter {
    private enum Key: String, FilterKey {
        case status, name, id, label, exited, ancestor, before, since, health, volume, pod, network, publish
    }

    static let keys = Key.list

    private let key: Key
    private let value: String
    /// Of `before` and `since`: when that container was made.
    private var other: Int64?
    /// Of `ancestor`: the image's id.
    private var image: String?
    /// Of `pod`: its id.
    private var pod: String?

    init(_ text: String, _ engine: Engine) throws(EngineError) {
        (key, value) = try Key.split(text)
        switch key {
        case .status: try check(text, ["created", "running", "paused", "restarting", "exited"])
        case .health: try check(text, ["starting", "healthy", "unhealthy", "none"])
        case .exited:
            if Int32(value) == nil { throw EngineError("--filter \"\(text)\": exited is an exit code") }
        case .before, .since:
            let record = try engine.find(value)
            other = record.createdAt
        case .ancestor: image = try engine.image(value)?.id
        case .pod: pod = try engine.pod(value).id
        case .publish: _ = try PortRequest.parse(value, flag: "--filter publish")
        case .name, .id, .label, .volume, .network: break
        }
    }

    private func check(_ text: String, _ values: [String]) throws(EngineError) {
        guard values.contains(value) else {
            throw EngineError("--filter \"\(text)\": \(key.rawValue) is one of \(values.joined(separator: ", "))")
        }
    }

    /// Whether it asks for containers that do not run as well.
    var isOfAll: Bool { key == .status || key == .exited }

    func accepts(_ row: ListRow) throws(EngineError) -> Bool {
        let record = row.record
        switch key {
        case .status: return row.status.name == value
        case .name:
            guard var pattern = Pattern(value) else { return record.name.includes(value) }
            return pattern.matches(record.name)
        case .id: return record.id.hasPrefix(value)
        case .exited:
            guard case .exited(let exit?) = row.status else { return false }
            return exit.exitCode == Int32(value)
        case .label:
            let (key, wanted) = try Numbers.pair(value, flag: "--filter label")
            guard let found = try Engine.settings(record).labels?[key] else { return false }
            return !value.includes("=") || found == wanted
        case .ancestor: return record.image == value || (image != nil && record.imageID == image)
        case .before: return other.map { record.createdAt < $0 } ?? false
        case .since: return other.map { record.createdAt > $0 } ?? false
        case .health: return (row.health?.rawValue ?? "none") == value
        case .pod:
            if record.id == pod { return true }
            return try Engine.settings(record).podID == pod
        case .network: return row.networks.contains(value)
        case .publish:
            let wanted = try PortRequest.parse(value, flag: "--filter publish")
            return row.published.flatMap(\.single).contains {
                wanted.transport == $0.transport && wanted.container.contains($0.host)
            }
        case .volume:
            let mounts = try row.engine.spec(of: record).mounts ?? []
            return mounts.contains { $0.source == value || $0.destination == value }
        }
    }
}
