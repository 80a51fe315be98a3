internal import Linux

extension HostSource {
    /// Takes a detached copy of the mount at the source, with its ids mapped if asked.
    ///
    /// - Parameter userNamespace: the container's; nil when it has none, and sees the host's ids as they are.
    func detach(mappedThrough userNamespace: CInt?) throws(RuntimeError) -> Descriptor {
        if isContent {
            return try explaining("open \(path)") { () throws(SystemError) in try File.open(path, [.read, .noFollow]) }
        }
        let mount = try taken()
        if !isShared {
            // A copy of a shared mount is one of its peers (systemd makes all mounts shared); such a one cannot become the root.
            try explaining("keep the mounts below \(path) from the host") { () throws(SystemError) in
                try Mounts.change(mount, propagation: .slave, recursive: recursive)
            }
        }
        if let device { try verify(mount, is: device) }
        switch idMap {
        case .none: break
        case .container:
            guard let userNamespace else { break }
            try explaining(
                "map the ids of \(path)",
                hint: "its file system may not support id-mapped mounts: put it elsewhere, or use --userns=host"
            ) { () throws(SystemError) in
                try Mounts.mapIDs(of: mount, through: userNamespace, recursive: recursive)
            }
        case .own(let uids, let gids):
            let namespace = try UserNamespaces.make(IdentityPlan(uids: uids, gids: gids))
            try explaining("map the ids of \(path)") { () throws(SystemError) in
                try Mounts.mapIDs(of: mount, through: namespace.raw, recursive: recursive)
            }
        }
        return mount
    }

    private func taken() throws(RuntimeError) -> Descriptor {
        guard let elsewhere else { return try clone() }
        return try clone(in: elsewhere)
    }

    /// openat2(2), RESOLVE_IN_ROOT: a link in there, whoever made it, leads nowhere else.
    static func open(_ subPath: String, below path: String) throws(SystemError) -> Descriptor {
        try File.open(path, [.path, .directory]).openInRoot(subPath, .path)
    }

    /// In a process that goes there, with the path as that one sees it: what is a link there leads nowhere else. setns(2).
    private func clone(in namespace: String) throws(RuntimeError) -> Descriptor {
        let what = "take \(path) from \(namespace)"
        let file = try explaining(what) { () throws(SystemError) in try File.open(namespace, .read) }
        let sockets = try explaining(what) { () throws(SystemError) in try Sockets.pair(.messages) }
        switch try explaining(what, { () throws(SystemError) in try Namespaces.clone([]) }) {
        case .child:
            let end = sockets.keepFar()
            do throws(SystemError) {
                try Namespaces.join(file, .mount)
                let mount =
                    if let subPath { try Mounts.clone(try Self.open(subPath, below: path), recursive: recursive) } else {
                        try Mounts.clone(path, recursive: recursive)
                    }
                try Sockets.send([0], descriptors: [mount.raw], on: end)
            } catch {
                try? Sockets.send(Array("\(error)".utf8), on: end)
            }
            Processes.exitNow(0)
        case .parent(let child):
            let end = sockets.keepNear()
            defer { _ = try? Processes.wait(for: child) }
            let told = try explaining(what) { () throws(SystemError) in try Sockets.receive(on: end) }
            guard let raw = told.descriptors.first else {
                throw RuntimeError("cannot \(what): \(String(decoding: told.bytes, as: UTF8.self))")
            }
            return Descriptor(owning: raw)
        }
    }

    private func clone() throws(RuntimeError) -> Descriptor {
        if let subPath {
            return try explaining("mount \(subPath) of \(path)") { () throws(SystemError) in
                try Mounts.clone(try Self.open(subPath, below: path), recursive: recursive)
            }
        }
        do throws(SystemError) {
            return try Mounts.clone(path, recursive: recursive)
        } catch {
            guard error.errno == .invalidArgument, !recursive else {
                throw RuntimeError("cannot mount \(path): \(error.errno) (\(error.call))")
            }
            // What is hidden below a mount stays hidden from a user namespace (mount_namespaces(7), locked mounts).
            throw RuntimeError(
                "cannot mount \(path): other file systems are mounted below it, and only root may look under those; "
                    + "run it as root, or use a directory without mounts")
        }
    }

    /// A node lent to a container is the device it says it is, not whatever lies at that path.
    private func verify(_ mount: borrowing Descriptor, is device: UInt64) throws(RuntimeError) {
        let status = try explaining("look at \(path)") { () throws(SystemError) in try mount.status() }
        guard status.kind == .character || status.kind == .block, status.specialDevice == device else {
            throw RuntimeError(
                "\(path) on this host is not the device \(FileStatus.major(device)):\(FileStatus.minor(device)) that the container asks for"
            )
        }
    }
}
