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
            let manifest = try read(image.manifest)
            for digest in try Self.contents(image, manifest) where written.insert(digest).inserted {
                try copy(digest, as: "blobs/sha256/\(digest.hex)", output)
            }
            for name in names.isEmpty ? [nil] : names.map(Optional.some) {
                let type = (try? Manifest(parsing: manifest))?.mediaType ?? MediaType.manifest
                var entry = ContentDescriptor(mediaType: type, digest: image.manifest, size: Int64(manifest.count))
                // podman and skopeo take the whole name from here, containerd from there.
                entry.annotations = name.map {
                    ["org.opencontainers.image.ref.name": $0, "io.containerd.image.name": $0]
                }
                index.manifests.append(entry)
            }
        }
        try put("index.json", index.json.bytes(), output)
    }

    /// The manifest, and what it names; not the index above it, which may name other platforms' images.
    private static func contents(_ image: ImageRecord, _ bytes: [UInt8]) throws(EngineError) -> [Digest] {
        guard let manifest = try? Manifest(parsing: bytes) else {
            throw EngineError("the manifest of \(image.shortID) is damaged")
        }
        return [image.manifest] + ([manifest.config] + manifest.layers).compactMap { Digest($0.digest) }
    }

    // MARK: Docker

    private func writeDocker(_ images: [Named], _ output: any ImageOutput) throws(EngineError) {
        var written: Set<String> = []
        var list: [JSONValue] = []
        for (image, names) in images {
            guard let configDigest = Digest(hex: image.id), let manifest = try? Manifest(parsing: try read(image.manifest)),
                let config = try? ImageConfig(parsing: try read(configDigest))
            else { throw EngineError("image \(image.shortID) is damaged; pull it again") }
            if written.insert(image.id).inserted { try copy(configDigest, as: "\(image.id).json", output) }
            var layers: [String] = []
            for (layer, diff) in zip(manifest.layers, config.rootfs.diff_ids) {
                guard let blob = Digest(layer.digest), let diffID = Digest(diff) else { continue }
                let path = "\(diffID.hex).tar"
                layers.append(path)
                if written.insert(path).inserted { try writePlain(blob, as: path, output) }
            }
            list.append([
                "Config": .string("\(image.id).json"), "RepoTags": JSONValue(names), "Layers": JSONValue(layers),
            ])
        }
        try put("manifest.json", JSONValue.array(list).bytes(), output)
    }

    // MARK: Directories

    /// The manifest in docker's form (schema 2), which has no word for zstd: such layers are written decompressed.
    private func writeDirectory(_ image: ImageRecord, _ output: any ImageOutput) throws(EngineError) {
        let config = try engine.content(of: image)
        var manifest = try engine.manifest(of: image).manifest
        guard let configDigest = Digest(hex: image.id), manifest.layers.count == config.rootfs.diff_ids.count else {
            throw EngineError("image \(image.shortID) is damaged; pull it again")
        }
        try put("version", ImageArchive.directoryVersion, output)
        try copy(configDigest, as: image.id, output)
        var written: Set<Digest> = []
        for (number, diff) in config.rootfs.diff_ids.enumerated() {
            guard let blob = Digest(manifest.layers[number].digest), let diffID = Digest(diff) else { continue }
            var layer = ContentDescriptor(mediaType: MediaType.dockerGzipLayer, digest: blob, size: manifest.layers[number].size)
            switch try compression(of: blob) {
            case .gzip: break
            case .none: layer.mediaType = MediaType.dockerLayer
            case .zstd:
                let size = try plainSize(of: blob)
                layer = ContentDescriptor(mediaType: MediaType.dockerLayer, digest: diffID, size: size)
            }
            manifest.layers[number] = layer
            guard let name = Digest(layer.digest), written.insert(name).inserted else { continue }
            if name == blob { try copy(blob, as: blob.hex, output) } else { try writePlain(blob, as: diffID.hex, output) }
        }
        manifest.mediaType = MediaType.dockerManifest
        manifest.config.mediaType = MediaType.dockerConfig
        (manifest.annotations, manifest.artifactType, manifest.subject) = (nil, nil, nil)
        try put("manifest.json", manifest.json.bytes(), output)
    }

    // MARK: Files

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

    /// Decompressed twice where it is compressed: a tar wants the size first.
    private func writePlain(_ blob: Digest, as path: String, _ output: any ImageOutput) throws(EngineError) {
        let blobs = engine.files.blobs
        let size = try plainSize(of: blob)
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
