internal import Images
internal import JSON
package import Linux
internal import OCI

/// Writes images as one tar: `hako save`.
package struct ImageSave {
    package enum Form: String, Sendable, CaseIterable {
        /// What `docker load` reads.
        case docker = "docker-archive"
        /// An OCI layout as a tar.
        case oci = "oci-archive"
    }

    private let engine: Engine
    private let form: Form

    package init(_ engine: Engine, form: Form) {
        self.engine = engine
        self.form = form
    }

    /// - Parameter images: with the names to write; those without get all they have.
    package func write(_ images: [(image: ImageRecord, names: [String])], to output: borrowing Descriptor) throws(EngineError) {
        let writer = try imaging { () throws(ImagesError) in try ArchiveWriter(to: output) }
        switch form {
        case .docker: try writeDocker(images, writer)
        case .oci: try writeLayout(images, writer)
        }
        try imaging { () throws(ImagesError) in try writer.finish() }
    }

    // MARK: OCI

    private func writeLayout(_ images: [(image: ImageRecord, names: [String])], _ writer: ArchiveWriter) throws(EngineError) {
        var written: Set<Digest> = []
        try put("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), writer)
        var index = ImageIndex()
        index.mediaType = MediaType.index
        for (image, names) in images {
            let manifest = try read(image.manifest)
            for digest in try Self.contents(image, manifest) where written.insert(digest).inserted {
                try copy(digest, as: "blobs/sha256/\(digest.hex)", writer)
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
        try put("index.json", index.json.bytes(), writer)
    }

    /// The manifest, and what it names; not the index above it, which may name other platforms' images.
    private static func contents(_ image: ImageRecord, _ bytes: [UInt8]) throws(EngineError) -> [Digest] {
        guard let manifest = try? Manifest(parsing: bytes) else {
            throw EngineError("the manifest of \(image.shortID) is damaged")
        }
        return [image.manifest] + ([manifest.config] + manifest.layers).compactMap { Digest($0.digest) }
    }

    // MARK: Docker

    private func writeDocker(_ images: [(image: ImageRecord, names: [String])], _ writer: ArchiveWriter) throws(EngineError) {
        var written: Set<String> = []
        var list: [JSONValue] = []
        for (image, names) in images {
            guard let configDigest = Digest(hex: image.id), let manifest = try? Manifest(parsing: try read(image.manifest)),
                let config = try? ImageConfig(parsing: try read(configDigest))
            else { throw EngineError("image \(image.shortID) is damaged; pull it again") }
            if written.insert(image.id).inserted { try copy(configDigest, as: "\(image.id).json", writer) }
            var layers: [String] = []
            for (layer, diff) in zip(manifest.layers, config.rootfs.diff_ids) {
                guard let blob = Digest(layer.digest), let diffID = Digest(diff) else { continue }
                let path = "\(diffID.hex).tar"
                layers.append(path)
                if written.insert(path).inserted { try writePlain(blob, as: path, writer) }
            }
            list.append([
                "Config": .string("\(image.id).json"), "RepoTags": JSONValue(names), "Layers": JSONValue(layers),
            ])
        }
        try put("manifest.json", JSONValue.array(list).bytes(), writer)
    }

    /// Decompressed twice where it is compressed: a tar wants the size first.
    private func writePlain(_ blob: Digest, as path: String, _ writer: ArchiveWriter) throws(EngineError) {
        let blobs = engine.files.blobs
        let size = try imaging { () throws(ImagesError) -> Int64 in
            let stream = try blobs.stream(blob)
            try stream.drain()
            return stream.produced
        }
        try imaging { () throws(ImagesError) in
            try writer.begin(ArchiveEntry(path: FileName(path), kind: .regular, size: size))
            let stream = try blobs.stream(blob)
            try writer.copy(stream)
        }
    }

    // MARK: Members

    private func read(_ digest: Digest) throws(EngineError) -> [UInt8] {
        let blobs = engine.files.blobs
        return try imaging { () throws(ImagesError) in try blobs.read(digest) }
    }

    private func put(_ path: String, _ bytes: [UInt8], _ writer: ArchiveWriter) throws(EngineError) {
        try imaging { () throws(ImagesError) in
            try writer.begin(ArchiveEntry(path: FileName(path), kind: .regular, size: Int64(bytes.count)))
            try writer.write(bytes)
        }
    }

    /// A blob as it is, verified on the way.
    private func copy(_ digest: Digest, as path: String, _ writer: ArchiveWriter) throws(EngineError) {
        let blobs = engine.files.blobs
        try imaging { () throws(ImagesError) in
            let input = try BlobInput(digest, in: blobs)
            try writer.begin(ArchiveEntry(path: FileName(path), kind: .regular, size: blobs.size(digest) ?? 0))
            try writer.copy(input)
            try input.verify()
        }
    }
}
