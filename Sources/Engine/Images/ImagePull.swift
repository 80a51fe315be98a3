internal import EdgeProtocol
internal import Images
internal import JSON
internal import Linux
package import OCI

/// Brings an image from a registry: manifest, configuration, and layers that are unpacked while they come.
package struct ImagePull {
    let engine: Engine
    private let files: ImageFiles
    let edge: EdgeClient
    let platform: Platform
    let report: TransferReport

    package init(_ engine: Engine, _ edge: EdgeClient, platform: Platform?, report: TransferReport) {
        self.engine = engine
        files = engine.files
        self.edge = edge
        self.platform = platform ?? .current
        self.report = report
    }

    /// What a name stands for in its registry.
    package struct Resolved: Sendable {
        package var name: ImageName
        /// What the name stands for: an index, or the manifest itself.
        package var target: Digest
        package var index: Digest?
        package var manifest: Manifest
        package var manifestDigest: Digest
    }

    /// Asks the registry what a name stands for, and chooses the platform's image; one that the policy refuses is none.
    package func resolve(_ name: ImageName) throws(EngineError) -> Resolved {
        // What is brought to look at stays until it was looked at.
        let lock = try engine.lockImages(.shared)
        defer { withExtendedLifetime(lock) {} }
        let resolved = try lookUp(name)
        try SignatureCheck.standard(files, edge).check(resolved)
        return resolved
    }

    private func lookUp(_ name: ImageName) throws(EngineError) -> Resolved {
        let (bytes, mediaType) = try edge.manifest(name, name.reference)
        let target = try keep(bytes, expected: name.digest, name)
        let type = Self.type(of: bytes, mediaType)
        report.tell(.detail("\(name) is \(target), \(bytes.count) bytes of \(type)"))
        guard MediaType.indexes.contains(type) else {
            return Resolved(
                name: name, target: target, manifest: try Self.manifest(bytes, type, name), manifestDigest: target)
        }
        let index: ImageIndex
        do throws(JSONError) { index = try ImageIndex(parsing: bytes) } catch { throw EngineError("\(name): its index \(error)") }
        guard let chosen = index.manifest(for: platform), let digest = Digest(chosen.digest) else {
            let known = index.manifests.compactMap { $0.platform?.description }.filter { $0 != "unknown/unknown" }
            throw EngineError("\(name) has no image for \(platform); it has \(known.joined(separator: ", "))")
        }
        report.tell(.detail("of \(index.manifests.count) images in it, \(digest) is for \(platform)"))
        let (inner, innerType) = try edge.manifest(name, digest.text)
        guard !MediaType.indexes.contains(Self.type(of: inner, innerType)) else {
            throw EngineError("\(name): its index has an index in it (\(digest)), which is not followed")
        }
        _ = try keep(inner, expected: digest, name)
        return Resolved(
            name: name, target: target, index: target,
            manifest: try Self.manifest(inner, Self.type(of: inner, innerType), name), manifestDigest: digest)
    }

    /// Verifies and stores a manifest.
    private func keep(_ bytes: [UInt8], expected: Digest?, _ name: ImageName) throws(EngineError) -> Digest {
        let digest = BlobStore.digest(bytes)
        guard expected == nil || digest == expected else {
            throw EngineError("\(name): \(name.registry) answered with a manifest whose digest is \(digest); not taken")
        }
        return try imaging { () throws(ImagesError) in try files.blobs.add(bytes) }
    }

    /// The document's own word on its type, or the registry's.
    private static func type(of bytes: [UInt8], _ announced: String) -> String {
        guard let index = try? ImageIndex(parsing: bytes) else {
            return (try? Manifest(parsing: bytes))?.mediaType ?? announced
        }
        return index.mediaType ?? MediaType.index
    }

    private static func manifest(_ bytes: [UInt8], _ type: String, _ name: ImageName) throws(EngineError) -> Manifest {
        guard !type.hasPrefix(MediaType.dockerSchema1) else {
            throw EngineError("\(name) is of docker's first form (schema 1), which is not read any more; push it anew")
        }
        do throws(JSONError) { return try Manifest(parsing: bytes) } catch {
            throw EngineError("\(name): its manifest \(error)")
        }
    }

    /// Brings what is missing, and names it.
    package func bring(_ resolved: Resolved) throws(EngineError) -> ImageRecord {
        let name = resolved.name
        let lock = try engine.lockImages(.shared)
        defer { withExtendedLifetime(lock) {} }
        // Whoever collected garbage since had no reason to keep what was resolved before the lock.
        if !files.blobs.has(resolved.manifestDigest) || resolved.index.map({ !files.blobs.has($0) }) == true {
            return try bring(try resolve(name))
        }
        let config = resolved.manifest.config
        guard let configDigest = Digest(config.digest), config.size <= BlobStore.largestDocument else {
            throw EngineError("\(name): its configuration (\(config.digest), \(config.size) bytes) cannot be taken")
        }
        let fetch = BlobFetch(files: files, edge: edge, repository: name.path, report: TransferReport { _ in })
        report.tell(
            .detail("the configuration is \(configDigest), \(config.size) bytes; layers: \(resolved.manifest.layers.count)"))
        try fetch.bring(configDigest, size: config.size)
        let bytes = try imaging { () throws(ImagesError) in try files.blobs.read(configDigest) }
        let content = try ImageContent(
            manifest: resolved.manifest, digest: resolved.manifestDigest, config: bytes, name: name.familiar)
        let layerFetch = BlobFetch(files: files, edge: edge, repository: name.path, report: report)
        let layers = try LayerTransfer(files, content, report) { layer throws(EngineError) in
            try layerFetch.begin(layer.blob, size: layer.size)
        }.run()
        for warning in layers.warnings { report.tell(.warning(warning)) }
        try imaging { () throws(ImagesError) in try files.blobs.synchronize() }
        var record = content.record(index: resolved.index)
        record.names = [ImageTag(name: name.description, target: resolved.target)]
        try engine.images.add(record, tags: record.names, at: Clock.seconds(), by: "pull")
        return record
    }
}

/// What a pull, push, load or save says of its progress; called from several threads.
package struct TransferReport: Sendable {
    package enum Event: Sendable {
        /// Bytes of a blob that have come or gone.
        case progress(Digest, have: Int64, size: Int64)
        /// It was there already.
        case exists(Digest)
        case done(Digest)
        case warning(String)
        /// What is done, for who wants to know all.
        case detail(String)
    }

    package let tell: @Sendable (Event) -> Void
    package init(_ tell: @escaping @Sendable (Event) -> Void) { self.tell = tell }
}
