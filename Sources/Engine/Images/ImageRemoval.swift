internal import Images
internal import Linux
internal import OCI

/// Takes names and images away, and then what no image needs any more.
package struct ImageRemoval {
    private let engine: Engine

    package init(_ engine: Engine) { self.engine = engine }

    /// What was done, in docker's words: `Untagged: …`, `Deleted: …`.
    package func remove(_ text: String, force: Bool) throws(EngineError) -> [String] {
        let image = try engine.requireImage(text)
        let named = image.names.map(\.name).first { $0 == (try? ImageName(text))?.description }
        if let named, image.names.count > 1 {
            try engine.images.untag(named, of: image.id)
            return ["Untagged: \(named)"]
        }
        if named == nil, image.names.count > 1, !force {
            throw EngineError(
                "image \(image.shortID) has \(image.names.count) names; name one of them, or remove all with --force")
        }
        for container in try engine.images.containers(of: image.id) {
            guard force else {
                throw EngineError(
                    "image \(text) is used by container \(container.name); remove that first (hako rm \(container.name)), or use --force"
                )
            }
            let record = try engine.find(container.id)
            try ContainerRemoval.remove(record, engine, force: true)
        }
        try engine.images.remove(image.id)
        try ImageCollection(engine).run(waits: false)
        return image.names.map { "Untagged: \($0.name)" } + ["Deleted: sha256:\(image.id)"]
    }
}

/// Deletes content that no image and no container names.
package struct ImageCollection {
    private let engine: Engine

    package init(_ engine: Engine) { self.engine = engine }

    package struct Outcome: Sendable {
        package var blobs = 0
        package var layers = 0
        /// Of blobs.
        package var bytes: Int64 = 0
    }

    /// - Parameter waits: for pulls that are under way; otherwise nothing is done while there are any, and a later one does it.
    @discardableResult
    package func run(waits: Bool = true) throws(EngineError) -> Outcome {
        let lock = waits ? try engine.lockImages(.exclusive) : try engine.lockImagesIfFree(.exclusive)
        guard let lock else { return Outcome() }
        defer { withExtendedLifetime(lock) {} }
        let images = try engine.images.all()
        let lists = try engine.images.indexes()
        let orphans = try layersOfContainers(without: Set(images.map(\.id)))
        return try imaging { () throws(ImagesError) in
            try collect(Set(images.flatMap(\.blobs) + lists), Set(images.flatMap(\.layers)).union(orphans))
        }
    }

    /// Of containers whose image the database has lost: the layers that their configurations name.
    private func layersOfContainers(without known: Set<String>) throws(EngineError) -> Set<String> {
        var chains: Set<String> = []
        for record in try engine.store.all() {
            guard let image = record.imageID, !known.contains(image) else { continue }
            for path in (try? engine.layers(record, needsUpper: false))?.lowers ?? [] {
                // `<root>/layers/<64 digits>/diff`
                chains.insert("sha256:\(path.split(separator: "/").dropLast().last ?? "")")
            }
        }
        return chains
    }

    private func collect(_ blobs: Set<Digest>, _ layers: Set<String>) throws(ImagesError) -> Outcome {
        let files = engine.files
        var outcome = Outcome()
        for digest in try files.blobs.all() where !blobs.contains(digest) {
            outcome.bytes += files.blobs.size(digest) ?? 0
            try files.blobs.remove(digest)
            outcome.blobs += 1
        }
        outcome.bytes += try files.blobs.removePartials()
        // Archives that `--rootfs` unpacked are layers as well: they stay while their index knows them.
        let kept = files.layers.archives()
        for chainID in try files.layers.all() where !layers.contains(chainID) && !kept.contains(chainID) {
            try files.layers.remove(chainID)
            outcome.layers += 1
        }
        _ = try files.layers.collectGarbage()
        return outcome
    }

    /// Images that have no name, or (`all`) no container.
    package func prune(all: Bool) throws(EngineError) -> (removed: [String], outcome: Outcome) {
        var removed: [String] = []
        for image in try engine.images.all() where all || image.names.isEmpty {
            guard try engine.images.containers(of: image.id).isEmpty else { continue }
            try engine.images.remove(image.id)
            removed += image.names.map { "untagged: \($0.name)" } + ["deleted: sha256:\(image.id)"]
        }
        return (removed, try run())
    }
}
