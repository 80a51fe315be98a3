internal import Linux

/// The control groups a container sees at /sys/fs/cgroup.
///
/// In a cgroup namespace, which starts at the container's groups, new mounts show those and what is below. Of a v1 hierarchy that is
/// the same as its own group's directory, bound there: the file system is one, and a new mount of it goes through all control groups
/// (1.9 ms for ten hierarchies beside 500 containers, instead of 0.3). Without a namespace a new mount would show the host's whole
/// tree, and binding is the way too, as runc does. The v2 tree has no such part to show. In a user namespace all are read-only then:
/// a plain user's container may share its caller's group, and root inside is who owns the user's other groups (CVE-2023-25809).
struct CgroupView {
    /// Its own groups are those that the namespace starts at; nil where that is another's.
    let host: CgroupHost
    let hasNamespace: Bool
    let isInUserNamespace: Bool

    /// On v2 the one tree; otherwise a directory with each v1 hierarchy, and the v2 tree where the host has both.
    func mount(at path: String, _ asked: MountAttributes, in root: ContainerRoot) throws(RuntimeError) {
        let trees = hasNamespace ? host : try CgroupHost.detect()
        let attributes = bindsTheHosts ? asked.union(.readOnly) : asked
        try explaining("mount the control groups at \(path)") { () throws(SystemError) in
            let target = try root.openTarget(path, .directory)
            if trees.v1.isEmpty {
                try Mounts.attach(unified(trees.v2, attributes), to: target, path)
                return
            }
            let directory = try Mounts.make("tmpfs", source: "cgroup", options: [.init("mode", "0755")])
            try Mounts.attach(directory, to: target, path)
            for hierarchy in trees.v1 {
                let name = hierarchy.directoryName
                try directory.makeDirectory(name)
                try Mounts.attach(tree(of: hierarchy, attributes), to: directory.open(name, [.path, .directory]), name)
            }
            if let tree = trees.v2 {
                try directory.makeDirectory("unified")
                try Mounts.attach(unified(tree, attributes), to: directory.open("unified", [.path, .directory]), "unified")
            }
            if attributes.contains(.readOnly) { try Mounts.change(directory, set: .readOnly) }
        }
    }

    /// Only root over the host may mount anew what its cgroup namespace shows.
    private var bindsTheHosts: Bool { !hasNamespace && isInUserNamespace }

    private func tree(of hierarchy: CgroupHost.Hierarchy, _ attributes: MountAttributes) throws(SystemError) -> Descriptor {
        guard hasNamespace else { return try bound(hierarchy.mountPoint + (hierarchy.ownGroup ?? "/"), attributes, .slave) }
        if let group = hierarchy.ownGroup { return try bound(hierarchy.mountPoint + group, attributes, .private) }
        return try Mounts.make(
            "cgroup", source: "cgroup", options: hierarchy.mountOptions, attributes: attributes)
    }

    private func unified(_ tree: CgroupHost.Hierarchy?, _ attributes: MountAttributes) throws(SystemError) -> Descriptor {
        if bindsTheHosts, let tree { return try bound(tree.mountPoint, attributes, .slave) }
        return try Mounts.make("cgroup2", source: "cgroup", attributes: attributes)
    }

    private func bound(
        _ path: String, _ attributes: MountAttributes, _ propagation: MountPropagation
    ) throws(SystemError) -> Descriptor {
        let mount = try Mounts.clone(path)
        try Mounts.change(mount, set: attributes, propagation: propagation)
        return mount
    }
}
