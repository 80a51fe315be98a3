/// `-v SRC:DST[:OPTIONS]`.
package enum VolumeFlag {
    /// - Parameter directory: what a relative source is relative to.
    package static func parse(_ text: String, directory: String, flag: String = "--volume") throws(EngineError) -> MountRequest {
        try Numbers.checkNoZero(text, flag: flag)
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1 else {
            throw EngineError.value(flag, text, "anonymous volumes come with a later version; write it as SOURCE:DESTINATION")
        }
        guard parts.count < 4 else { throw EngineError.value(flag, text, "write it as SOURCE:DESTINATION[:OPTIONS]") }
        var mount = MountRequest(.bind, destination: try MountRequest.destination(parts[1], flag: flag, value: text))
        mount.source = try MountRequest.source(parts[0], flag: flag, value: text, directory: directory)
        guard parts.count == 3 else { return mount }
        for option in parts[2].split(separator: ",") { try apply(String(option), to: &mount, flag: flag, value: text) }
        return mount
    }

    private static func apply(
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
        // Consistency hints of other systems, and copying into volumes: nothing to do for a bind mount on Linux.
        case "consistent", "cached", "delegated", "nocopy": break
        case let name where MountRequest.propagations.contains(name): mount.propagation = name
        case let name where MountRequest.plainOptions.contains(name): mount.options.append(name)
        default: throw EngineError.value(flag, value, "unknown option \"\(option)\"")
        }
    }
}
