internal import Linux
internal import OCI

/// Carries out the steps that make the container's view of the machine.
struct Furnishing {
    private var sources: [CInt]
    private let mountPoint: CInt
    private let cgroupHost: CgroupHost
    /// Those that are not the host's.
    private let namespaces: NamespaceFlags
    /// The container's own, or the caller's.
    private let isInUserNamespace: Bool
    private let user: User
    /// Somebody connects network devices meanwhile.
    var awaitsDevices = false
    private(set) var root: ContainerRoot?
    private var pathCover = PathCover()
    /// The terminal's two sides, once a step has opened it.
    private(set) var terminal: CInt = -1
    private(set) var terminalMaster: CInt = -1

    init(
        sources: [CInt], mountPoint: CInt, cgroupHost: CgroupHost, namespaces: NamespaceFlags, isInUserNamespace: Bool, user: User
    ) {
        self.sources = sources
        self.mountPoint = mountPoint
        self.cgroupHost = cgroupHost
        self.namespaces = namespaces
        self.isInUserNamespace = isInUserNamespace
        self.user = user
    }

    mutating func perform(_ step: InitStep) throws(RuntimeError) {
        switch step {
        case .propagation(let kind):
            try explaining("change how mounts propagate") { () throws(SystemError) in try Mounts.setPropagationOfAll(kind) }
        case .bindRoot(let source, _):
            let mount = take(source)
            try attachRoot(mount)
        case .overlayRoot(let plan):
            let mount = try overlay(plan)
            try attachRoot(mount)
        case .mount(let plan): try mount(plan)
        case .secrets(let secrets): try place(secrets)
        case .unmount(let path): try unmount(path)
        case .cgroupMount(let destination, let attributes):
            let view = CgroupView(
                host: cgroupHost, hasNamespace: namespaces.contains(.cgroup), isInUserNamespace: isInUserNamespace)
            try view.mount(at: destination, attributes, in: root!)
        case .node(let device): try makeNode(device)
        case .bindNode(let source, let path):
            let node = take(source)
            try attach(node, at: path, .file)
        case .symlink(let path, let target): try link(path, to: target)
        case .sysctl(let path, let value): try set(path, to: value)
        case .mask(let path): try pathCover.hide(path, in: root!)
        case .readOnly(let path): try pathCover.makeReadOnly(path, in: root!)
        case .joinedRoot:
            root = ContainerRoot(try explaining("open /") { () throws(SystemError) in try File.open("/", [.path, .directory]) })
        case .console(let columns, let rows):
            try openTerminal(columns: columns, rows: rows)
            try mountConsole()
        case .terminal(let columns, let rows): try openTerminal(columns: columns, rows: rows)
        case .hostname(let name):
            try explaining("set the hostname \(name)") { () throws(SystemError) in try Namespaces.setHostname(name) }
        case .domainname(let name):
            try explaining("set the domain name \(name)") { () throws(SystemError) in try Namespaces.setDomainname(name) }
        case .loopback:
            try explaining("bring lo up") { () throws(SystemError) in try Namespaces.bringUp(interface: "lo") }
        case .hooks: break  // The init's own part: it has the channel to the launcher.
        case .pivot: try pivot()
        case .moveRoot: try moveRoot()
        case .rootAttributes(let readOnly, let propagation): try changeRoot(readOnly, propagation)
        }
    }

    mutating func take(_ source: Int) -> Descriptor {
        let raw = sources[source]
        sources[source] = -1
        return Descriptor(owning: raw)
    }

    // MARK: The root

    private mutating func attachRoot(_ mount: consuming Descriptor) throws(RuntimeError) {
        let target = Descriptor(owning: mountPoint)
        try explaining("mount the root file system") { () throws(SystemError) in
            try Mounts.attach(mount, to: target, "the root's place")
        }
        root = ContainerRoot(mount)
    }

    /// An overlay whose layers are given by descriptor: they are attached to a scratch directory that only this mount
    /// namespace sees, and named from there, so no path of the host's shows in the container's mount table.
    private mutating func overlay(_ plan: OverlayPlan) throws(RuntimeError) -> Descriptor {
        try explaining("layer the root file system") { () throws(SystemError) in
            let scratch = try Mounts.make("tmpfs", source: "layers", options: [.init("mode", "0700")])
            try Descriptor.lending(mountPoint) { (place) throws(SystemError) in
                try Mounts.attach(scratch, to: place, "scratch")
            }
            for (number, source) in plan.lowers.enumerated() {
                try scratch.makeDirectory("\(number)")
                try Mounts.attach(take(source), to: scratch.open("\(number)", [.path, .directory]), "\(number)")
            }
            var options = plan.data
            if plan.marksInUserAttributes { options.append(.init("userxattr")) }
            if let upper = plan.upper {
                try scratch.makeDirectory("u")
                let upper = take(upper)
                try Mounts.attach(upper, to: scratch.open("u", [.path, .directory]), "u")
                if plan.isVolatile { try VolatileOverlay.removeMark(in: upper, work: plan.workName) }
                options += [.init("upperdir", "u/\(plan.upperName)"), .init("workdir", "u/\(plan.workName)")]
            }
            options += Self.lowerOptions(count: plan.lowers.count)
            try Processes.changeDirectory(to: scratch)
            return try Mounts.make("overlay", source: "overlay", options: options, attributes: plan.attributes)
        }
    }

    /// One option while it fits the 255 characters fsconfig takes; beyond, one a layer (Linux 6.5).
    private static func lowerOptions(count: Int) -> [FileSystemOption] {
        let names = (0..<count).map(String.init)
        let joined = names.joined(separator: ":")
        return joined.utf8.count <= 255 ? [.init("lowerdir", joined)] : names.map { .init("lowerdir+", $0) }
    }

    private mutating func pivot() throws(RuntimeError) {
        // What the console or the masks stand on has to be there first; nothing of the host's is reachable afterwards.
        try explaining("make the root file system /") { () throws(SystemError) in
            try root!.enter()
            try Mounts.pivotToWorkingDirectory()
        }
    }

    /// For a machine whose root is a ramdisk. The host's stays below, out of reach: but a /proc or /sys of it, wholly visible there,
    /// would let a user namespace mount one without masks, so those go first.
    private mutating func moveRoot() throws(RuntimeError) {
        try explaining("move the root file system over /") { () throws(SystemError) in
            try root!.enter()
            let place = try Processes.workingDirectory()
            let mounts = MountInfo.all(in: try File.read("/proc/self/mountinfo", limit: 16 << 20))
            for mount in mounts.reversed() where mount.type == "proc" || mount.type == "sysfs" {
                if mount.destination == place || mount.destination.hasPrefix(place + "/") { continue }
                do throws(SystemError) {
                    try Mounts.detach(mount.destination)
                } catch  where error.errno == .invalidArgument || error.errno == .notPermitted {
                    // Locked to what lies below: covered, it is not wholly visible either.
                    let cover = try Mounts.make("tmpfs", source: "cover", attributes: .readOnly)
                    try Mounts.attach(cover, to: try File.open(mount.destination, [.path]), mount.destination)
                }
            }
            try Mounts.moveWorkingDirectoryToRoot()
        }
    }

    private func changeRoot(_ readOnly: Bool, _ propagation: MountPropagation?) throws(RuntimeError) {
        try explaining("change the mount of /") { () throws(SystemError) in
            let root = try File.open("/", [.path, .directory])
            try Mounts.change(root, set: readOnly ? .readOnly : [], propagation: propagation)
        }
    }

    // MARK: Mounts

    private mutating func mount(_ plan: MountPlan) throws(RuntimeError) {
        let options = plan.options
        if options.isRemount { return try remount(plan) }
        let mount = try detached(plan)
        var kind = ContainerRoot.Kind.directory
        if plan.source != nil {
            let status = try explaining("look at \(plan.sourceName ?? "")") { () throws(SystemError) in try mount.status() }
            if !status.isDirectory { kind = .file }
            try change(mount, plan)
        }
        if options.copiesUp, plan.source == nil { try copyUp(into: mount, plan) }
        try attach(mount, at: plan.destination, kind)
        if let propagation = options.propagation {
            try explaining("set how \(plan.destination) propagates") { () throws(SystemError) in
                try Mounts.change(mount, propagation: propagation, recursive: options.propagationIsRecursive)
            }
        }
    }

    /// The mount of a plan before it has a place: the host's file lent, or a new file system.
    private mutating func detached(_ plan: MountPlan) throws(RuntimeError) -> Descriptor {
        if let source = plan.source { return take(source) }
        let type = plan.type ?? ""
        if type == "proc" || type == "sysfs" { try refuseLink(plan.destination) }
        return try explaining("mount \(type) at \(plan.destination)") { () throws(SystemError) in
            try Mounts.make(
                type, source: plan.sourceName ?? type, options: plan.options.data,
                attributes: plan.options.copiesUp ? plan.options.set.subtracting(.readOnly) : plan.options.set)
        }
    }

    /// What the image has where a tmpfs goes shows in it, with the directory's own owner and permissions.
    private func copyUp(into mount: borrowing Descriptor, _ plan: MountPlan) throws(RuntimeError) {
        guard let covered = try? root!.open(plan.destination, for: [.read, .directory]) else { return }
        try explaining("copy what is at \(plan.destination) into the tmpfs") { () throws(SystemError) in
            let status = try covered.status()
            let top = try mount.open(".", [.read, .directory])
            try TreeCopy.copy(covered, into: top)
            let given = Set(plan.options.data.map(\.key))
            if given.isDisjoint(with: ["uid", "gid"]) { try top.setOwner(uid: status.uid, gid: status.gid) }
            if !given.contains("mode") { try top.setPermissions(status.permissions) }
            if plan.options.set.contains(.readOnly) { try Mounts.change(mount, set: .readOnly) }
        }
    }

    private func change(_ mount: borrowing Descriptor, _ plan: MountPlan) throws(RuntimeError) {
        let options = plan.options
        try explaining("set the options of \(plan.destination)") { () throws(SystemError) in
            try Mounts.change(mount, set: options.set, clear: options.clear)
            try Mounts.change(mount, set: options.setRecursively, clear: options.clearRecursively, recursive: true)
        }
    }

    private func remount(_ plan: MountPlan) throws(RuntimeError) {
        let mount = try explaining("open \(plan.destination)") { () throws(SystemError) in try root!.open(plan.destination) }
        try change(mount, plan)
    }

    /// By name in the directory that holds it: what lies there instead, such as a link, is not followed.
    private func unmount(_ path: String) throws(RuntimeError) {
        try explaining("unmount \(path)") { () throws(SystemError) in
            let parent = try root!.open("/" + path.split(separator: "/").dropLast().joined(separator: "/"))
            try Processes.changeDirectory(to: parent)
            try Mounts.detach(ContainerRoot.name(of: path))
        }
    }

    func attach(_ mount: borrowing Descriptor, at path: String, _ kind: ContainerRoot.Kind) throws(RuntimeError) {
        let target = try explaining("make \(path) in the container") { () throws(SystemError) in try root!.openTarget(path, kind)
        }
        try explaining("mount at \(path)") { () throws(SystemError) in try Mounts.attach(mount, to: target, path) }
    }

    /// /proc and /sys are where the runtime writes with authority: a link there would lead it elsewhere.
    private func refuseLink(_ path: String) throws(RuntimeError) {
        guard let found = try? root!.open(path, followsLast: false), let status = try? found.status() else { return }
        guard status.isDirectory else {
            throw RuntimeError("\(path) in the root file system is not a directory; a link or file there is refused")
        }
    }

    // MARK: Devices and settings

    private func makeNode(_ device: Device) throws(RuntimeError) {
        try explaining("make the device \(device.path)") { () throws(SystemError) in
            let parent = try root!.openParent(of: device.path)
            let name = ContainerRoot.name(of: device.path)
            let type: UInt32 = device.type == "b" ? 0o060000 : device.type == "p" ? 0o010000 : 0o020000
            let number = FileStatus.device(major: UInt32(device.major ?? 0), minor: UInt32(device.minor ?? 0))
            let mode = device.fileMode ?? 0o666
            Processes.setUmask(0)
            defer { Processes.setUmask(0o022) }
            try parent.makeNode(name, mode: type | (mode & 0o7777), device: number)
            if (device.uid ?? 0) != 0 || (device.gid ?? 0) != 0 {
                try parent.setOwner(of: name, uid: device.uid ?? 0, gid: device.gid ?? 0)
            }
        }
    }

    private func link(_ path: String, to target: String) throws(RuntimeError) {
        do throws(SystemError) {
            try root!.openParent(of: path).makeSymlink(ContainerRoot.name(of: path), to: target)
        } catch {
            guard error.errno == .fileExists else { throw RuntimeError("cannot link \(path): \(error)") }
        }
    }

    private func set(_ path: String, to value: String) throws(RuntimeError) {
        let file = try explaining("set \(path)") { () throws(SystemError) in try openSetting("/proc/sys/\(path)", path) }
        try ProcFileSystem.verify(file, path)
        try explaining("set \(path) to \(value)") { () throws(SystemError) in try file.write(value) }
    }

    /// How long a device that is being connected may take, in nanoseconds.
    private static let devicePatience: UInt64 = 10_000_000_000

    /// One of a device that somebody connects just now is there a few milliseconds later.
    private func openSetting(_ file: String, _ path: String) throws(SystemError) -> Descriptor {
        let deadline = awaitsDevices && Sysctl.device(ofPath: path) != nil ? Trace.now() + Self.devicePatience : 0
        while true {
            do throws(SystemError) { return try root!.open(file, for: .write) } catch {
                guard error.errno == .noSuchFileOrDirectory, Trace.now() < deadline else { throw error }
                Pause.microseconds(500)
            }
        }
    }

    private mutating func openTerminal(columns: UInt16, rows: UInt16) throws(RuntimeError) {
        let pair = try ConsoleTerminal.open(in: root!, columns: columns, rows: rows)
        terminalMaster = pair.master
        terminal = pair.slave
        // Whoever runs in the container owns its terminal.
        if user.uid != 0 {
            try? Descriptor.lending(terminal) { (slave) throws(SystemError) in try slave.setOwner(uid: user.uid, gid: 5) }
        }
    }

    private mutating func mountConsole() throws(RuntimeError) {
        let console = try explaining("mount the terminal") { () throws(SystemError) in
            try Descriptor.lending(terminal) { (slave) throws(SystemError) in try Mounts.clone(slave) }
        }
        try attach(console, at: "/dev/console", .file)
    }
}
