internal import Images
internal import JSON
internal import Linux
package import OCI

/// Brings images from an archive or a layout directory into the store: `hako load`.
package struct ImageLoad {
    private let engine: Engine
    private let files: ImageFiles
    private let report: TransferReport

    package init(_ engine: Engine, report: TransferReport) {
        self.engine = engine
        files = engine.files
        self.report = report
    }

    /// - Parameter path: a tar, compressed or not; a layout directory; nil is standard input.
    /// - Returns: the images, and the names that each got.
    package func run(_ path: String?, platform: Platform?) throws(EngineError) -> [ImageRecord] {
        let name = path ?? "standard input"
        if let path, (try? File.status(path).isDirectory) == true {
            return try load(ImageArchive(path, name: name), name, platform)
        }
        let file = try attempt("read \(name)") { () throws(SystemError) in
            if let path { return try File.open(path, [.read, .nonBlocking]) }
            return try StandardStreams.duplicateInput()
        }
        return try unpacked(file, name) { directory throws(EngineError) in
            try load(ImageArchive(directory, name: name), name, platform)
        }
    }

    /// Unpacks the archive into a directory that goes when `body` is done, or with the next collection.
    private func unpacked<Result>(
        _ file: consuming Descriptor, _ name: String, _ body: (String) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        let stage = try imaging { () throws(ImagesError) in try files.layers.stage() }
        defer { try? stage.discard() }
        let stream = ArchiveStream(file, name: name, limit: LayerLimits.standard.totalBytes)
        try imaging { () throws(ImagesError) in
            let options = UnpackOptions(tree: .rootFileSystem, ignoreOwners: true)
            _ = try LayerUnpacker(into: stage.directory, archive: name, options: options).unpack(ArchiveReader(stream))
        }
        return try body(stage.path)
    }

    private func load(_ archive: ImageArchive, _ name: String, _ platform: Platform?) throws(EngineError) -> [ImageRecord] {
        let lock = try engine.lockImages(.shared)
        defer { withExtendedLifetime(lock) {} }
        var loaded: [ImageRecord] = []
        for entry in try archive.entries(platform: platform ?? .current) { loaded.append(try load(entry, archive, name)) }
        guard !loaded.isEmpty else { throw EngineError("\(name) holds no image that can be run") }
        return loaded
    }

    private func load(_ entry: ImageArchive.Entry, _ archive: ImageArchive, _ name: String) throws(EngineError) -> ImageRecord {
        var names: [ImageName] = []
        for text in entry.names {
            // A layout names tags alone.
            if let name = try? ImageName(text), text.contains(":") || text.contains("/") { names.append(name) }
        }
        let bytes = if let given = entry.manifest { given } else { try manifest(of: entry, archive) }
        let manifest: Manifest
        do throws(JSONError) { manifest = try Manifest(parsing: bytes) } catch {
            throw EngineError("\(name): its manifest \(error)")
        }
        let digest = try imaging { () throws(ImagesError) -> Digest in
            try files.blobs.add(entry.config)
            return try files.blobs.add(bytes)
        }
        let content = try ImageContent(manifest: manifest, digest: digest, config: entry.config, name: name)
        var places: [Digest: String] = [:]
        for (layer, path) in zip(content.layers, entry.layers) { places[layer.blob] = path }
        let paths = places
        let outcome = try LayerTransfer(files, content, report) { [files] layer throws(EngineError) in
            guard let path = paths[layer.blob] else { throw EngineError("\(name): it has no layer \(layer.blob)") }
            return try BlobCopy(files).begin(layer.blob, size: layer.size, from: try archive.open(path))
        }.run()
        for warning in outcome.warnings { report.tell(.warning(warning)) }
        try imaging { () throws(ImagesError) in try files.blobs.synchronize() }
        var record = content.record(index: nil)
        record.names = names.map { ImageTag(name: $0.description, target: digest) }
        try engine.images.add(record, tags: record.names, at: Clock.seconds(), by: "load")
        return record
    }

    /// For docker's form, which has none: the layers as they are in the archive.
    private func manifest(of entry: ImageArchive.Entry, _ archive: ImageArchive) throws(EngineError) -> [UInt8] {
        var manifest = Manifest()
        manifest.mediaType = MediaType.manifest
        manifest.config = ContentDescriptor(
            mediaType: MediaType.config, digest: BlobStore.digest(entry.config), size: Int64(entry.config.count))
        for path in entry.layers { manifest.layers.append(try BlobCopy.describe(try archive.open(path), path)) }
        return manifest.json.bytes()
    }
}
