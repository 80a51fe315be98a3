internal import Images
internal import JSON
internal import Linux
internal import OCI

/// Images in a directory: an OCI layout (image-spec, image-layout.md), or what `docker save` writes.
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
    private static let largestDocument = 16 << 20

    init(_ path: String, name: String) throws(EngineError) {
        root = try attempt("open \(path)") { () throws(SystemError) in
            SharedDescriptor(try File.open(path, [.path, .directory]))
        }
        self.name = name
    }

    func entries(platform: Platform) throws(EngineError) -> [Entry] {
        if let list = try? read("manifest.json") { return try dockerEntries(list) }
        guard let bytes = try? read("index.json") else {
            throw EngineError("\(name) holds no images: it has neither manifest.json (docker) nor index.json (OCI)")
        }
        return try ociEntries(bytes, platform)
    }

    /// Opens a file in it: a fifo would wait for its writer, and a device may do something.
    func open(_ path: String) throws(EngineError) -> SharedDescriptor {
        let kind = try attempt("\(name): read \(path)") { () throws(SystemError) in
            try root.descriptor.openInRoot(path, .path).status().kind
        }
        guard kind == .regular else { throw EngineError("\(name): \(path) in it is no regular file") }
        return try attempt("\(name): read \(path)") { () throws(SystemError) in
            SharedDescriptor(try root.descriptor.openInRoot(path, [.read, .nonBlocking]))
        }
    }

    private func read(_ path: String) throws(EngineError) -> [UInt8] {
        let file = try open(path)
        return try attempt("\(name): read \(path)") { () throws(SystemError) in
            try file.descriptor.readToEnd(limit: Self.largestDocument)
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
        for descriptor in index.manifests { entries += try ociEntry(descriptor, names(of: descriptor), platform, depth: 0) }
        return entries
    }

    /// containerd's and docker's whole name, or the tag alone that skopeo and podman write.
    private func names(of descriptor: ContentDescriptor) -> [String] {
        let notes = descriptor.annotations ?? [:]
        if let name = notes["io.containerd.image.name"] { return [name] }
        return notes["org.opencontainers.image.ref.name"].map { [$0] } ?? []
    }

    private func ociEntry(
        _ descriptor: ContentDescriptor, _ names: [String], _ platform: Platform, depth: Int
    ) throws(EngineError) -> [Entry] {
        let bytes = try blob(descriptor)
        if MediaType.indexes.contains(descriptor.mediaType) {
            guard depth < 4, let index = try? ImageIndex(parsing: bytes), let chosen = index.manifest(for: platform) else {
                throw EngineError("\(name) has no image for \(platform)")
            }
            return try ociEntry(chosen, names, platform, depth: depth + 1)
        }
        let manifest: Manifest
        do throws(JSONError) { manifest = try Manifest(parsing: bytes) } catch {
            throw EngineError("\(name): the manifest \(descriptor.digest) \(error)")
        }
        // Signatures, attestations and charts are no images.
        guard manifest.artifactType == nil, [MediaType.config, MediaType.dockerConfig].contains(manifest.config.mediaType) else {
            return []
        }
        var layers: [String] = []
        for layer in manifest.layers { layers.append(try Self.path(layer.digest, name)) }
        return [Entry(names: names, manifest: bytes, config: try blob(manifest.config), layers: layers)]
    }

    /// A small blob, verified.
    private func blob(_ descriptor: ContentDescriptor) throws(EngineError) -> [UInt8] {
        let bytes = try read(try Self.path(descriptor.digest, name))
        guard BlobStore.digest(bytes).text == descriptor.digest else {
            throw EngineError("\(name): the content of \(descriptor.digest) is another; the archive is damaged")
        }
        return bytes
    }

    private static func path(_ digest: String, _ name: String) throws(EngineError) -> String {
        guard let digest = Digest(digest) else { throw EngineError("\(name): \"\(digest)\" is no digest that can be checked") }
        return "blobs/sha256/\(digest.hex)"
    }
}
