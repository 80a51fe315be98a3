internal import Images
internal import JSON
package import OCI

/// An image's manifest and configuration, read and checked against each other.
package struct ImageContent: Sendable {
    package var manifest: Manifest
    package var config: ImageConfig
    package var manifestDigest: Digest
    package var configDigest: Digest
    /// Of each layer, the lowest first.
    package var layers: [LayerContent]

    package struct LayerContent: Sendable {
        package var blob: Digest
        package var size: Int64
        package var diffID: Digest
        package var chainID: String
    }

    /// Layers that an image may have; overlay takes 500.
    static let mostLayers = 500

    /// - Throws: for what is no image that can be run.
    init(manifest: Manifest, digest: Digest, config bytes: [UInt8], name: String) throws(EngineError) {
        guard let configDigest = Digest(manifest.config.digest) else {
            throw EngineError(
                "\(name): the digest \"\(manifest.config.digest)\" of its configuration is none that can be checked")
        }
        do throws(JSONError) { config = try ImageConfig(parsing: bytes) } catch {
            throw EngineError("\(name): its configuration \(error)")
        }
        guard manifest.layers.count <= Self.mostLayers else {
            throw EngineError("\(name) has \(manifest.layers.count) layers; \(Self.mostLayers) can be stacked")
        }
        guard manifest.layers.count == config.rootfs.diff_ids.count else {
            throw EngineError(
                "\(name): its manifest has \(manifest.layers.count) layers and its configuration \(config.rootfs.diff_ids.count)")
        }
        self.manifest = manifest
        self.configDigest = configDigest
        manifestDigest = digest
        layers = []
        var parent: String?
        for (layer, diff) in zip(manifest.layers, config.rootfs.diff_ids) {
            guard let blob = Digest(layer.digest), let diffID = Digest(diff), layer.size >= 0 else {
                throw EngineError("\(name): a layer's digest or size (\(layer.digest), \(diff)) is none that can be checked")
            }
            try Self.check(layer, name)
            let chainID = ChainID.of(diff, over: parent)
            parent = chainID
            layers.append(LayerContent(blob: blob, size: layer.size, diffID: diffID, chainID: chainID))
        }
    }

    private static func check(_ layer: ContentDescriptor, _ name: String) throws(EngineError) {
        switch MediaType.layer(layer.mediaType) {
        case .tar: break
        case .foreign:
            throw EngineError(
                "\(name): the layer \(layer.digest) is kept elsewhere than in registries (a foreign layer); not taken")
        case .other: throw EngineError("\(name): a layer of the type \(layer.mediaType) is none that can be unpacked")
        }
    }

    /// What the database keeps of it.
    package func record(index: Digest?) -> ImageRecord {
        let blobs = [manifestDigest] + (index.map { [$0] } ?? []) + [configDigest] + layers.map(\.blob)
        return ImageRecord(
            id: configDigest.hex, manifest: manifestDigest, created: config.created.flatMap(Clock.parse) ?? 0,
            size: layers.reduce(0) { $0 + $1.size }, platform: config.platform.description, layers: layers.map(\.chainID),
            blobs: blobs)
    }
}
