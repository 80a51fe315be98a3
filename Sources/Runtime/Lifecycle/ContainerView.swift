package import Linux
package import OCI

/// A container's files as the container sees them, for a process of hako's that has one thread and no other task.
///
/// Nothing of the container's is executed, and every path is the caller's to resolve from the descriptor it gets (openat2(2),
/// RESOLVE_IN_ROOT): what the container swaps meanwhile leads nowhere else.
package enum ContainerView {
    /// Moves this process into the user and mount namespaces of a container that runs; ids are the container's from then on.
    ///
    /// - Returns: the container's root.
    package static func enter(_ id: String, root: StateRoot) throws(RuntimeError) -> Descriptor {
        let (runtime, oci) = try root.directory(of: id).state()
        guard oci.status != .stopped else { throw RuntimeError("container not running") }
        return try explaining("enter the container's mount namespace") { () throws(SystemError) in
            // The handle names the container's first process, which lives after it was taken: no other can have its number.
            let process = try Processes.open(runtime.pid)
            let own = try ["user", "mnt"].map { (name) throws(SystemError) in
                try File.readLink("/proc/\(runtime.pid)/ns/\(name)") != File.readLink("/proc/self/ns/\(name)")
            }
            guard Processes.isAlive(runtime.pid, startTime: runtime.startTime) else {
                throw SystemError("pidfd_open", "\(runtime.pid)", .noSuchProcess)
            }
            // Whoever shares the host's process ids may not look into this one.
            try Processes.setDumpable(false)
            let kinds: NamespaceFlags = [own[0] ? .user : [], own[1] ? .mount : []]
            if !kinds.isEmpty { try Namespaces.join(process, kinds) }
            if own[0] {
                try Credentials.setGroup(0)
                try Credentials.setUser(0)
            }
            return try File.open("/", [.path, .directory])
        }
    }

    /// Mounts the root of a container that does not run, its volumes and what else it has of the host's, in a mount namespace of
    /// this process's own. Ids are those on the disk.
    ///
    /// - Parameter writes: whether what is written lasts. Only one process at a time does; to others it would be undefined.
    /// - Returns: the container's root.
    package static func assemble(_ spec: Spec, bundle: String, writes: Bool) throws(RuntimeError) -> Descriptor {
        guard let first = spec.mounts?.first, first.destination == "/" else {
            throw RuntimeError("config.json: the first mount is not that of /")
        }
        let place = "\(bundle)/rootfs"
        let root = try explaining("mount the container's root") { () throws(SystemError) in
            try Namespaces.unshare(.mount)
            try Mounts.setPropagationOfAll(.private)
            let root = try rootMount(first, bundle: bundle, writes: writes)
            try Mounts.attach(root, to: try File.open(place, [.path, .directory]), place)
            return root
        }
        let view = ContainerRoot(try explaining("open the container's root") { () throws(SystemError) in try root.duplicate() })
        for mount in (spec.mounts ?? []).dropFirst() where mount.isBind { try lend(mount, in: view, spec) }
        if spec.root?.readonly == true {
            try explaining("make the container's root read-only") { () throws(SystemError) in
                try Mounts.change(root, set: .readOnly)
            }
        }
        return root
    }

    private static func rootMount(_ mount: Mount, bundle: String, writes: Bool) throws(SystemError) -> Descriptor {
        guard mount.type == "overlay" else { return try Mounts.clone(mount.source ?? "", recursive: true) }
        func paths(_ key: String) -> [String] {
            let option = (mount.options ?? []).first { $0.hasPrefix("\(key)=") }
            return option.map { OverlayPaths.split(String($0.dropFirst(key.utf8.count + 1))) } ?? []
        }
        var (lowers, upper, work) = (paths("lowerdir"), paths("upperdir"), paths("workdir"))
        if writes {
            let lock = try File.open(bundle, [.read, .directory])
            try lock.lock(.exclusive)
            if let path = work.first {
                let (directory, name) = OverlayPaths.directoryAndName(path)
                try VolatileOverlay.removeMark(in: try File.open(directory, [.path, .directory]), work: name)
            }
            // Until this process ends.
            _ = lock.release()
        } else {
            // What has to be made for a mount to have its place is thrown away with this process.
            let scratch = try Mounts.make("tmpfs", source: "scratch")
            try Mounts.attach(scratch, to: try File.open("\(bundle)/rootfs", [.path, .directory]), "scratch")
            for name in ["diff", "work"] { try scratch.makeDirectory(name) }
            lowers = upper + lowers
            (upper, work) = (["\(bundle)/rootfs/diff"], ["\(bundle)/rootfs/work"])
        }
        var options = lowers.map { FileSystemOption("lowerdir+", $0) }
        options += upper.map { FileSystemOption("upperdir", $0) } + work.map { FileSystemOption("workdir", $0) }
        if mount.options?.contains("userxattr") == true { options.append(FileSystemOption("userxattr")) }
        return try Mounts.make("overlay", source: "overlay", options: options)
    }

    /// Devices, the kernel's own file systems and what runs with another container are nothing to copy.
    private static func lend(_ mount: Mount, in root: ContainerRoot, _ spec: Spec) throws(RuntimeError) {
        let (source, options) = (mount.source ?? "", mount.options ?? [])
        if SharedNamespaces.isShared(source) { return }
        let subPath = try MountOptions(options, destination: mount.destination).subPath
        let file = try explaining("find \(source)") { () throws(SystemError) in
            if let subPath { return try HostSource.open(subPath, below: source) }
            return try File.open(source, .path)
        }
        let status = try explaining("look at \(source)") { () throws(SystemError) in try file.status() }
        guard status.isDirectory || status.kind == .regular, (try? File.fileSystem(source).isKernels) == false else { return }
        if spec.linux?.uidMappings?.isEmpty == false, Privilege.isOverHost, !options.contains("idmap") {
            throw RuntimeError(
                "\(mount.destination) is mounted with the host's ids, which only show while the container runs; start it first")
        }
        try explaining("mount \(source) at \(mount.destination)") { () throws(SystemError) in
            let copy = try Mounts.clone(file, recursive: options.contains("rbind"))
            if options.contains("ro") { try Mounts.change(copy, set: .readOnly) }
            let target = try root.openTarget(mount.destination, status.isDirectory ? .directory : .file)
            try Mounts.attach(copy, to: target, mount.destination)
        }
    }
}
