internal import Engine
internal import Linux
internal import Runtime

/// One `--filter KEY=VALUE` of `ps`.
struct ListFilter {
    enum Key: String { case status, name, id, label, exited }

    let key: Key
    let value: String

    init(_ text: String) throws(EngineError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let key = Key(rawValue: parts[0]) else {
            throw EngineError("--filter \"\(text)\": write it as KEY=VALUE with status, name, id, exited or label")
        }
        if key == .status, !["created", "running", "paused", "exited"].contains(parts[1]) {
            throw EngineError("--filter \"\(text)\": status is created, running, paused or exited")
        }
        if key == .exited, Int32(parts[1]) == nil { throw EngineError("--filter \"\(text)\": exited is an exit code") }
        self.key = key
        value = parts[1]
    }

    func accepts(_ record: ContainerRecord, _ status: ContainerStatus) throws(EngineError) -> Bool {
        switch key {
        case .status: return status.name == value
        case .name: return record.name.includes(value)
        case .id: return record.id.hasPrefix(value)
        case .exited:
            guard case .exited(let exit?) = status else { return false }
            return exit.exitCode == Int32(value)
        case .label:
            let (key, wanted) = try Numbers.pair(value, flag: "--filter label")
            guard let found = try Engine.settings(record).labels?[key] else { return false }
            return !value.includes("=") || found == wanted
        }
    }
}
