internal import Linux

/// The control groups a container sees at /sys/fs/cgroup: its own, since its cgroup namespace starts there.
struct CgroupView {
    let host: CgroupHost

    /// On v2 the one tree; otherwise a directory with each v1 hierarchy, and the v2 tree where the host has both.
    func mount(at path: String, _ attributes: MountAttributes, in root: ContainerRoot) throws(RuntimeError) {
        try explaining("mount the control groups at \(path)") { () throws(SystemError) in
            let target = try root.openTarget(path, .directory)
            if host.v1.isEmpty {
                try Mounts.attach(Mounts.make("cgroup2", source: "cgroup", attributes: attributes), to: target, path)
                return
            }
            let directory = try Mounts.make("tmpfs", source: "cgroup", options: [("mode", "0755")])
            try Mounts.attach(directory, to: target, path)
            for hierarchy in host.v1 {
                let name = hierarchy.directoryName
                try directory.makeDirectory(name)
                let mount = try Mounts.make(
                    "cgroup", source: "cgroup", options: hierarchy.mountOptions.map { ($0.key, $0.value) }, attributes: attributes
                )
                try Mounts.attach(mount, to: directory.open(name, [.path, .directory]), name)
            }
            if host.v2 != nil {
                try directory.makeDirectory("unified")
                let mount = try Mounts.make("cgroup2", source: "cgroup", attributes: attributes)
                try Mounts.attach(mount, to: directory.open("unified", [.path, .directory]), "unified")
            }
            if attributes.contains(.readOnly) { try Mounts.change(directory, set: .readOnly) }
        }
    }
}
