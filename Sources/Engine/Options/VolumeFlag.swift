/// `-v SRC:DST[:OPTIONS]`, where SRC is a path or a volume's name; `-v DST` for a volume of the container's own.
package enum VolumeFlag {
    /// - Parameter directory: what a relative source is relative to.
    package static func parse(_ text: String, directory: String, flag: String = "--volume") throws(EngineError) -> MountRequest {
        try Numbers.checkNoZero(text, flag: flag)
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1 else { return try anonymous(text, flag: flag) }
        guard parts.count < 4 else { throw EngineError.value(flag, text, "write it as SOURCE:DESTINATION[:OPTIONS]") }
        let (kind, source) = try MountRequest.source(parts[0], flag: flag, value: text, directory: directory)
        let destination = try MountRequest.destination(parts[1], flag: flag, value: text)
        var mount = MountRequest(kind, source: source, destination: destination)
        guard parts.count == 3 else { return mount }
        for option in parts[2].split(separator: ",") { try apply(String(option), to: &mount, flag: flag, value: text) }
        return mount
    }

    /// A volume that is made for the container, and goes with it.
    package static func anonymous(_ destination: String, flag: String = "--volume") throws(EngineError) -> MountRequest {
        var mount = MountRequest(
            .volume, destination: try MountRequest.destination(destination, flag: flag, value: destination))
        mount.isAnonymous = true
        return mount
    }

    static func apply(
        _ option: String, to mount: inout MountRequest, flag: String, value: String
    ) throws(EngineError) {
        switch option {
        case "ro": mount.readOnly = true
        case "rw": mount.readOnly = false
        case "rro": (mount.readOnly, mount.recursivelyReadOnly) = (true, true)
        case "z": mount.relabel = .shared
        case "Z": mount.relabel = .private
        case "U": mount.changesOwner = true
        case "bind": mount.recursive = false
        case "rbind": mount.recursive = true
        case "idmap": mount.mapsIDs = true
        case "noidmap": mount.mapsIDs = false
        case "nocopy": mount.copiesContent = false
        case "copy": mount.copiesContent = true
        // Consistency hints of other systems: nothing to do on Linux.
        case "consistent", "cached", "delegated": break
        case let name where MountRequest.propagations.contains(name): mount.propagation = name
        case let name where MountRequest.plainOptions.contains(name): mount.options.append(name)
        default: throw EngineError.value(flag, value, "unknown option \"\(option)\"")
        }
    }
}
