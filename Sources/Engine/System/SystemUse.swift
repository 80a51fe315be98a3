internal import Images
internal import OCI

/// What hako keeps on the disk, and how much of it nothing needs: `hako system df`.
package struct SystemUse: Sendable {
    package struct Image: Sendable {
        package var record: ImageRecord
        package var size: Int64
        /// Of that, what other images have as well.
        package var shared: Int64
        package var containers: Int
    }

    package struct Container: Sendable {
        package var record: ContainerRecord
        package var status: ContainerStatus
        package var volumes: Int
        package var size: Int64
    }

    package struct Volume: Sendable {
        package var name: String
        package var users: Int
        package var size: Int64
    }

    /// One line of the summary.
    package struct Total: Sendable {
        package var type: String
        package var count: Int
        package var active: Int
        package var size: Int64
        package var reclaimable: Int64
    }

    package private(set) var images: [Image] = []
    package private(set) var containers: [Container] = []
    package private(set) var volumes: [Volume] = []
    /// Bytes of all layers and blobs, each once, and of those that only unused images have.
    private var imageBytes: Int64 = 0
    private var freeImageBytes: Int64 = 0

    package init(_ engine: Engine) throws(EngineError) {
        let records = try engine.store.all()
        try measureImages(engine)
        for record in records {
            containers.append(
                Container(
                    record: record, status: try engine.status(record.id),
                    volumes: (try Engine.settings(record).mounts ?? []).count { $0.type == "volume" },
                    size: DiskUse.bytes(below: engine.locations.bundle(record.id))))
        }
        for volume in try engine.volumes.all() {
            volumes.append(
                Volume(
                    name: volume.name, users: try engine.store.users(of: volume.name).count,
                    size: DiskUse.bytes(below: engine.volumes.data(volume.name))))
        }
    }

    /// Layers and blobs are shared: each is measured once, and counted for all that need it.
    private mutating func measureImages(_ engine: Engine) throws(EngineError) {
        let records = try engine.images.all()
        var sizes: [String: Int64] = [:]
        var users: [String: [Bool]] = [:]
        var parts: [(own: [String], containers: Int)] = []
        for record in records {
            let containers = try engine.images.containers(of: record.id).count
            var own: [String] = []
            for path in engine.layerPaths(record) {
                if sizes[path] == nil { sizes[path] = DiskUse.bytes(below: path) }
                own.append(path)
            }
            for blob in record.blobs {
                sizes[blob.text] = engine.files.blobs.size(blob) ?? 0
                own.append(blob.text)
            }
            for part in Set(own) { users[part, default: []].append(containers > 0) }
            parts.append((Array(Set(own)), containers))
        }
        for (record, (own, containers)) in zip(records, parts) {
            images.append(
                Image(
                    record: record, size: own.reduce(0) { $0 + (sizes[$1] ?? 0) },
                    shared: own.filter { (users[$0]?.count ?? 0) > 1 }.reduce(0) { $0 + (sizes[$1] ?? 0) },
                    containers: containers))
        }
        imageBytes = sizes.values.reduce(0, +)
        freeImageBytes = sizes.reduce(0) { $0 + (users[$1.key]?.contains(true) == true ? 0 : $1.value) }
    }

    package var totals: [Total] {
        [
            Total(
                type: "Images", count: images.count, active: images.count { $0.containers > 0 }, size: imageBytes,
                reclaimable: freeImageBytes),
            Total(
                type: "Containers", count: containers.count, active: containers.count { $0.status.isLive },
                size: containers.reduce(0) { $0 + $1.size },
                reclaimable: containers.filter { !$0.status.isLive }.reduce(0) { $0 + $1.size }),
            Total(
                type: "Local Volumes", count: volumes.count, active: volumes.count { $0.users > 0 },
                size: volumes.reduce(0) { $0 + $1.size },
                reclaimable: volumes.filter { $0.users == 0 }.reduce(0) { $0 + $1.size }),
        ]
    }
}
