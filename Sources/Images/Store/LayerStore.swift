package import Linux

/// The layers on this machine, each unpacked once: `<root>/layers/<chain id>/diff`.
///
/// A layer appears whole or not at all: it is unpacked below `layers/staging`, brought to disk by one syncfs(2), and
/// renamed. A staging directory is held by flock(2) for as long as its process lives; what a dead one left is for
/// `collectGarbage`. The directory is mode 0700: layers hold set-id programs of strangers.
public struct LayerStore: Sendable {
    /// `<root>/layers`.
    package let directory: String
    var staging: String { directory + "/staging" }
    var indexPath: String { directory + "/index" }
    /// How many archives may be unpacked at once before two that have nothing in common may wait for each other.
    private static let lockCount: UInt64 = 64

    public init(root: String) { directory = root + "/layers" }

    /// The layer made of an archive file (tar, plain or compressed with gzip or zstd); unpacks it unless it is there.
    public func add(
        archiveAt path: String, limits: LayerLimits = .standard
    ) throws(ImagesError) -> Layer {
        try add(archiveAt: path, options: UnpackOptions(limits: limits))
    }

    /// - Parameter parent: the chain id of the layers below, for a layer of an image.
    public func add(
        archiveAt path: String, options: UnpackOptions, parent: String? = nil
    ) throws(ImagesError) -> Layer {
        // Non-blocking: a fifo would otherwise wait for its writer.
        let file = try attempt("cannot read archive \(path)") { () throws(SystemError) in
            try File.open(path, [.read, .nonBlocking])
        }
        let kind = try attempt("cannot read archive \(path)") { () throws(SystemError) in try File.status(path).kind }
        guard kind == .regular else {
            let what = kind == .directory ? "is a directory, not an archive" : "is not a regular file"
            throw ImagesError(.unsupported, "\(path) \(what)")
        }
        return try add(archive: file, called: path, options: options, parent: parent)
    }

    /// As above, for a file that is open. Its offset must be at its begin.
    package func add(
        archive file: borrowing Descriptor, called name: String, options: UnpackOptions, parent: String? = nil
    ) throws(ImagesError) -> Layer {
        try prepare()
        let box = try Duplicate(of: file, called: name)
        let before = try attempt("cannot read archive \(name)") { () throws(SystemError) in try FileIdentity(of: box.descriptor) }
        let key = ArchiveIndex.key(before, options, parent: parent)
        if let layer = find(key) { return layer }
        // One process unpacks, another that wants the same file waits here and then finds it.
        let lock = try lock(for: key)
        defer { withExtendedLifetime(lock) {} }
        if let layer = find(key) { return layer }
        let isSettled = before.isSettled()
        let (layer, _) = try unpack(box, name, options, parent)
        let after = try attempt("cannot read archive \(name)") { () throws(SystemError) in try FileIdentity(of: box.descriptor) }
        guard after == before else {
            throw ImagesError(.damaged, "\(name) was changed while it was read: try again when it is complete")
        }
        if isSettled { try remember(ArchiveIndex.Line(key: key, diffID: layer.diffID, chainID: layer.chainID)) }
        return layer
    }

    /// The layer with this chain id, if it is there.
    package func layer(_ chainID: String, diffID: String) -> Layer? {
        guard ChainID.isValid(chainID), File.exists(diff(chainID)) else { return nil }
        return Layer(chainID: chainID, diffID: diffID, path: diff(chainID), warnings: [])
    }

    /// `<root>/layers/<64 digits>`: overlay's options give `:` a meaning of its own, so the algorithm is left out.
    func place(_ chainID: String) -> String { "\(directory)/\(chainID.dropFirst("sha256:".count))" }
    func diff(_ chainID: String) -> String { place(chainID) + "/diff" }

    private func find(_ key: String) -> Layer? {
        guard let text = try? File.readText(indexPath), let line = ArchiveIndex(parsing: text).find(key) else { return nil }
        return layer(line.chainID, diffID: line.diffID)
    }

    func prepare() throws(ImagesError) {
        try attempt("cannot make the layer store \(directory)") { () throws(SystemError) in
            for path in [directory, staging, directory + "/locks"] where !File.exists(path) {
                try File.makeDirectories(path, mode: 0o700)
            }
        }
    }

    private func lock(for key: String) throws(ImagesError) -> Duplicate {
        let bucket =
            key.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 } % Self.lockCount
        return try lock("locks/\(bucket)")
    }

    private func lock(_ name: String) throws(ImagesError) -> Duplicate {
        try attempt("cannot lock the layer store \(directory)") { () throws(SystemError) in
            let file = try File.open("\(directory)/\(name)", [.readWrite, .create, .noFollow], mode: 0o600)
            try file.lock(.exclusive)
            return Duplicate(file)
        }
    }

    private func remember(_ line: ArchiveIndex.Line) throws(ImagesError) {
        let lock = try lock("locks/index")
        defer { withExtendedLifetime(lock) {} }
        var index = ArchiveIndex(parsing: (try? File.readText(indexPath)) ?? "")
        index.add(line)
        try attempt("cannot write \(indexPath)") { () throws(SystemError) in
            try File.replace(indexPath, with: Array(index.text.utf8), durable: false)
        }
    }

    /// Unpacks into staging and renames; a layer that is there already, from another file, wins.
    private func unpack(
        _ file: Duplicate, _ name: String, _ options: UnpackOptions, _ parent: String?
    ) throws(ImagesError) -> (Layer, UnpackReport) {
        let stage = try LayerStage.make(in: staging)
        do {
            let stream = ArchiveStream(try file.again(name), name: name, limit: options.limits.totalBytes)
            let reader = ArchiveReader(stream, limits: options.limits)
            let report = try LayerUnpacker(into: stage.diff, archive: name, options: options).unpack(reader)
            try stream.drain()
            let diffID = stream.digest()
            let chainID = ChainID.of(variant(diffID, options, report), over: parent)
            let layer = Layer(chainID: chainID, diffID: diffID, path: diff(chainID), warnings: report.warnings)
            if !File.exists(layer.path) { try stage.publish(as: place(chainID)) }
            try stage.discard()
            return (layer, report)
        } catch {
            try? stage.discard()
            throw error
        }
    }

    /// An archive unpacked in an unusual way is not the layer that its digest names: it gets a name of its own.
    private func variant(_ diffID: String, _ options: UnpackOptions, _ report: UnpackReport) -> String {
        var traits: [String] = []
        if options.tree == .rootFileSystem && report.whiteouts > 0 { traits.append("whiteouts kept") }
        if options.ignoreOwners { traits.append("owners ignored") }
        return traits.isEmpty ? diffID : ContentHash.of(Array("\(diffID) \(traits.joined(separator: ", "))".utf8))
    }

    /// Deletes what dead processes left in staging.
    ///
    /// - Returns: the paths deleted.
    public func collectGarbage() throws(ImagesError) -> [String] {
        guard File.exists(staging) else { return [] }
        let names = try attempt("cannot read \(staging)") { () throws(SystemError) in
            try File.open(staging, [.read, .directory]).list()
        }
        var deleted: [String] = []
        for name in names.sorted() where try LayerStage.removeIfDead("\(staging)/\(name)") {
            deleted.append("\(staging)/\(name)")
        }
        return deleted
    }
}

/// A descriptor in a box, for closures and locks: closed with its last user.
final class Duplicate: Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    init(of file: borrowing Descriptor, called name: String) throws(ImagesError) {
        do { descriptor = try file.duplicate() } catch { throw ImagesError("cannot read archive \(name)", error) }
    }

    func again(_ name: String) throws(ImagesError) -> Descriptor {
        do { return try descriptor.duplicate() } catch { throw ImagesError("cannot read archive \(name)", error) }
    }
}
