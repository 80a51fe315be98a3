internal import JSON
internal import Linux
internal import OCI

/// Bringing a container back from disk.
package enum Restore {
    package struct Request: Sendable {
        package var criu = CriuOptions()
        package var launch: ContainerLaunch.Request
        /// An AppArmor or SELinux profile in place of that in the images: `apparmor:NAME`.
        package var lsmProfile: String?
        package var lsmMountContext: String?

        package init(_ launch: ContainerLaunch.Request) { self.launch = launch }
    }

    /// Makes the control group and the state, and has CRIU make the processes in that group, in a mount namespace in which the root
    /// file system is a mount of its own, as CRIU wants it.
    ///
    /// - Returns: the container, whose first process is the caller's child if the caller is a subreaper.
    package static func begin(_ request: Request, root states: StateRoot) throws(RuntimeError) -> ContainerLaunch {
        guard Privilege.isOverHost else { throw RuntimeError("only root may restore a container") }
        let directory = try states.directory(of: request.launch.id)
        let bundle = try SharedNamespaces.resolve(try Bundle.load(request.launch.bundle), in: states)
        guard let root = bundle.spec.root else { throw RuntimeError("config.json: root is missing") }
        guard bundle.spec.process?.terminal != true else { throw RuntimeError("cannot restore a container with a terminal") }
        let program = try Criu.find()
        guard File.exists("\(request.criu.images)/inventory.img") else {
            throw RuntimeError("there is no checkpoint in \(request.criu.images)")
        }
        let host = try CgroupHost.detect()
        var setup = try CgroupSetup.planned(
            bundle.spec, id: request.launch.id, manager: request.launch.cgroupManager, host: host, rootless: false,
            everywhere: false)
        try directory.claim()
        var made: Cgroup?
        do throws(RuntimeError) {
            try directory.saveIntended(setup.intended)
            let cgroup = try setup.make()
            made = cgroup
            if let rules = setup.deviceRules { try cgroup.limitDevices(rules) }
            let pid = try CriuRestorer(
                program: program, request: request, bundle: bundle, cgroup: cgroup, rootPath: bundle.absolute(root.path)
            ).run(pidFile: "\(directory.path)/criu.pid")
            var state = try RuntimeState(of: pid, id: request.launch.id, bundle, cgroup)
            state.isRestored = true
            try directory.save(state)
            try setParameters(bundle, of: pid)
            let launch = ContainerLaunch(directory: directory, state: state, terminal: nil, warnings: [])
            try launch.afterStart()
            return launch
        } catch {
            try? made?.remove()
            directory.remove()
            throw error
        }
    }
}

extension Restore {
    /// CRIU makes a network namespace anew, and leaves out parameters that it does not know: such as who may ping. They are written
    /// by a process that joins it. Where that fails, the container ends.
    fileprivate static func setParameters(_ bundle: Bundle, of pid: Int32) throws(RuntimeError) {
        let isOwn = bundle.spec.linux?.namespaces?.contains { $0.type == .network && $0.path?.isEmpty != false } ?? false
        var files: [(path: String, value: String)] = []
        for (key, value) in (bundle.spec.linux?.sysctl ?? [:]).sorted(by: { $0.key < $1.key }) where isOwn {
            let path = try Sysctl.path(of: key, in: [.network, .ipc, .uts])
            if path.hasPrefix("net/") { files.append(("/proc/sys/\(path)", value)) }
        }
        guard !files.isEmpty else { return }
        switch try explaining("set the network's parameters", { () throws(SystemError) in try Namespaces.clone([]) }) {
        case .child:
            do throws(SystemError) {
                try Namespaces.join(try File.open("/proc/\(pid)/ns/net", .read), .network)
                for file in files { try File.command(file.path, file.value) }
                Processes.exitNow(0)
            } catch {
                Processes.exitNow(1)
            }
        case .parent(let child):
            guard (try? Processes.wait(for: child)) != 0 else { return }
            try? Processes.kill(pid, Signals.kill)
            _ = try? Processes.wait(for: pid)
            throw RuntimeError("cannot set \(files.map(\.path).joined(separator: ", ")) in the restored container's network")
        }
    }
}

/// Runs `criu restore` where the container is to be.
private struct CriuRestorer {
    let program: String
    let request: Restore.Request
    let bundle: Bundle
    let cgroup: Cgroup
    let rootPath: String

    private static let log = "restore.log"
    /// The first of the descriptors that CRIU is handed.
    private static let firstInherited: CInt = 100

    /// Whoever runs in the container opens its streams by name, too: new pipes belong to that user, as after a start.
    private func giveStreams() {
        guard let user = bundle.spec.process?.user, user.uid != 0 || user.gid != 0 else { return }
        for raw in request.launch.standard ?? [] {
            try? Descriptor.lending(raw) { (stream) throws(SystemError) in
                if try stream.status().kind == .fifo { try stream.setOwner(uid: user.uid, gid: user.gid) }
            }
        }
    }

    /// - Returns: the id of the container's first process.
    func run(pidFile: String) throws(RuntimeError) -> Int32 {
        giveStreams()
        let joins = try cgroup.openJoins()
        let target = SharedDescriptor?(try cgroup.openCloneTarget())
        let side = try explaining("start criu") { () throws(SystemError) in
            try Namespaces.clone(.mount, cgroup: target?.raw)
        }
        switch side {
        case .child:
            do { try become(pidFile, joins) } catch {
                try? StandardStreams.writeError("\(error)\n")
                Processes.exitNow(1)
            }
        case .parent(let child):
            for raw in joins { _ = Descriptor(owning: raw) }
            let code = try explaining("wait for criu") { () throws(SystemError) in try Processes.wait(for: child) }
            let text = (try? File.readText(pidFile, limit: 64)) ?? ""
            guard code == 0, let pid = Int32(text) else {
                throw RuntimeError("cannot restore \(request.launch.id): \(Criu.reason(in: request.criu.log(Self.log)))")
            }
            return pid
        }
    }

    private func become(_ pidFile: String, _ joins: [CInt]) throws -> Never {
        try Cgroup.join(joins)
        if bundle.spec.linux?.namespaces?.contains(where: { $0.type == .cgroup }) == true {
            try Namespaces.unshare(.cgroup)
        }
        try Mounts.setPropagationOfAll(.slave)
        try mountRoot()
        try makeMountPoints()
        // A sibling of CRIU is this runtime's own child: one that is tied to its parent would end with CRIU.
        var arguments = [program, "restore", "--restore-detached", "--restore-sibling", "--pidfile", pidFile, "--root", rootPath]
        arguments += request.criu.arguments(log: Self.log) + externalMounts()
        if let profile = request.lsmProfile { arguments += ["--lsm-profile", profile] }
        if let context = request.lsmMountContext { arguments += ["--lsm-mount-context", context] }
        arguments += try inherited()
        try Processes.execute(program, arguments: arguments, environment: Environment.all)
    }

    /// CRIU wants the root to be a mount of its own. An engine's root, a first mount that goes to /, is made as for a start.
    private func mountRoot() throws {
        if bundle.spec.mounts?.first?.destination == "/" {
            let context = PlanContext(bundle: bundle.path, privileged: true, containerID: request.launch.id)
            let plan = try Planner.plan(bundle.spec, in: context)
            guard let step = plan.steps.first(where: \.isRoot) else { throw RuntimeError("config.json: root is missing") }
            var sources = [CInt](repeating: -1, count: plan.sources.count)
            for number in step.rootSources { sources[number] = try plan.sources[number].detach(mappedThrough: nil).release() }
            let place = try File.open(rootPath, [.path, .directory]).release()
            var room = Furnishing(
                sources: sources, mountPoint: place, cgroupHost: try CgroupHost.detect(), namespaces: plan.namespaces.all,
                isInUserNamespace: false, user: plan.process.user)
            try room.perform(step)
            let root = try Mounts.clone(rootPath)
            try Processes.changeDirectory(to: try File.open("/", [.path, .directory]))
            // With what the layers hung from: of two mounts in one place, CRIU might take the other.
            for _ in 0..<(step.rootSources.count > 1 ? 2 : 1) { try Mounts.detach(rootPath) }
            return try Mounts.attach(root, to: try File.open(rootPath, [.path, .directory]), rootPath)
        }
        let root = try Mounts.clone(rootPath, recursive: true)
        try Mounts.attach(root, to: try File.open(rootPath, [.path, .directory]), rootPath)
    }

    /// Pipes that were the container's streams become those of the caller's; a network namespace is that of the configuration.
    private func inherited() throws -> [String] {
        var arguments: [String] = []
        var number = Self.firstInherited
        func hand(_ raw: CInt, _ key: String) throws {
            try Processes.assign(raw, to: number)
            arguments += ["--inherit-fd", "fd[\(number)]:\(key)"]
            number += 1
        }
        var keys: Set<String> = []
        let saved = try File.read("\(request.criu.images)/\(Checkpoint.descriptorsFile)", limit: 4096)
        if case .array(let names) = try JSONValue(parsing: saved) {
            for (stream, name) in names.prefix(3).enumerated() {
                guard case .string(let key) = name, key.hasPrefix("pipe:") else { continue }
                let own = request.launch.standard.map { stream < $0.count ? $0[stream] : -1 } ?? CInt(stream)
                // One pipe may be two of the streams.
                if own >= 0, keys.insert(key).inserted { try hand(own, key) }
            }
        }
        for namespace in bundle.spec.linux?.namespaces ?? [] where namespace.type == .network {
            guard let path = namespace.path, !path.isEmpty else { continue }
            try hand(try File.open(path, .read).release(), Checkpoint.networkKey)
        }
        return arguments
    }

    private func externalMounts() -> [String] {
        var sources: [(String, String)] = []
        for mount in bundle.spec.mounts ?? [] where mount.destination != "/" {
            if mount.isBind, let source = mount.source {
                sources.append((mount.destination, bundle.absolute(source)))
            } else if mount.type == "cgroup" || mount.type == "cgroup2", let group = cgroup.v2 {
                sources.append((mount.destination, group.directory))
            }
        }
        for path in bundle.spec.linux?.maskedPaths ?? [] { sources.append((path, "/dev/null")) }
        return sources.flatMap { ["--external", "mnt[\($0.0)]:\($0.1)"] }
    }

    /// What the container had made for its mounts is not in the root of another copy.
    private func makeMountPoints() throws {
        let root = ContainerRoot(try File.open(rootPath, [.path, .directory]))
        let secrets = [SecretPlan.fileType, SecretPlan.variableType]
        let covered = (bundle.spec.mounts ?? []).filter { !$0.isBind }.map(\.destination)
        for mount in bundle.spec.mounts ?? [] where !covered.contains(where: { mount.destination.hasPrefix($0 + "/") }) {
            if secrets.contains(mount.type ?? "") { continue }
            let isFile = mount.isBind && (try? File.status(bundle.absolute(mount.source ?? "")).isDirectory) == false
            _ = try explaining("make \(mount.destination) in the container") { () throws(SystemError) in
                try root.openTarget(mount.destination, isFile ? .file : .directory)
            }
        }
    }
}
