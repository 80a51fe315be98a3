package import Images
internal import JSON
package import Linux
package import OCI

/// Where the content of images is; what several threads may use.
package struct ImageFiles: Sendable {
    package let blobs: BlobStore
    package let layers: LayerStore

    init(_ locations: Locations) {
        blobs = BlobStore(root: locations.root)
        layers = LayerStore(root: locations.root)
    }
}

/// Runs what the image store does; its error is the engine's.
package func imaging<Result>(_ body: () throws(ImagesError) -> Result) throws(EngineError) -> Result {
    do throws(ImagesError) { return try body() } catch { throw EngineError(error.message) }
}

extension Engine {
    package var images: ImageStore { ImageStore(self) }
    package var files: ImageFiles { ImageFiles(locations) }

    /// Held while content is added that no image in the database names yet (shared), and while what none names is deleted
    /// (exclusive).
    package func lockImages(_ kind: Descriptor.LockKind) throws(EngineError) -> SharedDescriptor {
        let file = try imagesLock()
        try attempt("lock the images of \(locations.root)") { () throws(SystemError) in try file.descriptor.lock(kind) }
        return file
    }

    /// The same, where it is free.
    package func lockImagesIfFree(_ kind: Descriptor.LockKind) throws(EngineError) -> SharedDescriptor? {
        let file = try imagesLock()
        return try attempt("lock the images of \(locations.root)") { () throws(SystemError) in
            do throws(SystemError) { try file.descriptor.lock(kind, waits: false) } catch {
                guard error.errno == .wouldBlock else { throw error }
                return nil
            }
            return file
        }
    }

    private func imagesLock() throws(EngineError) -> SharedDescriptor {
        try attempt("open the lock of the images of \(locations.root)") { () throws(SystemError) in
            SharedDescriptor(try File.open("\(locations.root)/images.lock", [.readWrite, .create, .noFollow], mode: 0o600))
        }
    }

    /// The image that a user means: a name, an id, or the beginning of one.
    ///
    /// - Returns: nil where there is none.
    package func image(_ text: String) throws(EngineError) -> ImageRecord? {
        let id = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        if id.utf8.count == 64, let exact = try images.image(id) { return exact }
        if let name = try? ImageName(text) {
            if let found = try images.find(name) { return found }
            if name.isShort {
                for candidate in ShortNames.standard().candidates(name) {
                    if let found = try images.find(candidate) { return found }
                }
            }
        }
        let found = try images.images(idBeginning: id)
        guard found.count < 2 else { throw EngineError("more than one image's id begins with \(text); give more of it") }
        return found.first
    }

    package func requireImage(_ text: String) throws(EngineError) -> ImageRecord {
        if let image = try image(text) { return image }
        throw EngineError("no such image: \(text) (hako images lists them)")
    }

    /// Where the layers of an image are, the uppermost first.
    package func layerPaths(_ image: ImageRecord) -> [String] {
        image.layers.reversed().compactMap { files.layers.layer($0, diffID: "")?.path }
    }

    /// Bytes of each layer as it is stored, the lowest first.
    package func layerSizes(_ image: ImageRecord) throws(EngineError) -> [Int64] {
        try manifest(of: image).manifest.layers.map(\.size)
    }

    /// An image's manifest, and its bytes as they are stored.
    package func manifest(of image: ImageRecord) throws(EngineError) -> (manifest: Manifest, bytes: [UInt8]) {
        let bytes = try imaging { () throws(ImagesError) in try files.blobs.read(image.manifest) }
        guard let manifest = try? Manifest(parsing: bytes) else {
            throw EngineError("the manifest of \(image.shortID) is damaged; pull it again")
        }
        return (manifest, bytes)
    }

    /// What an image says of itself.
    package func content(of image: ImageRecord) throws(EngineError) -> ImageConfig {
        guard let digest = Digest(hex: image.id) else { throw EngineError("image \(image.id) is damaged in the database") }
        let bytes = try imaging { () throws(ImagesError) in try files.blobs.read(digest) }
        guard let config = try? ImageConfig(parsing: bytes) else {
            throw EngineError("the configuration of \(image.shortID) is damaged")
        }
        return config
    }
}
