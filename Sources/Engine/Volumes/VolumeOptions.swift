/// What the local driver makes of `--opt type=…,device=…,o=…`: a directory, a tmpfs, or one of the host's directories.
package enum VolumeOptions: Sendable, Equatable {
    case directory
    /// Each container has one of its own; nothing of it reaches a disk.
    case tmpfs([String])
    /// A directory of the host's, by its absolute path, and the mount's options.
    case bind(String, [String])

    package init(_ options: [String: String]) throws(EngineError) {
        for key in options.keys.sorted() where !["type", "device", "o"].contains(key) {
            throw EngineError("--opt \(key): the local driver knows type, device and o")
        }
        let words = (options["o"] ?? "").split(separator: ",").map(String.init)
        let type = options["type"] ?? ""
        let isBind = words.contains("bind") || words.contains("rbind")
        switch type {
        case "tmpfs": self = .tmpfs(try Self.tmpfs(words))
        case "nfs", "nfs4", "cifs", "smb3":
            throw EngineError(
                "--opt type=\(type): hako mounts nothing over a network; mount it on the host, and make the volume with "
                    + "--opt type=none --opt o=bind --opt device=DIR")
        case _ where isBind: self = .bind(try Self.device(options["device"]), try Self.bind(words))
        case "" where options.isEmpty: self = .directory
        case "", "none":
            throw EngineError("--opt: a directory of the host's takes type=none, o=bind and device=DIR together")
        default:
            throw EngineError(
                "--opt type=\(type): the local driver mounts tmpfs, and directories with o=bind; mount the device on the host, "
                    + "and bind that")
        }
    }

    private static func device(_ path: String?) throws(EngineError) -> String {
        guard let path, path.hasPrefix("/") else { throw EngineError("--opt o=bind takes device=DIR, an absolute path as well") }
        try Numbers.checkNoZero(path, flag: "--opt device")
        return path
    }

    private static func bind(_ words: [String]) throws(EngineError) -> [String] {
        for word in words
        where !["bind", "rbind", "ro", "rw"].contains(word) && !MountRequest.plainOptions.contains(word)
            && !MountRequest.propagations.contains(word)
        {
            throw EngineError("--opt o=\(word): a bind mount has no such option")
        }
        return words
    }

    /// As `--tmpfs` takes them.
    private static func tmpfs(_ words: [String]) throws(EngineError) -> [String] {
        _ = try TmpfsFlag.parse("/volume:\(words.joined(separator: ","))")
        return words
    }
}
