internal import Linux

/// The mount option `U`: makes all files of a bind mount's source the container user's. fchownat(2), following no link.
struct OwnerChange {
    let context: SpecContext

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
        try attempt("change the owner of \(real) to \(uid):\(gid)") { () throws(SystemError) in
            let top = try File.open(real, [.read, .nonBlocking])
            let status = try top.status()
            try top.setOwner(uid: uid, gid: gid)
            guard status.isDirectory else { return }
            try Self.change(top, device: status.device, uid, gid, depth: 0)
        }
    }

    /// Where the mount is id-mapped the container's number is on the disk; otherwise the host's behind it.
    private func owner(isMapped: Bool) throws(EngineError) -> (UInt32, UInt32) {
        guard let maps = context.identity, !isMapped else { return (context.user.uid, context.user.gid) }
        guard let uid = IdentityMaps.host(context.user.uid, in: maps.uids),
            let gid = IdentityMaps.host(context.user.gid, in: maps.gids)
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
