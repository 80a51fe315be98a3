internal import Linux

/// The volumes of a container that is being made: which, by what names, and what is mounted of them.
struct ContainerVolumes {
    private let engine: Engine
    /// What was asked, with a name for each volume, those of other containers and those of the image.
    private(set) var options: RunOptions

    init(_ engine: Engine, _ options: RunOptions) throws(EngineError) {
        self.engine = engine
        self.options = options
        for flag in options.volumesFrom {
            for mount in try engine.mounts(of: try engine.find(flag.container)) {
                var mount = mount
                if let readOnly = flag.readOnly { mount.readOnly = readOnly }
                addUnlessTaken(mount)
            }
        }
        for path in options.imageVolumes { addUnlessTaken(try VolumeFlag.anonymous(path, flag: "the image's volume")) }
        for index in self.options.mounts.indices
        where self.options.mounts[index].kind == .volume && self.options.mounts[index].source == nil {
            self.options.mounts[index].source = ContainerRecord.newID()
        }
    }

    private mutating func addUnlessTaken(_ mount: MountRequest) {
        if !options.mounts.contains(where: { $0.destination == mount.destination }) { options.mounts.append(mount) }
    }

    private var volumes: [MountRequest] { options.mounts.filter { $0.kind == .volume } }

    var uses: [VolumeUse] { volumes.map { VolumeUse(volume: $0.source ?? "", anonymous: $0.isAnonymous) } }

    /// Makes those that are not there. Only once the container's row names them: no volume is made that a crash leaves without
    /// a user.
    func make() throws(EngineError) {
        for mount in volumes {
            var record = VolumeRecord(name: mount.source ?? "", created: Clock.seconds())
            record.options = mount.volumeOptions.isEmpty ? nil : mount.volumeOptions
            record.labels = mount.volumeLabels.isEmpty ? nil : mount.volumeLabels
            record.anonymous = mount.isAnonymous ? true : nil
            if let found = try engine.volumes.find(record.name) {
                guard mount.volumeOptions.isEmpty || found.options == record.options else {
                    throw EngineError("volume \(record.name) is there already, with other options; remove it, or leave them out")
                }
            } else {
                _ = try VolumeOptions(mount.volumeOptions)
                try engine.volumes.make(record, engine)
            }
        }
    }

    /// The mounts with the volumes as what they are made of, filled from the image where they are empty.
    func furnish(_ root: SpecContext.RootFileSystem) throws(EngineError) -> [MountRequest] {
        var mounts: [MountRequest] = []
        for mount in options.mounts { mounts.append(mount.kind == .volume ? try furnish(mount, root) : mount) }
        return mounts
    }

    private func furnish(
        _ mount: MountRequest, _ root: SpecContext.RootFileSystem
    ) throws(EngineError) -> MountRequest {
        let name = mount.source ?? ""
        switch try VolumeOptions(try engine.volumes.require(name).options ?? [:]) {
        case .directory:
            if mount.copiesContent {
                try Trace.purpose("fill the volume \(name) with what the image has there") { () throws(EngineError) in
                    try VolumeFilling(engine, name).fill(from: root.directories, at: mount.destination)
                }
            }
            var bind = mount
            (bind.kind, bind.source, bind.recursive) = (.bind, engine.volumes.data(name), false)
            return bind
        case .bind(let device, let words):
            var bind = mount
            (bind.kind, bind.source, bind.recursive) = (.bind, device, words.contains("rbind"))
            for word in words where word != "rw" { try VolumeFlag.apply(word, to: &bind, flag: "volume \(name)", value: word) }
            return bind
        case .tmpfs(let words):
            var tmpfs = try TmpfsFlag.parse("\(mount.destination):\(words.joined(separator: ","))")
            tmpfs.options.removeAll { TmpfsFlag.defaults.contains($0) && !words.contains($0) }
            tmpfs.readOnly = tmpfs.readOnly || mount.readOnly
            return tmpfs
        }
    }
}

extension SpecContext.RootFileSystem {
    /// The directories it is made of, the uppermost first.
    var directories: [String] {
        switch self {
        case .directory(let path): [path]
        case .layers(let paths): paths
        }
    }
}

extension Engine {
    /// The volumes and directories of the host that a container has mounted, as they were asked for.
    func mounts(of record: ContainerRecord) throws(EngineError) -> [MountRequest] {
        var requests: [MountRequest] = []
        for mount in try Self.settings(record).mounts ?? [] { requests.append(try mount.request) }
        return requests
    }
}
