internal import EdgeProtocol
internal import Images
internal import JSON
internal import Linux
package import OCI

/// Lists of images for several platforms, made here: `hako manifest`.
///
/// A list is a blob, and its name a row of the database that stands for it.
package struct ImageIndexes {
    private let engine: Engine
    private let files: ImageFiles

    package init(_ engine: Engine) {
        self.engine = engine
        files = engine.files
    }

    package func create(_ name: ImageName, replaces: Bool) throws(EngineError) {
        if !replaces, try engine.images.index(name.description) != nil {
            throw EngineError("there is a list \(name.familiar) already; give --amend to replace it")
        }
        var index = ImageIndex()
        index.mediaType = MediaType.index
        try keep(index, as: name)
    }

    package func read(_ name: ImageName) throws(EngineError) -> ImageIndex {
        guard let digest = try engine.images.index(name.description) else {
            throw EngineError("there is no list \(name.familiar); hako manifest create makes one")
        }
        let bytes = try imaging { () throws(ImagesError) in try files.blobs.read(digest) }
        do throws(JSONError) { return try ImageIndex(parsing: bytes) } catch {
            throw EngineError("the list \(name.familiar) \(error)")
        }
    }

    package func keep(_ index: ImageIndex, as name: ImageName) throws(EngineError) {
        let lock = try engine.lockImages(.shared)
        defer { withExtendedLifetime(lock) {} }
        let bytes = index.json.bytes()
        let digest = try imaging { () throws(ImagesError) in try files.blobs.add(bytes) }
        try engine.images.putIndex(name.description, digest)
    }

    /// Adds an image of this machine.
    package func add(_ image: ImageRecord, to name: ImageName) throws(EngineError) -> Digest {
        var index = try read(name)
        let (manifest, bytes) = try engine.manifest(of: image)
        let config = try engine.content(of: image)
        var entry = ContentDescriptor(
            mediaType: manifest.mediaType ?? MediaType.manifest, digest: image.manifest, size: Int64(bytes.count))
        entry.platform = config.platform
        index.manifests.removeAll { $0.digest == entry.digest }
        index.manifests.append(entry)
        try keep(index, as: name)
        return image.manifest
    }

    /// Sends all images of the list, then the list.
    package func push(
        _ name: ImageName, to target: ImageName, _ edge: EdgeClient, _ report: TransferReport
    ) throws(EngineError) -> Digest {
        let index = try read(name)
        let images = try engine.images.all()
        for entry in index.manifests {
            guard let image = images.first(where: { $0.manifest.text == entry.digest }), let digest = Digest(entry.digest) else {
                throw EngineError(
                    "the list \(name.familiar) has \(entry.digest), and no such image is here; pull it, or add it anew")
            }
            let place = ImageName(registry: target.registry, repository: target.repository, digest: digest)
            _ = try ImagePush(engine, edge, report: report).run(image, to: place)
        }
        let bytes = index.json.bytes()
        var request = EdgeRequest(.putManifest, id: 0)
        request.repository = target.path
        request.reference = target.reference
        request.mediaType = MediaType.index
        request.body = String(decoding: bytes, as: UTF8.self)
        _ = try edge.ask(request)
        return BlobStore.digest(bytes)
    }
}
