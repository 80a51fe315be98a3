internal import Images
internal import JSON
internal import Linux
internal import OCI
internal import Runtime

/// Makes a container of an exported checkpoint; it is restored as one that was written here.
package struct CheckpointImport {
    private let engine: Engine
    private let path: String

    package init(_ engine: Engine, _ path: String) {
        self.engine = engine
        self.path = path
    }

    /// - Parameter name: with another name comes another id; nil takes over both.
    package func run(name: String?, ignoresVolumes: Bool) throws(EngineError) -> ContainerRecord {
        guard Engine.isPrivileged else { throw EngineError("cannot restore \(path): that takes root") }
        let archive = try attempt("read \(path)") { () throws(SystemError) in try File.open(path, [.read, .nonBlocking]) }
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        // Of such a name is what is being removed: where a crash leaves it, system check takes it away.
        let stage = "\(engine.locations.containers)/\(ContainerRemoval.doomedPrefix)\(ContainerRecord.newID())"
        try attempt("make \(stage)") { () throws(SystemError) in try File.makeDirectory(stage, mode: 0o700) }
        do throws(EngineError) {
            let directory = try attempt("open \(stage)") { () throws(SystemError) in try File.open(stage, [.read, .directory]) }
            try TreeArchive.unpack(archive, into: directory, called: path)
            let document = try read(stage)
            guard CheckpointRecord.read(stage) != nil else { throw EngineError("\(path): there is no checkpoint in it") }
            return try make(document, name, stage, ignoresVolumes)
        } catch {
            try? ContainerRemoval.removeTree(stage, engine)
            throw error
        }
    }

    private func read(_ stage: String) throws(EngineError) -> CheckpointExport {
        let file = "\(stage)/\(CheckpointExport.directory)/\(CheckpointExport.document)"
        guard let bytes = try? File.open(file, [.read, .noFollow]).readToEnd(limit: 16 << 20) else {
            throw EngineError("\(path) is no checkpoint that hako exported")
        }
        do throws(JSONError) {
            let document = try CheckpointExport(parsing: bytes)
            guard document.version == CheckpointExport.version else {
                throw JSONError("is \(document.version); this hako knows \(CheckpointExport.version)", at: "version")
            }
            guard document.id.utf8.count == 64, document.id.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
            else { throw JSONError("is no container's", at: "id") }
            return document
        } catch {
            throw EngineError("\(path), \(CheckpointExport.document): \(error)")
        }
    }

    private func make(
        _ document: CheckpointExport, _ name: String?, _ stage: String, _ ignoresVolumes: Bool
    ) throws(EngineError) -> ContainerRecord {
        let id = name == nil ? document.id : ContainerRecord.newID()
        let record = ContainerRecord(
            id: id, name: "", createdAt: WallClock.nanoseconds(), image: document.image, command: document.command,
            options: document.settings?.bytes() ?? [], range: nil, removes: document.removes, imageID: document.imageID)
        let settings = try Engine.settings(record)
        let bundle = engine.locations.bundle(id)
        let spec = try CheckpointPaths(document, id: id, engine.locations).spec(lowers: try lowers(document))
        guard try !engine.store.ids().contains(id), !File.exists(bundle) else {
            throw EngineError("container \(id.prefix(12)) is there already; remove it, or give another name with --name")
        }
        var claim = ContainerStore.Claim(name: try ContainerName.check(name ?? document.name), idCount: nil, reserved: [])
        for volume in document.volumes ?? [] {
            claim.volumes.append(VolumeUse(volume: try VolumeRecord.check(volume.name), anonymous: volume.anonymous))
        }
        let made = try engine.store.insert(record, claim).record
        do throws(EngineError) {
            try furnish(bundle, stage)
            if !ignoresVolumes { try fillVolumes(document, stage) }
            try attempt("make \(bundle)") { () throws(SystemError) in
                try File.rename(stage, to: CheckpointRecord.directory(bundle))
            }
            try ContainerRemoval.removeTree("\(CheckpointRecord.directory(bundle))/\(CheckpointExport.directory)", engine)
            try ContainerUpdate(engine, made).write(settings)
            try ContainerDocument(made).write(to: bundle)
            try attempt("write \(bundle)/config.json") { () throws(SystemError) in
                try File.replace("\(bundle)/config.json", with: spec.json.bytes())
            }
        } catch {
            try? ContainerRemoval.discard(id, engine)
            throw error
        }
        engine.report("create", made, ["name": made.name, "image": made.image])
        return made
    }

    /// The layers of its image, the uppermost first; nil where it has none.
    private func lowers(_ document: CheckpointExport) throws(EngineError) -> [String]? {
        guard let id = document.imageID else { return nil }
        guard let image = try engine.images.image(id) else {
            throw EngineError("the image \(document.image) (\(id.prefix(12))) is not here; pull or load it first")
        }
        let paths = engine.layerPaths(image)
        guard paths.count == image.layers.count else {
            throw EngineError("image \(image.shortID) lacks layers: they were deleted; pull it again")
        }
        return paths
    }

    private func furnish(_ bundle: String, _ stage: String) throws(EngineError) {
        let folder = "\(stage)/\(CheckpointExport.directory)"
        try attempt("make \(bundle)") { () throws(SystemError) in
            try File.makeDirectory(bundle, mode: 0o700)
            for (name, mode) in [("rootfs", 0o755), ("work", 0o700), ("diff", 0o755)] as [(String, UInt32)] {
                try File.makeDirectory("\(bundle)/\(name)", mode: mode)
            }
            for name in CheckpointExport.files {
                guard let file = try? File.open("\(folder)/\(name)", [.read, .noFollow]) else { continue }
                try File.replace("\(bundle)/\(name)", with: try file.readToEnd(limit: 4 << 20), mode: 0o644, durable: false)
            }
        }
        guard let changes = try? File.open("\(folder)/\(CheckpointExport.changes)", [.read, .noFollow]) else { return }
        let upper = try attempt("open \(bundle)/diff") { () throws(SystemError) in
            try File.open("\(bundle)/diff", [.read, .directory])
        }
        try TreeArchive.unpack(changes, into: upper, called: "what the container wrote", asLayer: true)
    }

    /// Makes those that are not here. As with podman, what is in the archive goes over what one that is here holds.
    private func fillVolumes(_ document: CheckpointExport, _ stage: String) throws(EngineError) {
        for volume in document.volumes ?? [] {
            var record = VolumeRecord(name: try VolumeRecord.check(volume.name), created: Clock.seconds())
            record.anonymous = volume.anonymous ? true : nil
            try engine.volumes.make(record, engine)
            guard let name = volume.file, !name.contains("/") else { continue }
            let file = try attempt("read the files of volume \(volume.name)") { () throws(SystemError) in
                try File.open("\(stage)/\(CheckpointExport.directory)/\(name)", [.read, .noFollow])
            }
            try VolumeArchive(engine, try engine.volumes.require(volume.name)).read(file, called: name)
        }
    }
}

/// A configuration for another place: its bundle's paths, its id, its layers.
struct CheckpointPaths {
    private let document: CheckpointExport
    private let id: String
    private let bundle: String
    /// Where volumes are, there and here.
    private let volumes: (String, String)

    init(_ document: CheckpointExport, id: String, _ locations: Locations) {
        self.document = document
        self.id = id
        bundle = locations.bundle(id)
        volumes = (document.bundle.replacing("/containers/\(document.id)", with: "/volumes/"), "\(locations.root)/volumes/")
    }

    func spec(lowers: [String]?) throws(EngineError) -> Spec {
        guard let json = document.spec, var spec = try? Spec(json: json), spec.root != nil else {
            throw EngineError("the configuration in the archive is damaged")
        }
        if let root = spec.root { spec.root?.path = moved(root.path) }
        if let group = spec.linux?.cgroupsPath { spec.linux?.cgroupsPath = group.replacing(document.id, with: id) }
        spec.mounts = spec.mounts?.enumerated().map { number, given in
            var mount = given
            mount.source = given.source.map(moved)
            guard number == 0, mount.destination == "/", mount.type == "overlay" else { return mount }
            mount.options = mount.options?.map { layered($0, lowers) }
            return mount
        }
        return spec
    }

    /// An option of the root's overlay.
    private func layered(_ option: String, _ lowers: [String]?) -> String {
        if option.hasPrefix("upperdir=") { return "upperdir=" + SpecBuilder.escaped("\(bundle)/diff") }
        if option.hasPrefix("workdir=") { return "workdir=" + SpecBuilder.escaped("\(bundle)/work") }
        guard option.hasPrefix("lowerdir="), let lowers else { return option }
        return "lowerdir=" + lowers.map(SpecBuilder.escaped).joined(separator: ":")
    }

    private func moved(_ path: String) -> String {
        if path.hasPrefix(volumes.0) { return volumes.1 + path.dropFirst(volumes.0.count) }
        guard path == document.bundle || path.hasPrefix(document.bundle + "/") else { return path }
        return bundle + path.dropFirst(document.bundle.count)
    }
}
