internal import Linux

/// Directories one over the other as overlay stacks them: the first is the uppermost.
///
/// Only looked at, never changed. A name is looked up from the top until a layer has it; a whiteout or a file ends the
/// search, an opaque directory ends the merging (Documentation/filesystems/overlayfs.rst).
final class LayerStack {
    let roots: [Duplicate]
    /// What the roots are called in messages.
    let paths: [String]

    init(_ paths: [String]) throws(ImagesError) {
        var roots: [Duplicate] = []
        for path in paths {
            roots.append(
                try attempt("cannot open layer \(path)") { () throws(SystemError) in
                    let root = try File.open(path, [.path, .directory])
                    // Without the mounts on it, as overlay sees it; a user without the right sees mounts as empty directories.
                    guard let bare = try? root.cloneTree() else { return Duplicate(root) }
                    return Duplicate(bare)
                })
        }
        self.roots = roots
        self.paths = paths
    }

    /// Opens a directory in those layers that take part in it, uppermost first.
    func open(_ path: FileName, layers: [Int]) throws(ImagesError) -> MergedDirectory {
        var parts: [MergedDirectory.Part] = []
        for layer in layers {
            do {
                parts.append(
                    MergedDirectory.Part(layer: layer, directory: Duplicate(try roots[layer].descriptor.openDirectory(path))))
            } catch {
                switch error.errno {
                // Gone since it was seen, or a mount point: as if it were empty.
                case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .improperLink: continue
                default: throw ImagesError("cannot open directory \(path.quoted) in layer \(paths[layer])", error)
                }
            }
        }
        return MergedDirectory(path: path, parts: parts)
    }

    func openRoot() throws(ImagesError) -> MergedDirectory { try open(FileName(""), layers: Array(roots.indices)) }
}

/// One directory of a stack, open in each layer that takes part in it.
final class MergedDirectory {
    struct Part {
        let layer: Int
        let directory: Duplicate
    }
    struct Found {
        /// Index of the part that has it.
        let part: Int
        let status: FileStatus
    }

    let path: FileName
    let parts: [Part]

    init(path: FileName, parts: [Part]) {
        self.path = path
        self.parts = parts
    }

    /// What shows under this name; nil for nothing, or a whiteout.
    func lookUp(_ name: FileName) throws(ImagesError) -> Found? {
        for (index, part) in parts.enumerated() {
            guard let status = try status(of: name, in: part) else { continue }
            return isWhiteout(name, status, in: part) ? nil : Found(part: index, status: status)
        }
        return nil
    }

    /// The layers that take part in the directory `name`, which `found` says is there.
    func layers(of name: FileName, _ found: Found) throws(ImagesError) -> [Int] {
        var layers: [Int] = []
        for part in parts[found.part...] {
            guard let status = try status(of: name, in: part) else { continue }
            guard status.isDirectory else { break }
            layers.append(part.layer)
            if isOpaque(name, in: part) { break }
        }
        return layers
    }

    /// All names that any part has, whiteouts among them, in the order of their bytes.
    func names() throws(ImagesError) -> [FileName] {
        var names: Set<FileName> = []
        for part in parts {
            do {
                names.formUnion(try part.directory.descriptor.fileNames())
            } catch {
                throw ImagesError("cannot read directory \(path.quoted)", error)
            }
        }
        return names.sorted()
    }

    /// The names that show: without whiteouts and what they hide.
    func visibleNames() throws(ImagesError) -> Set<FileName> {
        var visible: Set<FileName> = []
        for name in try names() where try lookUp(name) != nil { visible.insert(name) }
        return visible
    }

    /// Whether a part of this directory is opaque: nothing of the layers below it shows.
    func hidesWhatIsBelow(_ part: Part) -> Bool {
        OverlayAttribute.opaque.contains { ((try? part.directory.descriptor.attribute($0)) ?? nil) == OverlayAttribute.yes }
    }

    func isWhiteout(_ name: FileName, _ status: FileStatus, in part: Part) -> Bool {
        if status.isWhiteout { return true }
        // The form for file systems and users without device nodes: an empty file with an attribute (Linux 6.7).
        guard status.kind == .regular, status.size == 0 else { return false }
        return OverlayAttribute.whiteout.contains { ((try? part.directory.descriptor.attribute($0, of: name)) ?? nil) != nil }
    }

    private func isOpaque(_ name: FileName, in part: Part) -> Bool {
        OverlayAttribute.opaque.contains {
            ((try? part.directory.descriptor.attribute($0, of: name)) ?? nil) == OverlayAttribute.yes
        }
    }

    private func status(of name: FileName, in part: Part) throws(ImagesError) -> FileStatus? {
        do {
            return try part.directory.descriptor.status(of: name)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else {
                throw ImagesError("cannot look at \(path.appending(name).quoted)", error)
            }
            return nil
        }
    }
}

extension Descriptor {
    /// Opens a directory below this one for reading: no link followed, no mount crossed, however long the path
    /// (one call takes at most PATH_MAX bytes).
    borrowing func openDirectory(_ path: FileName) throws(SystemError) -> Descriptor {
        guard path.count > 4000 else {
            return try open(path.isEmpty ? FileName(".") : path, [.read, .directory], resolve: .strictlyBelow)
        }
        var at = try open(FileName("."), [.path, .directory], resolve: .strictlyBelow)
        for component in path.components {
            at = try at.open(component, [.path, .directory], resolve: .strictlyBelow)
        }
        return try at.open(FileName("."), [.read, .directory], resolve: .strictlyBelow)
    }
}
