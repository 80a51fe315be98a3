/// `--mount type=bind|tmpfs|volume,source=…,target=…`, in docker's and podman's spellings.
package enum MountFlag {
    package static func parse(_ text: String, directory: String) throws(EngineError) -> MountRequest {
        let flag = "--mount"
        try Numbers.checkNoZero(text, flag: flag)
        var pairs = try fields(text).map { field -> (String, String?) in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts.first ?? ""), parts.count == 2 ? String(parts[1]) : nil)
        }
        let type = pairs.last { $0.0 == "type" }?.1
        pairs.removeAll { $0.0 == "type" }
        guard let kind = MountRequest.Kind(rawValue: type ?? "volume") else {
            throw EngineError.value(flag, text, "type has to be bind, tmpfs or volume; images come with a later version")
        }
        var mount = MountRequest(kind, destination: "")
        for (key, value) in pairs { try apply(key, value, to: &mount, text: text, directory: directory) }
        guard !mount.destination.isEmpty else { throw EngineError.value(flag, text, "target=PATH is missing") }
        if kind == .bind, mount.source == nil { throw EngineError.value(flag, text, "source=PATH is missing") }
        if kind == .volume { mount.isAnonymous = mount.source == nil }
        return mount
    }

    private static func apply(
        _ key: String, _ value: String?, to mount: inout MountRequest, text: String, directory: String
    ) throws(EngineError) {
        let flag = "--mount"
        func needed() throws(EngineError) -> String {
            guard let value, !value.isEmpty else { throw EngineError.value(flag, text, "\(key) needs a value") }
            return value
        }
        func yes() throws(EngineError) -> Bool {
            guard let value else { return true }
            guard let answer = Numbers.boolean(value) else { throw EngineError.value(flag, text, "\(key) is true or false") }
            return answer
        }
        switch key {
        case "target", "destination", "dst":
            mount.destination = try MountRequest.destination(try needed(), flag: flag, value: text)
        case "readonly", "ro": mount.readOnly = try yes()
        case "rw": mount.readOnly = try !yes()
        case "chown", "U": mount.changesOwner = try yes()
        case "consistency": break
        default:
            switch mount.kind {
            case .bind: try applyBind(key, to: &mount, text, directory, needed, yes)
            case .tmpfs: try applyTmpfs(key, value, to: &mount, text, needed)
            case .volume: try applyVolume(key, to: &mount, text, needed, yes)
            }
        }
    }

    private static func applyBind(
        _ key: String, to mount: inout MountRequest, _ text: String, _ directory: String,
        _ needed: () throws(EngineError) -> String, _ yes: () throws(EngineError) -> Bool
    ) throws(EngineError) {
        let flag = "--mount"
        switch key {
        case "source", "src":
            let source = try needed()
            mount.source = source.hasPrefix("/") ? source : "\(directory)/\(source)"
        case "bind-propagation":
            let name = try needed()
            guard MountRequest.propagations.contains(name) else {
                throw EngineError.value(flag, text, "bind-propagation has no \"\(name)\"")
            }
            mount.propagation = name
        case "bind-nonrecursive": mount.recursive = try !yes()
        case "bind-recursive":
            switch try needed() {
            case "enabled": break
            case "disabled": mount.recursive = false
            case "writable": mount.recursivelyReadOnly = false
            case "readonly": (mount.readOnly, mount.recursivelyReadOnly) = (true, true)
            default: throw EngineError.value(flag, text, "bind-recursive is enabled, disabled, writable or readonly")
            }
        case "rro": (mount.readOnly, mount.recursivelyReadOnly) = (try yes(), true)
        case "relabel":
            guard let relabel = MountRequest.Relabel(rawValue: try needed()) else {
                throw EngineError.value(flag, text, "relabel is shared or private")
            }
            mount.relabel = relabel
        case "idmap": mount.mapsIDs = try yes()
        case "noidmap": mount.mapsIDs = try !yes()
        case let name where MountRequest.propagations.contains(name): mount.propagation = name
        case let name where MountRequest.plainOptions.contains(name): mount.options.append(name)
        default: throw EngineError.value(flag, text, "a bind mount has no option \"\(key)\"")
        }
    }

    private static func applyTmpfs(
        _ key: String, _ value: String?, to mount: inout MountRequest, _ text: String, _ needed: () throws(EngineError) -> String
    ) throws(EngineError) {
        switch key {
        case "tmpfs-size": mount.options.append("size=\(try ByteSize.parse(try needed(), flag: "--mount tmpfs-size"))")
        case "tmpfs-mode":
            mount.options.append("mode=\(String(try Numbers.octal(try needed(), flag: "--mount tmpfs-mode"), radix: 8))")
        case "notmpcopyup": break
        case let name where MountRequest.plainOptions.contains(name): mount.options.append(name)
        default: throw EngineError.value("--mount", text, "a tmpfs has no option \"\(key)\"")
        }
    }

    private static func applyVolume(
        _ key: String, to mount: inout MountRequest, _ text: String, _ needed: () throws(EngineError) -> String,
        _ yes: () throws(EngineError) -> Bool
    ) throws(EngineError) {
        let flag = "--mount"
        switch key {
        case "source", "src", "name": mount.source = try VolumeRecord.check(try needed())
        case "volume-nocopy", "nocopy": mount.copiesContent = try !yes()
        case "volume-driver":
            guard try needed() == "local" else { throw EngineError.value(flag, text, "the only volume driver is local") }
        case "volume-opt":
            let (name, value) = try Numbers.pair(try needed(), flag: flag)
            mount.volumeOptions[name] = value
        case "volume-label":
            let (name, value) = try Numbers.pair(try needed(), flag: flag)
            mount.volumeLabels[name] = value
        case "volume-subpath", "subpath":
            throw EngineError.value(flag, text, "a part of a volume cannot be mounted; mount all of it")
        case "idmap": mount.mapsIDs = try yes()
        case let name where MountRequest.plainOptions.contains(name): mount.options.append(name)
        default: throw EngineError.value(flag, text, "a volume has no option \"\(key)\"")
        }
    }

    /// Comma-separated fields; one in double quotes may hold commas (RFC 4180).
    static func fields(_ text: String) throws(EngineError) -> [String] {
        var fields: [String] = []
        var field = ""
        var quoted = false
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            let next = text.index(after: index)
            if character == "\"" {
                if quoted, next < text.endIndex, text[next] == "\"" {
                    field.append("\"")
                    index = text.index(after: next)
                    continue
                }
                quoted.toggle()
            } else if character == ",", !quoted {
                fields.append(field)
                field = ""
            } else {
                field.append(character)
            }
            index = next
        }
        guard !quoted else { throw EngineError.value("--mount", text, "a quote is not closed") }
        return fields + [field]
    }
}
