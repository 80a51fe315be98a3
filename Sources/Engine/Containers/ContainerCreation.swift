internal import Images
internal import JSON
package import Linux
internal import Networks
internal import OCI
internal import Runtime

/// Makes a container: its row, its directory, its configuration. Nothing runs yet.
///
/// The row comes first and the configuration last, both below a shared lock: what a SIGKILL leaves half made has a row or a
/// directory without the other part, and `system check` takes it away.
package struct ContainerCreation {
    package struct Made {
        package var record: ContainerRecord
        package var settings: ContainerSettings
        /// One line each, for the user.
        package var warnings: [String] = []
        /// Of one that is started at once.
        package var monitor: WaitingMonitor?
        /// Kept until the container's monitor runs: `system check` takes what has no monitor for a remainder.
        let lock: SharedDescriptor
    }

    let engine: Engine
    private var options: RunOptions
    let terminalSize: Terminal.Size?
    /// Whether it is started at once: then it counts as started from the beginning, whatever happens to hako.
    let starts: Bool
    private var sharing = NamespaceSharing()

    package init(_ engine: Engine, _ options: RunOptions, terminalSize: Terminal.Size?, starts: Bool) {
        self.engine = engine
        self.options = options
        self.terminalSize = terminalSize
        self.starts = starts
    }

    package func run() throws(EngineError) -> Made {
        var creation = self
        creation.sharing = try NamespaceSharing(engine, options)
        let networks = try ContainerNetworks(engine, creation.sharing.options)
        let volumes = try ContainerVolumes(engine, creation.sharing.options)
        creation.options = volumes.options
        return try creation.make(volumes, networks)
    }

    private mutating func make(_ volumes: ContainerVolumes, _ networks: ContainerNetworks) throws(EngineError) -> Made {
        try options.check()
        let command = try SpecBuilder.arguments(options)
        let facts = HostFacts(options: options)
        try facts.namespaces()
        try facts.sysctls()
        let plan = try identityPlan()
        var warnings = networks.warnings
        let root = try Trace.purpose("find the root file system") { () throws(EngineError) in try resolveRoot(&warnings) }
        let lock = SharedDescriptor(try engine.locations.lock(.shared))
        let settings = try ContainerSettings(options)
        let draft = ContainerRecord(
            id: ContainerRecord.newID(), name: "", createdAt: WallClock.nanoseconds(), image: options.root.description,
            command: command,
            options: settings.json.bytes(), range: nil, removes: options.remove,
            imageID: options.image?.id)
        var claim = ContainerStore.Claim(name: options.name, idCount: nil, reserved: [])
        claim.volumes = volumes.uses
        claim.addresses = networks.claims
        claim.isIdle = { [locations = engine.locations] id in (try? ContainerStatus.of(id, in: locations).isLive) == false }
        if case .range(let count) = plan {
            claim.idCount = count
            claim.reserved = ContainerIdentity.reserved()
        }
        let (record, addresses) = try Trace.purpose("record the container, with a name and ids of its own") {
            () throws(EngineError) in
            try engine.store.insert(draft, claim)
        }
        var monitor: WaitingMonitor?
        do throws(EngineError) {
            // It begins while the bundle is written.
            if starts, MonitorLaunch.canWait(networks) {
                monitor = try MonitorLaunch(engine, record, settings).spawnWaiting()
            }
            var maps: IdentityMaps?
            switch plan {
            case .none: break
            case .range: maps = record.range.map(ContainerIdentity.maps)
            case .maps(let given, let warning):
                maps = given
                if let warning { warnings.append(warning) }
            }
            try volumes.make()
            options.mounts = try volumes.furnish(root)
            try SubPath.make(options.mounts)
            try writeBundle(record, root, maps, networks, addresses)
            try ContainerUpdate(engine, record).write(settings)
        } catch {
            try? ContainerRemoval.discard(record.id, engine)
            throw error
        }
        engine.report("create", record, options.labels.merging(["name": record.name, "image": record.image]) { $1 })
        return Made(record: record, settings: settings, warnings: warnings, monitor: monitor, lock: lock)
    }

    private func identityPlan() throws(EngineError) -> ContainerIdentity.Plan {
        if let shared = sharing.identity { return shared }
        return try ContainerIdentity(options: options, isPrivileged: Engine.isPrivileged).plan()
    }

    // MARK: Root file system

    private func resolveRoot(_ warnings: inout [String]) throws(EngineError) -> SpecContext.RootFileSystem {
        switch options.root {
        case .host: return .layers(["/"])
        case .directory(let path): return .directory(try realDirectory(path))
        case .overlaid(let path): return .layers([try realDirectory(path)])
        case .archive(let path):
            let layer = try ArchiveLayer.unpack(path, engine)
            warnings += layer.warnings
            return .layers([layer.path])
        case .image: return .layers(try imageLayers())
        }
    }

    /// The directories of the image's layers, the uppermost first.
    private func imageLayers() throws(EngineError) -> [String] {
        guard let image = options.image else { throw EngineError("no such image: \(options.root.description)") }
        let paths = engine.layerPaths(image)
        guard paths.count == image.layers.count else {
            throw EngineError("image \(image.shortID) lacks layers: they were deleted; pull it again")
        }
        guard !paths.isEmpty else { throw EngineError("image \(image.shortID) has no layers: there is nothing to run in it") }
        return paths
    }

    private func realDirectory(_ path: String) throws(EngineError) -> String {
        let real = try attempt("use the root file system \(path)") { () throws(SystemError) in try File.realPath(path) }
        guard let status = try? File.status(real), status.isDirectory else {
            throw EngineError.value("--rootfs", path, "not a directory")
        }
        let directory = try attempt("read the root file system \(real)") { () throws(SystemError) in
            try File.open(real, [.read, .directory]).list()
        }
        guard !directory.isEmpty else {
            throw EngineError.value("--rootfs", path, "the directory is empty; unpack a root file system into it")
        }
        return real
    }

    // MARK: The bundle

    private func writeBundle(
        _ record: ContainerRecord, _ root: SpecContext.RootFileSystem, _ maps: IdentityMaps?,
        _ networks: ContainerNetworks, _ addresses: [[IPAddress]]
    ) throws(EngineError) {
        let bundle = engine.locations.bundle(record.id)
        let facts = HostFacts(options: options)
        try Trace.purpose("make the container's directory") { () throws(EngineError) in try makeDirectories(bundle, root) }
        var context = SpecContext(id: record.id, bundle: bundle, root: root)
        context.identity = maps
        context.rootless = !Engine.isPrivileged
        context.user = try Trace.purpose("look the user up in the root file system") { () throws(EngineError) in
            try resolveUser(root, maps)
        }
        context.hostname = options.uts == .own ? "" : sharing.hostname ?? HostFacts.hostname
        context.terminalSize = terminalSize.map { ConsoleSize(height: $0.rows, width: $0.columns) }
        context.devices = try facts.devices(hasUserNamespace: maps != nil)
        context.blockDevices = try facts.blockDevices()
        context.unmappedSources = try facts.bindSources()
        context.secrets = try ContainerSecrets(engine: engine, bundle: bundle).mounts(options.secrets)
        context.hasSELinux = HostFacts.hasSELinux
        context.hasMessageQueues = options.ipc.isContainers || File.exists("/dev/mqueue")
        context.hasSwap = options.resources.memory == nil ? false : HostFacts.hasSwap
        context.hidden = hiddenDirectories
        if options.mounts.contains(where: { $0.relabel != nil }), context.hasSELinux {
            throw EngineError("relabelling (z, Z, relabel) is not supported yet; label the directory on the host with chcon")
        }
        var builder = SpecBuilder(options, context, defaultCapabilities: SecurityDefaults.capabilities)
        builder.context.seccomp = try SecurityDefaults.seccomp(options, capabilities: builder.capabilities)
        let hostname = builder.hostname
        builder.context.files = try Trace.purpose("write /etc/hostname, /etc/hosts and /etc/resolv.conf") {
            () throws(EngineError) in
            let plan = try networks.plan(record, addresses)
            try ContainerNetworks.checkDevices(of: options.sysctls, plan)
            try plan?.write(record.id, in: engine.locations)
            return try ContainerFiles(bundle: bundle, hostname: hostname, options: options, networks: networks, plan: plan)
                .write()
        }
        builder.context.files.merge(sharing.files) { $1 }
        for mount in options.mounts where mount.changesOwner {
            try OwnerChange(context: builder.context, engine: engine).apply(to: mount)
        }
        try ContainerDocument(record).write(to: bundle)
        let bytes = try builder.spec().json.bytes()
        try Trace.purpose("write the configuration") { () throws(EngineError) in
            try attempt("write \(bundle)/config.json") { () throws(SystemError) in
                // Not fsynced: the row is not either, until the next checkpoint.
                try File.replace("\(bundle)/config.json", with: bytes, durable: false)
            }
        }
    }

    private func makeDirectories(_ bundle: String, _ root: SpecContext.RootFileSystem) throws(EngineError) {
        try attempt("make \(bundle)") { () throws(SystemError) in
            try File.makeDirectory(bundle, mode: 0o700)
            let directory = try File.open(bundle, [.path, .directory])
            try directory.makeDirectory("rootfs")
            if starts { _ = try directory.open("started", [.write, .create], mode: 0o600) }
            guard case .layers(let layers) = root, let top = layers.first else { return }
            try directory.makeDirectory("work", mode: 0o700)
            try directory.makeDirectory("diff")
            // The writable layer's own directory is what `/` looks like.
            let diff = try directory.open("diff", [.read, .directory])
            let like = try File.status(top)
            if Engine.isPrivileged, like.uid != 0 || like.gid != 0 { try diff.setOwner(uid: like.uid, gid: like.gid) }
            try diff.setPermissions(like.permissions)
        }
    }

    private func resolveUser(_ root: SpecContext.RootFileSystem, _ maps: IdentityMaps?) throws(EngineError) -> ResolvedUser {
        let files = RootFiles(root.directories)
        var request = options.user
        if request == nil, options.users == .keepID {
            request = UserRequest(user: .id(Processes.userID), group: .id(Processes.groupID))
        }
        let user = try UserLookup(passwd: files.text("etc/passwd") ?? "", group: files.text("etc/group") ?? "").resolve(
            request, extraGroups: options.groups)
        guard let maps else { return user }
        guard IDMapping.host(user.uid, in: maps.uids) != nil else {
            throw EngineError(
                "--user: the id \(user.uid) is not in the container's user namespace; map it with --uidmap, or use a lower one")
        }
        guard IDMapping.host(user.gid, in: maps.gids) != nil else {
            throw EngineError(
                "--user: the group \(user.gid) is not in the container's user namespace; map it with --gidmap, or use a lower one"
            )
        }
        var kept = user
        // A plain user without subordinate ids has no groups to give.
        kept.additionalGroups = user.additionalGroups.filter { IDMapping.host($0, in: maps.gids) != nil }
        return kept
    }

    /// Hako's own files have no place in a view of the host's root.
    private var hiddenDirectories: [String] {
        guard options.root == .host, let real = try? File.realPath(engine.locations.root) else { return [] }
        return real.hasPrefix("/run/") || real.hasPrefix("/tmp/") || real == "/" ? [] : [real]
    }
}
