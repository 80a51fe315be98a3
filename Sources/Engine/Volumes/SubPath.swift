internal import Linux

/// Parts of volumes: paths below their tops, which may hold links that a container made.
enum SubPath {
    /// Makes the directories that are missing, with the permissions of the volume's top. By descriptor (openat2(2),
    /// RESOLVE_IN_ROOT): no link leads out of the volume.
    static func make(_ mounts: [MountRequest]) throws(EngineError) {
        for mount in mounts {
            guard let subPath = mount.subPath, let source = mount.source else { continue }
            try attempt("make \(subPath) in \(source)") { () throws(SystemError) in
                let top = try File.open(source, [.path, .directory])
                let permissions = try top.status().permissions
                let names = subPath.split(separator: "/").map(String.init)
                for count in 1...max(names.count, 1) {
                    let path = names.prefix(count).joined(separator: "/")
                    do throws(SystemError) {
                        _ = try top.openInRoot(path, .path)
                        continue
                    } catch {
                        guard error.errno == .noSuchFileOrDirectory else { throw error }
                    }
                    let above = names.prefix(count - 1).joined(separator: "/")
                    let parent = try top.openInRoot(above.isEmpty ? "/" : above, [.path, .directory])
                    do throws(SystemError) { try parent.makeDirectory(names[count - 1]) } catch {
                        // Somebody was faster; or a link that leads to nothing has the name, and the mount says so.
                        guard error.errno == .fileExists else { throw error }
                        continue
                    }
                    try parent.open(names[count - 1], [.read, .directory, .noFollow]).setPermissions(permissions)
                }
            }
        }
    }
}
