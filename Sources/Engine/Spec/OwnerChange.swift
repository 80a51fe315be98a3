internal import Linux
internal import OCI

/// The mount option `U`: makes all files of a bind mount's source the container user's. fchownat(2), following no link.
package struct OwnerChange {
    let context: SpecContext
    let engine: Engine

    func apply(to mount: MountRequest) throws(EngineError) {
        guard mount.kind == .bind, let source = mount.source else { return }
        let real = try attempt("find \(source)") { () throws(SystemError) in try File.realPath(source) }
        guard real != "/",
            !["/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/proc", "/root", "/sbin", "/sys", "/usr", "/var"]
                .contains(real)
        else {
            throw EngineError(
                "the mount option U would give \(real) of the host to the container's user; use a directory of your own")
        }
        let (uid, gid) = try owner(isMapped: mount.mapsIDs && !context.rootless && !context.unmappedSources.contains(source))
        if context.rootless, let command = NamespaceCommand(engine, maps: context.identity) {
            _ = try command.output(of: ["container", "own", "\(context.user.uid)", "\(context.user.gid)", real])
        } else {
            try Self.change(real, uid, gid)
        }
    }

    /// Gives a file, or a directory with all below it, to an owner.
    package static func change(_ path: String, _ uid: UInt32, _ gid: UInt32) throws(EngineError) {
        try attempt("change the owner of \(path) to \(uid):\(gid)") { () throws(SystemError) in
            let top = try File.open(path, [.read, .nonBlocking])
            let status = try top.status()
            try top.setOwner(uid: uid, gid: gid)
            guard status.isDirectory else { return }
            try change(top, device: status.device, uid, gid, depth: 0)
        }
    }

    /// Where the mount is id-mapped the container's number is on the disk; otherwise the host's behind it.
    private func owner(isMapped: Bool) throws(EngineError) -> (UInt32, UInt32) {
        guard let maps = context.identity, !isMapped else { return (context.user.uid, context.user.gid) }
        guard let uid = IDMapping.host(context.user.uid, in: maps.uids),
            let gid = IDMapping.host(context.user.gid, in: maps.gids)
        else {
            throw EngineError("the mount option U: the container's user is not in its user namespace")
        }
        return (uid, gid)
    }

    /// Stays on one file system; each level holds one descriptor, so the depth is bounded.
    private static func change(
        _ directory: borrowing Descriptor, device: UInt64, _ uid: UInt32, _ gid: UInt32, depth: Int
    ) throws(SystemError) {
        guard depth < 256 else { throw SystemError("fchownat", "more than 256 levels", .tooManySymbolicLinkLevels) }
        for name in try directory.list() {
            let status = try directory.status(of: name)
            guard status.device == device else { continue }
            try directory.setOwner(of: name, uid: uid, gid: gid)
            if status.isDirectory {
                let child = try directory.open(name, [.read, .directory, .noFollow])
                try change(child, device: device, uid, gid, depth: depth + 1)
            }
        }
    }
}
