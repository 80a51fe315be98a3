internal import Images
internal import Linux

/// Copies what an image has at a path into a volume that is empty, with owners and modes as in the image.
///
/// The copy is made beside the data in `_copy.new`; once whole it becomes `_copy`, and its files are moved into place one by
/// one. So a crash leaves a copy that is dropped, or one whose rest whoever comes next moves in; never half a file.
package struct VolumeFilling {
    private let engine: Engine
    private let name: String
    private static let staged = "_copy.new"
    private static let whole = "_copy"

    package init(_ engine: Engine, _ name: String) {
        self.engine = engine
        self.name = name
    }

    /// - Parameters:
    ///   - layers: the image's, the uppermost first.
    ///   - path: where the volume will be mounted.
    func fill(from layers: [String], at path: String) throws(EngineError) {
        guard try isEmpty() else { return }
        if let command = NamespaceCommand(ofUser: engine) {
            _ = try command.output(of: ["container", "fill", name, path] + layers)
        } else {
            try fillHere(from: layers, at: path)
        }
    }

    /// The same in this process, which may mount.
    package func fillHere(from layers: [String], at path: String) throws(EngineError) {
        let volume = try locked()
        _ = try finish(in: volume)
        guard try isEmpty() else { return }
        let image = try ImageTree.open(layers)
        let source: Descriptor
        do throws(SystemError) { source = try image.openInRoot(path, [.read, .directory]) } catch {
            // The image has no directory there: the volume stays empty.
            switch error.errno {
            case .noSuchFileOrDirectory, .notDirectory: return
            default: throw EngineError("read \(path) in the image", error)
            }
        }
        try attempt("fill the volume \(name)") { () throws(SystemError) in
            try volume.makeDirectory(Self.staged, mode: 0o700)
        }
        let staged = try attempt("fill the volume \(name)") { () throws(SystemError) in
            try volume.open(Self.staged, [.read, .directory, .noFollow])
        }
        try TreeArchive.copy(source, into: staged, called: "what the image has at \(path)")
        try attempt("fill the volume \(name)") { () throws(SystemError) in
            try volume.rename(Self.staged, to: Self.whole)
        }
        _ = try finish(in: volume)
    }

    /// Finishes or drops what was cut short.
    ///
    /// - Returns: whether there was anything.
    func finish() throws(EngineError) -> Bool {
        let place = engine.volumes.place(name)
        guard File.exists("\(place)/\(Self.staged)") || File.exists("\(place)/\(Self.whole)") else { return false }
        return try finish(in: try locked())
    }

    private func finish(in volume: borrowing Descriptor) throws(EngineError) -> Bool {
        let names = try attempt("look at the volume \(name)") { () throws(SystemError) in try volume.list() }
        if names.contains(Self.staged) {
            try ContainerRemoval.removeTree("\(engine.volumes.place(name))/\(Self.staged)", engine)
        }
        guard names.contains(Self.whole) else { return names.contains(Self.staged) }
        try attempt("fill the volume \(name)") { () throws(SystemError) in
            let copy = try volume.open(Self.whole, [.read, .directory, .noFollow])
            let data = try volume.open("_data", [.read, .directory, .noFollow])
            for name in try copy.fileNames() { try copy.move(name, to: data) }
            let like = try copy.status()
            try data.setOwner(uid: like.uid, gid: like.gid)
            try data.setPermissions(like.permissions)
            try data.setTimes(seconds: like.modified.seconds, nanoseconds: like.modified.nanoseconds)
            try volume.remove(Self.whole, directory: true)
        }
        return true
    }

    private func isEmpty() throws(EngineError) -> Bool {
        do throws(SystemError) {
            guard !File.exists("\(engine.volumes.place(name))/\(Self.whole)") else { return true }
            return try File.open(engine.volumes.data(name), [.read, .directory]).list().isEmpty
        } catch {
            // It may belong to one of a plain user's subordinate ids: whoever fills it, as root of those, looks again.
            guard error.errno == .permissionDenied, !Engine.isPrivileged else {
                throw EngineError("look at the volume \(name)", error)
            }
            return true
        }
    }

    /// Whoever fills a volume keeps others from it: two containers that come first fill it once.
    private func locked() throws(EngineError) -> Descriptor {
        try attempt("lock the volume \(name)") { () throws(SystemError) in
            let directory = try File.open(engine.volumes.place(name), [.read, .directory])
            try directory.lock(.exclusive)
            return directory
        }
    }
}
