internal import Images
internal import JSON
internal import Linux
package import OCI

/// What `commit` and `import` say of the image they make.
package struct ImageChanges: Sendable {
    package var author: String?
    package var message: String?
    /// Dockerfile instructions: `CMD ["sh"]`, `ENV A=b`.
    package var instructions: [String] = []
    package var platform: Platform?

    package init() {}

    func apply(to execution: inout ImageConfig.Execution) throws(EngineError) {
        for instruction in instructions {
            let parts = instruction.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw .value("--change", instruction, "it is INSTRUCTION VALUE, such as CMD sh") }
            try Self.apply(parts[0].uppercased(), parts[1], instruction, &execution)
        }
    }

    private static func apply(
        _ name: String, _ value: String, _ whole: String, _ execution: inout ImageConfig.Execution
    ) throws(EngineError) {
        switch name {
        case "CMD": execution.Cmd = words(value)
        case "ENTRYPOINT": execution.Entrypoint = words(value)
        case "USER": execution.User = value
        case "WORKDIR": execution.WorkingDir = value
        case "STOPSIGNAL": execution.StopSignal = value
        case "ENV":
            let (key, text) = try pair(value, whole)
            execution.Env = (execution.Env ?? []).filter { !$0.hasPrefix("\(key)=") } + ["\(key)=\(text)"]
        case "LABEL":
            let (key, text) = try pair(value, whole)
            execution.Labels = (execution.Labels ?? [:]).merging([key: text]) { $1 }
        case "EXPOSE": execution.ExposedPorts = (execution.ExposedPorts ?? [:]).merging([port(value): .init()]) { $1 }
        case "VOLUME":
            for volume in list(value) ?? value.split(separator: " ").map(String.init) {
                execution.Volumes = (execution.Volumes ?? [:]).merging([volume: .init()]) { $1 }
            }
        default:
            throw .value(
                "--change", whole, "it is CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR")
        }
    }

    private static func port(_ text: String) -> String { text.contains("/") ? text : "\(text)/tcp" }

    /// A JSON array, or words for a shell.
    private static func words(_ text: String) -> [String] { list(text) ?? ["/bin/sh", "-c", text] }

    private static func list(_ text: String) -> [String]? {
        try? JSONValue(parsing: Array(text.utf8)).list { (word) throws(JSONError) in try word.string }
    }

    private static func pair(_ text: String, _ whole: String) throws(EngineError) -> (String, String) {
        let separator: Character = text.prefix { $0 != " " }.contains("=") ? "=" : " "
        let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw .value("--change", whole, "it is KEY=VALUE after the instruction")
        }
        var value = parts[1][...]
        if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = value.dropFirst().dropLast() }
        return (parts[0], String(value))
    }
}

/// Makes images of what is on this machine: of a container's changes, or of a tar.
package struct ImageCommit {
    private let engine: Engine
    private let files: ImageFiles
    private let changes: ImageChanges

    package init(_ engine: Engine, _ changes: ImageChanges) {
        self.engine = engine
        files = engine.files
        self.changes = changes
    }

    /// An image of a container: its own image's layers, and one of what it wrote.
    package func commit(_ container: ContainerRecord, as name: ImageName?) throws(EngineError) -> ImageRecord {
        let lock = try engine.lockImages(.shared)
        defer { withExtendedLifetime(lock) {} }
        let layers = try engine.layers(container, needsUpper: true)
        guard let upper = layers.upper else { throw EngineError("container \(container.name) has no layer of its own") }
        var manifest = Manifest()
        var config = ImageConfig()
        if let id = container.imageID, let image = try engine.images.image(id) {
            config = try engine.content(of: image)
            manifest.layers = try engine.manifest(of: image).manifest.layers
        } else {
            throw EngineError(
                "container \(container.name) was not made of an image; hako export and import make one of all of it")
        }
        let stage = try imaging { () throws(ImagesError) in try files.layers.stage() }
        defer { try? stage.discard() }
        let file = try imaging { () throws(ImagesError) in try stage.makeFile("layer.tar") }
        try imaging { () throws(ImagesError) in
            try RootExporter.writeLayer(upper, mountPoints: layers.mountPoints, to: file.descriptor)
        }
        let command = container.command.joined(separator: " ")
        return try add(file, to: &manifest, &config, createdBy: command, name, by: "commit")
    }

    /// An image of one layer: the root file system that a tar has.
    package func `import`(_ path: String?, as name: ImageName?) throws(EngineError) -> ImageRecord {
        let lock = try engine.lockImages(.shared)
        defer { withExtendedLifetime(lock) {} }
        var manifest = Manifest()
        var config = ImageConfig()
        let platform = changes.platform ?? .current
        (config.os, config.architecture, config.variant) = (platform.os, platform.architecture, platform.variant)
        config.config = ImageConfig.Execution()
        if let path {
            let file = try attempt("read \(path)") { () throws(SystemError) in
                SharedDescriptor(try File.open(path, [.read, .nonBlocking]))
            }
            return try add(file, to: &manifest, &config, createdBy: "import of \(path)", name, by: "import")
        }
        let stage = try imaging { () throws(ImagesError) in try files.layers.stage() }
        defer { try? stage.discard() }
        let file = try imaging { () throws(ImagesError) in try stage.makeFile("layer.tar") }
        try attempt("read standard input") { () throws(SystemError) in
            let input = try StandardStreams.duplicateInput()
            while true {
                let bytes = try input.read(upTo: 1 << 20)
                if bytes.isEmpty { return }
                try file.descriptor.write(bytes)
            }
        }
        return try add(file, to: &manifest, &config, createdBy: "import of standard input", name, by: "import")
    }

    /// Adds a tar as the uppermost layer, and the image to the store.
    private func add(
        _ file: SharedDescriptor, to manifest: inout Manifest, _ config: inout ImageConfig, createdBy: String, _ name: ImageName?,
        by action: String
    ) throws(EngineError) -> ImageRecord {
        let layer = try BlobCopy.describe(file, "the layer")
        guard let blob = Digest(layer.digest) else { throw EngineError("the layer has no digest") }
        if let source = try BlobCopy(files).begin(blob, size: layer.size, from: file) {
            try source.verified(files) { (input) throws(ImagesError) in try input.verify() }
        }
        let diff = try imaging { () throws(ImagesError) -> String in
            let stream = try files.blobs.stream(blob)
            try stream.drain()
            return stream.digest()
        }
        manifest.mediaType = MediaType.manifest
        manifest.layers.append(layer)
        config.created = WallClock.now()
        config.author = changes.author ?? config.author
        config.rootfs.diff_ids.append(diff)
        var entry = ImageConfig.History()
        (entry.created, entry.created_by, entry.comment, entry.author) = (
            config.created, createdBy, changes.message, changes.author
        )
        config.history = (config.history ?? []) + [entry]
        var execution = config.config ?? ImageConfig.Execution()
        try changes.apply(to: &execution)
        config.config = execution
        let document = config.json.bytes()
        manifest.config = ContentDescriptor(
            mediaType: MediaType.config, digest: BlobStore.digest(document), size: Int64(document.count))
        let bytes = manifest.json.bytes()
        let digest = try imaging { () throws(ImagesError) -> Digest in
            try files.blobs.add(document)
            return try files.blobs.add(bytes)
        }
        let content = try ImageContent(
            manifest: manifest, digest: digest, config: document, name: name?.familiar ?? "the new image")
        _ = try LayerTransfer(files, content, TransferReport { _ in }) { _ in nil }.run()
        try imaging { () throws(ImagesError) in try files.blobs.synchronize() }
        var record = content.record(index: nil)
        record.names = name.map { [ImageTag(name: $0.description, target: digest)] } ?? []
        try engine.images.add(record, tags: record.names, at: Clock.seconds(), by: action)
        return record
    }
}
