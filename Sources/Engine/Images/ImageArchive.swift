internal import Images
internal import JSON
internal import Linux
internal import OCI

/// Images in a directory: an OCI layout (image-spec, image-layout.md), what `docker save` writes, or what skopeo calls `dir`.
///
/// Everything is opened from the directory's descriptor, with links resolved inside of it: what was unpacked there is hostile.
struct ImageArchive {
    /// One image that is in it.
    struct Entry {
        var names: [String]
        /// As it is in the archive; nil where there is none (docker's form), and one is made.
        var manifest: [UInt8]?
        var config: [UInt8]
        /// Paths of the layers, the lowest first.
        var layers: [String]
    }

    private let root: SharedDescriptor
    private let name: String
    /// Files stand side by side, named by their digest alone: skopeo's `dir`.
    private var isFlat = false
    /// Indexes in indexes.
    private static let deepest = 4
    /// What the file `version` of a `dir` says.
    static let directoryVersion = Array("Directory Transport Version: 1.1\n".utf8)

    init(_ path: String, name: String) throws(EngineError) {
        root = try attempt("open \(path)") { () throws(SystemError) in
            SharedDescriptor(try File.open(path, [.path, .directory]))
        }
        self.name = name
        isFlat = (try? read("version"))?.starts(with: Self.directoryVersion.prefix { $0 != UInt8(ascii: ":") }) ?? false
    }

    func entries(platform: Platform) throws(EngineError) -> [Entry] {
        if isFlat {
            let bytes = try read("manifest.json")
            let type = (try? ImageIndex(parsing: bytes)) == nil ? MediaType.manifest : MediaType.index
            return try entry(bytes, type, [], platform)
        }
        if let list = try? read("manifest.json") { return try dockerEntries(list) }
        guard let bytes = try? read("index.json") else {
            throw EngineError("\(name) holds no images: it has neither manifest.json (docker) nor index.json (OCI)")
        }
        return try ociEntries(bytes, platform)
    }

    /// Opens a file in it: a fifo would wait for its writer, and a device may do something.
    func open(_ path: String) throws(EngineError) -> SharedDescriptor {
        let kind = try attempt("read \(path) of \(name)") { () throws(SystemError) in
            try root.descriptor.openInRoot(path, .path).status().kind
        }
        guard kind == .regular else { throw EngineError("\(name): \(path) in it is no regular file") }
        return try attempt("read \(path) of \(name)") { () throws(SystemError) in
            SharedDescriptor(try root.descriptor.openInRoot(path, [.read, .nonBlocking]))
        }
    }

    private func read(_ path: String) throws(EngineError) -> [UInt8] {
        let file = try open(path)
        return try attempt("read \(path) of \(name)") { () throws(SystemError) in
            try file.descriptor.readToEnd(limit: BlobStore.largestDocument)
        }
    }

    // MARK: Docker's form

    private func dockerEntries(_ list: [UInt8]) throws(EngineError) -> [Entry] {
        let items: [(config: String, tags: [String], layers: [String])]
        do throws(JSONError) {
            items = try JSONValue(parsing: list).list { (item) throws(JSONError) in
                guard case .object(let object) = item else { throw JSONError("is no object") }
                func texts(_ key: String) throws(JSONError) -> [String] {
                    guard let value = object[key], value != .null else { return [] }
                    return try value.list { (text) throws(JSONError) in try text.string }
                }
                guard let config = object["Config"] else { throw JSONError("has no Config") }
                return (try config.string, try texts("RepoTags"), try texts("Layers"))
            }
        } catch {
            throw EngineError("\(name): manifest.json \(error)")
        }
        var entries: [Entry] = []
        for item in items {
            entries.append(Entry(names: item.tags, manifest: nil, config: try read(item.config), layers: item.layers))
        }
        return entries
    }

    // MARK: OCI's form

    private func ociEntries(_ bytes: [UInt8], _ platform: Platform) throws(EngineError) -> [Entry] {
        let index: ImageIndex
        do throws(JSONError) { index = try ImageIndex(parsing: bytes) } catch {
            throw EngineError("\(name): index.json \(error)")
        }
        var entries: [Entry] = []
        for descriptor in index.manifests {
            entries += try entry(try manifest(descriptor), descriptor.mediaType, names(of: descriptor), platform)
        }
        return entries
    }

    /// containerd's and docker's whole name, or the tag alone that skopeo and podman write.
    private func names(of descriptor: ContentDescriptor) -> [String] {
        let notes = descriptor.annotations ?? [:]
        if let name = notes["io.containerd.image.name"] { return [name] }
        return notes["org.opencontainers.image.ref.name"].map { [$0] } ?? []
    }

    /// The image of a manifest, or of the one in an index that fits the platform.
    private func entry(
        _ bytes: [UInt8], _ mediaType: String, _ names: [String], _ platform: Platform, depth: Int = 0
    ) throws(EngineError) -> [Entry] {
        if MediaType.indexes.contains(mediaType) {
            guard depth < Self.deepest else {
                throw EngineError("\(name): its indexes are nested more than \(Self.deepest) deep")
            }
            guard let chosen = (try? ImageIndex(parsing: bytes))?.manifest(for: platform) else {
                throw EngineError("\(name) has no image for \(platform)")
            }
            return try entry(try manifest(chosen), chosen.mediaType, names, platform, depth: depth + 1)
        }
        let manifest: Manifest
        do throws(JSONError) { manifest = try Manifest(parsing: bytes) } catch {
            throw EngineError("\(name): the manifest \(BlobStore.digest(bytes)) \(error)")
        }
        // Signatures, attestations and charts are no images.
        guard manifest.artifactType == nil, [MediaType.config, MediaType.dockerConfig].contains(manifest.config.mediaType) else {
            return []
        }
        var layers: [String] = []
        for layer in manifest.layers { layers.append(path(try digest(layer))) }
        let config = try blob(manifest.config, at: path(try digest(manifest.config)))
        return [Entry(names: names, manifest: bytes, config: config, layers: layers)]
    }

    private func manifest(_ descriptor: ContentDescriptor) throws(EngineError) -> [UInt8] {
        let digest = try digest(descriptor)
        return try blob(descriptor, at: isFlat ? "\(digest.hex).manifest.json" : path(digest))
    }

    /// A small blob, verified.
    private func blob(_ descriptor: ContentDescriptor, at path: String) throws(EngineError) -> [UInt8] {
        let bytes = try read(path)
        guard Int64(bytes.count) == descriptor.size else {
            throw EngineError("\(name): \(descriptor.digest) has \(bytes.count) bytes, and should have \(descriptor.size)")
        }
        guard BlobStore.digest(bytes).text == descriptor.digest else {
            throw EngineError("\(name): the content of \(descriptor.digest) is another; the archive is damaged")
        }
        return bytes
    }

    private func digest(_ descriptor: ContentDescriptor) throws(EngineError) -> Digest {
        guard let digest = Digest(descriptor.digest) else {
            throw EngineError("\(name): \"\(descriptor.digest)\" is no digest that can be checked")
        }
        return digest
    }

    private func path(_ digest: Digest) -> String { isFlat ? digest.hex : "blobs/sha256/\(digest.hex)" }
}
