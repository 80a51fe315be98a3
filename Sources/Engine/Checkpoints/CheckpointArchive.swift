internal import Images
internal import JSON
internal import Linux
internal import OCI
internal import Runtime

/// A checkpoint as one tar: CRIU's images, what the container wrote, its volumes' files, and its configuration.
struct CheckpointArchive {
    private let engine: Engine
    private let record: ContainerRecord
    private let spec: Spec
    private var bundle: String { engine.locations.bundle(record.id) }

    init(_ engine: Engine, _ record: ContainerRecord, _ spec: Spec) {
        self.engine = engine
        self.record = record
        self.spec = spec
    }

    /// What would fail at the end fails before the container is written.
    func check(_ path: String) throws(EngineError) {
        if spec.mounts?.contains(where: { $0.type == SecretPlan.fileType || $0.type == SecretPlan.variableType }) == true {
            throw EngineError("container \(record.name) has secrets, which are written to no archive; leave --export out")
        }
        if spec.linux?.namespaces?.contains(where: { $0.path?.isEmpty == false }) == true {
            throw EngineError("container \(record.name) shares the network of another, which no archive has; leave --export out")
        }
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let status = try attempt("write \(path)") { () throws(SystemError) in try File.status(parent) }
        guard status.isDirectory, (try? File.status(path).isDirectory) != true else {
            throw EngineError.value("--export", path, "it is no place for a file")
        }
    }

    func write(_ request: ContainerCheckpoint.Request, to path: String) throws(EngineError) {
        let images = CheckpointRecord.directory(bundle)
        let folder = "\(images)/\(CheckpointExport.directory)"
        try ContainerRemoval.removeTree(folder, engine)
        try attempt("make \(folder)") { () throws(SystemError) in try File.makeDirectory(folder, mode: 0o700) }
        try fill(folder, request)
        let staged = "\(path).\(Processes.id).new"
        do throws(EngineError) {
            let source = try attempt("read \(images)") { () throws(SystemError) in try File.open(images, [.read, .directory]) }
            let file = try attempt("write \(path)") { () throws(SystemError) in
                try File.open(staged, [.write, .create, .truncate, .noFollow], mode: 0o600)
            }
            try TreeArchive.write(source, to: file)
            try attempt("write \(path)") { () throws(SystemError) in
                try file.synchronize()
                try File.rename(staged, to: path)
                try File.synchronizeDirectory(of: path)
            }
        } catch {
            try? File.remove(staged)
            throw error
        }
        try ContainerRemoval.removeTree(folder, engine)
    }

    private func fill(_ folder: String, _ request: ContainerCheckpoint.Request) throws(EngineError) {
        func make(_ name: String) throws(EngineError) -> Descriptor {
            try attempt("write \(folder)/\(name)") { () throws(SystemError) in
                try File.open("\(folder)/\(name)", [.write, .create, .exclusive], mode: 0o600)
            }
        }
        var document = CheckpointExport(record, bundle: bundle)
        let settings = try Engine.settings(record)
        document.settings = settings.json
        document.spec = spec.json
        if !request.ignoresRoot, let upper = try engine.layers(record, needsUpper: false).upper {
            let file = try make(CheckpointExport.changes)
            try imaging { () throws(ImagesError) in try RootExporter.writeLayer(upper, mountPoints: [], to: file) }
        }
        for name in CheckpointExport.files {
            guard let bytes = try? File.read("\(bundle)/\(name)", limit: 4 << 20) else { continue }
            let file = try make(name)
            try attempt("write \(folder)/\(name)") { () throws(SystemError) in try file.write(bytes) }
        }
        var volumes: [CheckpointExport.Volume] = []
        for mount in settings.mounts ?? [] where mount.type == "volume" {
            var volume = CheckpointExport.Volume()
            (volume.name, volume.anonymous) = (mount.source, mount.anonymous == true)
            if !request.ignoresVolumes, !volumes.contains(where: { $0.name == mount.source }) {
                let name = "volume-\(volumes.count).tar"
                let file = try make(name)
                try VolumeArchive(engine, try engine.volumes.require(mount.source)).write(to: file)
                volume.file = name
            }
            volumes.append(volume)
        }
        document.volumes = volumes.isEmpty ? nil : volumes
        let bytes = document.json.bytes()
        let file = try make(CheckpointExport.document)
        try attempt("write \(folder)/\(CheckpointExport.document)") { () throws(SystemError) in try file.write(bytes) }
    }
}
