internal import Images
internal import JSON
package import Linux
internal import OCI

/// Writes images as one tar, or into a directory: `hako save`.
package struct ImageSave {
    package enum Form: String, Sendable, CaseIterable {
        /// What `docker load` reads.
        case docker = "docker-archive"
        /// An OCI layout as a tar.
        case oci = "oci-archive"
        case layout = "oci-dir"
        /// What skopeo and podman call `dir`: one image, its files named by their digests.
        case directory = "docker-dir"

        package var isDirectory: Bool { self == .layout || self == .directory }
    }

    /// An image, and the names to write.
    package typealias Named = (image: ImageRecord, names: [String])

    private let engine: Engine
    private let form: Form

    package init(_ engine: Engine, form: Form) {
        self.engine = engine
        self.form = form
    }

    /// Writes a tar.
    package func write(_ images: [Named], to output: borrowing Descriptor) throws(EngineError) {
        let writer = try imaging { () throws(ImagesError) in try ArchiveWriter(to: output) }
        try write(images, writer)
    }

    /// Writes into a directory that is empty.
    package func write(_ images: [Named], into directory: String) throws(EngineError) {
        try write(images, DirectoryWriter(into: directory))
    }

    private func write(_ images: [Named], _ output: any ImageOutput) throws(EngineError) {
        switch form {
        case .docker: try writeDocker(images, output)
        case .oci, .layout: try writeLayout(images, output)
        case .directory:
            guard images.count == 1 else {
                throw EngineError("a directory of the form \(form.rawValue) holds one image; there are \(images.count)")
            }
            try writeDirectory(images[0].image, output)
        }
        try imaging { () throws(ImagesError) in try output.finish() }
    }

    // MARK: OCI

    private func writeLayout(_ images: [Named], _ output: any ImageOutput) throws(EngineError) {
        var written: Set<Digest> = []
        try put("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), output)
        var index = ImageIndex()
        index.mediaType = MediaType.index
        for (image, names) in images {
            let content = try content(of: image)
            // Not the index above it, which may name other platforms' images.
            for digest in [image.manifest, content.configDigest] + content.layers.map(\.blob)
            where written.insert(digest).inserted {
                try copy(digest, as: "blobs/sha256/\(digest.hex)", output)
            }
            for name in names.isEmpty ? [nil] : names.map(Optional.some) {
                var entry = ContentDescriptor(
                    mediaType: content.manifest.mediaType ?? MediaType.manifest, digest: image.manifest,
                    size: engine.files.blobs.size(image.manifest) ?? 0)
                // podman and skopeo take the whole name from here, containerd from there.
                entry.annotations = name.map {
                    ["org.opencontainers.image.ref.name": $0, "io.containerd.image.name": $0]
                }
                index.manifests.append(entry)
            }
        }
        try put("index.json", index.json.bytes(), output)
    }

    // MARK: Docker

    private func writeDocker(_ images: [Named], _ output: any ImageOutput) throws(EngineError) {
        var written: Set<String> = []
        var list: [JSONValue] = []
        for (image, names) in images {
            let content = try content(of: image)
            if written.insert(image.id).inserted { try copy(content.configDigest, as: "\(image.id).json", output) }
            var layers: [String] = []
            for layer in content.layers {
                let path = "\(layer.diffID.hex).tar"
                layers.append(path)
                guard written.insert(path).inserted else { continue }
                try writePlain(layer.blob, as: path, size: try plainSize(of: layer.blob), output)
            }
            list.append([
                "Config": .string("\(image.id).json"), "RepoTags": JSONValue(names), "Layers": JSONValue(layers),
            ])
        }
        try put("manifest.json", JSONValue.array(list).bytes(), output)
    }

    // MARK: Directories

    /// The manifest is in docker's form (schema 2).
    private func writeDirectory(_ image: ImageRecord, _ output: any ImageOutput) throws(EngineError) {
        let content = try content(of: image)
        var manifest = Manifest()
        manifest.mediaType = MediaType.dockerManifest
        manifest.config = ContentDescriptor(
            mediaType: MediaType.dockerConfig, digest: content.configDigest, size: content.manifest.config.size)
        try put("version", ImageArchive.directoryVersion, output)
        try copy(content.configDigest, as: image.id, output)
        var written: Set<String> = []
        for layer in content.layers {
            let entry = try dockerEntry(layer)
            manifest.layers.append(entry)
            guard written.insert(entry.digest).inserted else { continue }
            if entry.digest == layer.blob.text {
                try copy(layer.blob, as: layer.blob.hex, output)
            } else {
                try writePlain(layer.blob, as: layer.diffID.hex, size: entry.size, output)
            }
        }
        try put("manifest.json", manifest.json.bytes(), output)
    }

    /// Docker's form has no word for zstd: such a layer is written decompressed.
    private func dockerEntry(_ layer: ImageContent.LayerContent) throws(EngineError) -> ContentDescriptor {
        switch try compression(of: layer.blob) {
        case .gzip: ContentDescriptor(mediaType: MediaType.dockerGzipLayer, digest: layer.blob, size: layer.size)
        case .none: ContentDescriptor(mediaType: MediaType.dockerLayer, digest: layer.blob, size: layer.size)
        case .zstd:
            ContentDescriptor(mediaType: MediaType.dockerLayer, digest: layer.diffID, size: try plainSize(of: layer.blob))
        }
    }

    // MARK: Files

    private func content(of image: ImageRecord) throws(EngineError) -> ImageContent {
        let (manifest, _) = try engine.manifest(of: image)
        guard let config = Digest(hex: image.id) else { throw EngineError("image \(image.id) is damaged in the database") }
        return try ImageContent(
            manifest: manifest, digest: image.manifest, config: try read(config), name: "image \(image.shortID)")
    }

    private func compression(of blob: Digest) throws(EngineError) -> ArchiveStream.Compression {
        let blobs = engine.files.blobs
        return try imaging { () throws(ImagesError) in
            let stream = try blobs.stream(blob)
            _ = unsafe try stream.next()
            return stream.compression
        }
    }

    private func plainSize(of blob: Digest) throws(EngineError) -> Int64 {
        let blobs = engine.files.blobs
        return try imaging { () throws(ImagesError) in
            let stream = try blobs.stream(blob)
            try stream.drain()
            return stream.produced
        }
    }

    /// Decompressed a second time where it is compressed: the size is wanted first.
    private func writePlain(
        _ blob: Digest, as path: String, size: Int64, _ output: any ImageOutput
    ) throws(EngineError) {
        let blobs = engine.files.blobs
        try imaging { () throws(ImagesError) in
            try output.begin(path, size: size)
            try output.copy(try blobs.stream(blob))
        }
    }

    private func read(_ digest: Digest) throws(EngineError) -> [UInt8] {
        let blobs = engine.files.blobs
        return try imaging { () throws(ImagesError) in try blobs.read(digest) }
    }

    private func put(_ path: String, _ bytes: [UInt8], _ output: any ImageOutput) throws(EngineError) {
        try imaging { () throws(ImagesError) in try output.put(path, bytes) }
    }

    /// A blob as it is, verified on the way.
    private func copy(_ digest: Digest, as path: String, _ output: any ImageOutput) throws(EngineError) {
        let blobs = engine.files.blobs
        try imaging { () throws(ImagesError) in
            let input = try BlobInput(digest, in: blobs)
            try output.begin(path, size: blobs.size(digest) ?? 0)
            try output.copy(input)
            try input.verify()
        }
    }
}
