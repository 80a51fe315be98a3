internal import OCI
internal import Runtime

/// The mounts of a container, in the order in which they are made.
extension SpecBuilder {
    func mounts() throws(EngineError) -> [Mount] {
        var mounts = [try rootMount()]
        let asked = options.mounts
        let taken = Set(asked.map(\.destination))
        mounts += standardMounts.filter { !taken.contains($0.destination) }
        if options.root == .host {
            for path in ["/run", "/tmp"] where !taken.contains(path) {
                mounts.append(emptyDirectory(path, mode: path == "/tmp" ? "1777" : "755"))
            }
            mounts += context.hidden.map { emptyDirectory($0, mode: "755") }
        }
        for (destination, source) in context.files.sorted(by: { $0.key < $1.key }) where !taken.contains(destination) {
            mounts.append(bind(source, destination, ["rbind", "rprivate", "rw"] + idMap(source)))
        }
        // A user namespace makes no nodes; the planner lends those that keep their name.
        if hasUserNamespace {
            for device in context.devices where device.source != device.destination {
                mounts.append(bind(device.source, device.destination, ["bind", "rprivate", "nosuid", "noexec"]))
            }
        }
        // A mount below another has to come after it.
        let depth = { (mount: MountRequest) in mount.destination.split(separator: "/").count }
        for request in asked.enumerated().sorted(by: { (depth($0.element), $0.offset) < (depth($1.element), $1.offset) }) {
            mounts.append(mount(request.element))
        }
        return mounts + context.secrets
    }

    private var idMapsRoot: Bool { hasUserNamespace && !context.rootless }

    private func rootMount() throws(EngineError) -> Mount {
        switch context.root {
        case .directory(let path):
            return Mount(
                destination: "/", type: "bind", source: path, options: ["rbind", "rprivate"] + (idMapsRoot ? ["idmap"] : []))
        case .layers(let layers):
            let options = [
                "lowerdir=" + layers.map(Self.escaped).joined(separator: ":"),
                "upperdir=\(Self.escaped("\(context.bundle)/diff"))",
                "workdir=\(Self.escaped("\(context.bundle)/work"))",
            ]
            return Mount(
                destination: "/", type: "overlay", source: "overlay",
                // What goes with the container's end need not be written to the disk.
                options: options + (self.options.remove ? ["volatile"] : []) + (context.rootless ? ["userxattr"] : [])
                    + (idMapsRoot ? ["idmap"] : []))
        }
    }

    /// overlayfs separates layers with colons and options with commas; a backslash takes their meaning away.
    package static func escaped(_ path: String) -> String {
        path.reduce(into: "") { text, character in
            if character == ":" || character == "," || character == "\\" { text.append("\\") }
            text.append(character)
        }
    }

    // MARK: The usual file systems

    private var standardMounts: [Mount] {
        [processes, devices] + [terminals, sharedMemory].compactMap { $0 } + [messageQueues, system].compactMap { $0 } + [cgroups]
    }

    private var processes: Mount {
        // Only the owner of a process id namespace may mount its /proc.
        if hasUserNamespace, !options.pid.isContainers {
            return bind("/proc", "/proc", ["rbind", "rprivate", "nosuid", "noexec", "nodev"])
        }
        return Mount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"])
    }

    private var devices: Mount {
        Mount(
            destination: "/dev", type: "tmpfs", source: "tmpfs",
            options: ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"])
    }

    private var terminals: Mount {
        // Group 5 is tty by custom; it has to be there to be used.
        let hasGroup = context.identity.map { IDMapping.host(5, in: $0.gids) != nil } ?? true
        return Mount(
            destination: "/dev/pts", type: "devpts", source: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] + (hasGroup ? ["gid=5"] : []))
    }

    private var sharedMemory: Mount {
        if options.ipc == .host, options.shmSize == nil {
            return bind("/dev/shm", "/dev/shm", ["rbind", "rprivate", "nosuid", "noexec", "nodev"])
        }
        if case .container(let id) = options.ipc, options.shmSize == nil {
            let source = "\(Self.shared(id))/dev/shm"
            return bind(source, "/dev/shm", ["bind", "rprivate", "nosuid", "noexec", "nodev"])
        }
        return Mount(
            destination: "/dev/shm", type: "tmpfs", source: "shm",
            options: ["nosuid", "noexec", "nodev", "mode=1777", "size=\(options.shmSize ?? 64 << 20)"])
    }

    private var messageQueues: Mount? {
        if hasUserNamespace, !options.ipc.isContainers {
            guard context.hasMessageQueues else { return nil }
            return bind("/dev/mqueue", "/dev/mqueue", ["rbind", "rprivate", "nosuid", "noexec", "nodev"])
        }
        return Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"])
    }

    private var system: Mount? {
        let access = options.privileged && !hasUserNamespace ? "rw" : "ro"
        // sysfs shows a network namespace; only that one's owner may mount it.
        if hasUserNamespace, !options.network.isContainers {
            return bind("/sys", "/sys", ["rbind", "rprivate", "nosuid", "noexec", "nodev", "ro", "rro"])
        }
        return Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", access])
    }

    private var cgroups: Mount {
        let access = options.privileged ? "rw" : "ro"
        if hasUserNamespace, options.cgroup != .own {
            return bind("/sys/fs/cgroup", "/sys/fs/cgroup", ["rbind", "rprivate", "nosuid", "noexec", "nodev", "ro", "rro"])
        }
        return Mount(
            destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
            options: ["nosuid", "noexec", "nodev", "relatime", access])
    }

    private func emptyDirectory(_ path: String, mode: String) -> Mount {
        Mount(destination: path, type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=\(mode)"])
    }

    private func bind(_ source: String, _ destination: String, _ options: [String]) -> Mount {
        Mount(destination: destination, type: "bind", source: source, options: options)
    }

    // MARK: What was asked

    private func mount(_ request: MountRequest) -> Mount {
        var options = request.readOnly ? ["ro"] : ["rw"]
        switch request.kind {
        case .tmpfs:
            let mode = request.options.contains { $0.hasPrefix("mode=") } ? [] : ["mode=1777"]
            let propagation = request.propagation.map { [$0] } ?? []
            return Mount(
                destination: request.destination, type: "tmpfs", source: "tmpfs",
                options: options + request.options + mode + propagation)
        // A volume is a directory of the host's by now.
        case .bind, .volume:
            let source = request.source ?? ""
            options = [request.recursive ? "rbind" : "bind", request.propagation ?? "rprivate"] + options
            if request.recursivelyReadOnly { options.append("rro") }
            options += request.options
            if let subPath = request.subPath { options.append("\(MountOptions.subPathKey)=\(subPath)") }
            if request.mapsIDs { options += idMap(source) }
            return bind(source, request.destination, options)
        }
    }

    /// A plain user's files are the container's root's already.
    private func idMap(_ source: String) -> [String] {
        idMapsRoot && !context.unmappedSources.contains(source) ? ["idmap"] : []
    }
}
