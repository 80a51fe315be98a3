public import Linux

/// Writes a container's root file system, its own layer over those below, as one tar: `docker export`.
///
/// Sorted by name, so that the same tree gives the same archive. Nothing is mounted; no mount is crossed; sockets, which
/// no tar can hold, are left out; a file that changes meanwhile is cut or filled with zeros to the size it began with.
public enum RootExporter {
    /// - Parameters:
    ///   - upper: the writable directory, or nil.
    ///   - lowers: the directories below it, uppermost first; one alone is a plain directory.
    public static func write(
        upper: String?, lowers: [String], to output: borrowing Descriptor
    ) throws(ImagesError) {
        let writer = try ArchiveWriter(to: output)
        let export = try Export(LayerStack((upper.map { [$0] } ?? []) + lowers), writer)
        try export.run()
    }

    /// Writes one writable directory as a layer: what it takes away from those below as whiteouts (OCI image-spec, layer.md).
    ///
    /// - Parameter mountPoints: paths that were made for a mount; left out where nothing else is in them.
    package static func writeLayer(
        _ upper: String, mountPoints: Set<String>, to output: borrowing Descriptor
    ) throws(ImagesError) {
        let export = try Export(LayerStack([upper]), try ArchiveWriter(to: output))
        export.isLayer = true
        export.mountPoints = Set(mountPoints.map { FileName(String($0.drop { $0 == "/" })) })
        try export.run()
    }
}

/// One export on its way: directories it is in, and what is left of each.
private final class Export {
    private struct Level {
        let path: FileName
        let layers: [Int]
        let names: [FileName]
        var next = 0
    }

    private let stack: LayerStack
    private let writer: ArchiveWriter
    private let files: FileArchiver
    private var levels: [Level] = []
    /// Whiteouts are written, and not only obeyed.
    var isLayer = false
    var mountPoints: Set<FileName> = []

    init(_ stack: LayerStack, _ writer: ArchiveWriter) {
        self.stack = stack
        self.writer = writer
        files = FileArchiver(writer)
    }

    func run() throws(ImagesError) {
        let root = try stack.openRoot()
        guard let top = root.parts.first else { throw ImagesError(.notFound, "nothing to export: no layer given") }
        let status = try attempt("cannot look at \(stack.paths[0])") { () throws(SystemError) in
            try top.directory.descriptor.status()
        }
        try files.writeDirectory(FileName("."), status, named: FileName("."), in: top.directory.descriptor)
        levels.append(Level(path: FileName(""), layers: Array(stack.roots.indices), names: try root.names()))
        var open: MergedDirectory? = root
        while let level = levels.last {
            guard level.next < level.names.count else {
                levels.removeLast()
                open = nil
                continue
            }
            levels[levels.count - 1].next += 1
            let directory: MergedDirectory
            if let open, open.path == level.path {
                directory = open
            } else {
                directory = try stack.open(level.path, layers: level.layers)
            }
            open = directory
            if let child = try write(level.names[level.next], in: directory) {
                levels.append(Level(path: child.path, layers: child.parts.map(\.layer), names: try child.names()))
                open = child
            }
        }
        try writer.finish()
    }

    /// Writes one name.
    ///
    /// - Returns: the directory to go on with, when it is one.
    private func write(_ name: FileName, in directory: MergedDirectory) throws(ImagesError) -> MergedDirectory? {
        let path = directory.path.appending(name)
        guard let found = try directory.lookUp(name) else {
            if isLayer {
                try writer.begin(ArchiveEntry(path: directory.path.appending(Whiteout.removal(of: name)), kind: .regular))
            }
            return nil
        }
        let part = directory.parts[found.part]
        let status = found.status
        if mountPoints.contains(path), status.size == 0 || status.isDirectory, try isEmpty(path, name, found, directory) {
            return nil
        }
        let owner = part.directory
        switch status.kind {
        case .directory:
            try files.writeDirectory(path, status, named: name, in: owner.descriptor)
            let child = try stack.open(path, layers: try directory.layers(of: name, found))
            if isLayer, let own = child.parts.first, child.hidesWhatIsBelow(own) {
                try writer.begin(ArchiveEntry(path: path.appending(Whiteout.opaqueName), kind: .regular))
            }
            return child
        case .regular: try writeFile(name, path, status, in: part)
        case .symlink, .character, .block, .fifo: try files.writeSpecial(path, status, named: name, in: owner.descriptor)
        case .socket, .unknown: break
        }
        return nil
    }

    private func isEmpty(
        _ path: FileName, _ name: FileName, _ found: MergedDirectory.Found, _ directory: MergedDirectory
    ) throws(ImagesError) -> Bool {
        guard found.status.isDirectory else { return true }
        return try stack.open(path, layers: try directory.layers(of: name, found)).names().isEmpty
    }

    private func writeFile(
        _ name: FileName, _ path: FileName, _ seen: FileStatus, in part: MergedDirectory.Part
    ) throws(ImagesError) {
        let file: Duplicate
        do {
            // Non-blocking: a fifo may have taken its place.
            file = Duplicate(try part.directory.descriptor.open(name, [.read, .nonBlocking, .noFollow], resolve: .strictlyBelow))
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .tooManySymbolicLinkLevels: return
            // Another file is mounted over it: not part of this tree.
            case .improperLink: return try files.writeEmpty(path, seen)
            default: throw ImagesError("cannot read \(path.quoted) in layer \(stack.paths[part.layer])", error)
            }
        }
        try files.write(file, as: path, named: name, in: part.directory.descriptor)
    }
}
