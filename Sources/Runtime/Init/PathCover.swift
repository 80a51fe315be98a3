internal import Linux

/// Covers paths of /proc and /sys that a container should not see or change (config-linux.md, Masked and Readonly Paths).
struct PathCover {
    private var emptyDirectory: SharedDescriptor?
    private var null: SharedDescriptor?

    /// Files get the null device over them, directories an empty read-only one. What is not there needs nothing.
    mutating func hide(_ path: String, in root: ContainerRoot) throws(RuntimeError) {
        guard let target = try find(path, in: root) else { return }
        let status = try explaining("look at \(path)") { () throws(SystemError) in try target.status() }
        try explaining("hide \(path)") { () throws(SystemError) in
            // The copies to come are taken of the first, once it is attached, which every kernel allows.
            let cover = SharedDescriptor(status.isDirectory ? try coverForDirectory() : try coverForFile())
            try Mounts.attach(cover.descriptor, to: target, path)
            if status.isDirectory { emptyDirectory = emptyDirectory ?? cover } else { null = null ?? cover }
        }
    }

    private func coverForDirectory() throws(SystemError) -> Descriptor {
        if let emptyDirectory { return try Mounts.clone(emptyDirectory.descriptor) }
        return try Mounts.make(
            "tmpfs", source: "tmpfs", options: [.init("nr_blocks", "1"), .init("nr_inodes", "1"), .init("mode", "0755")],
            attributes: [.readOnly, .noSuid, .noDevices, .noExecute])
    }

    private func coverForFile() throws(SystemError) -> Descriptor {
        if let null { return try Mounts.clone(null.descriptor) }
        let mount = try Mounts.clone("/dev/null")
        guard mount.isNullDevice else {
            throw SystemError("open_tree", "/dev/null is not the null device", .notPermitted)
        }
        return mount
    }

    func makeReadOnly(_ path: String, in root: ContainerRoot) throws(RuntimeError) {
        guard let target = try find(path, in: root) else { return }
        try explaining("make \(path) read-only") { () throws(SystemError) in
            let mount = try Mounts.clone(target, recursive: true)
            try Mounts.change(mount, set: .readOnly, recursive: true)
            try Mounts.attach(mount, to: target, path)
        }
    }

    private func find(_ path: String, in root: ContainerRoot) throws(RuntimeError) -> Descriptor? {
        do throws(SystemError) {
            return try root.open(path)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            throw RuntimeError("cannot cover \(path): \(error)")
        }
    }
}

extension Descriptor {
    /// Whether it is 1:3, whatever its name says. null(4).
    var isNullDevice: Bool {
        guard let status = try? status() else { return false }
        return status.kind == .character && status.specialDevice == FileStatus.device(major: 1, minor: 3)
    }
}
