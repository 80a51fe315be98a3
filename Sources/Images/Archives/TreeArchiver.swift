package import Linux

/// Writes what lies at one place, and all below it, as a tar: a volume's files, what is copied out of a container.
///
/// By descriptor: each directory is opened in the one above it, and no link is followed; who swaps names meanwhile changes
/// what is written, and not where it comes from. Sorted by name; sockets are left out.
package enum TreeArchiver {
    /// Which mounts below the place are part of it.
    package enum Crossing: Sendable {
        case none
        /// All but the kernel's own file systems, /proc and the like: of those only the directory is written.
        case mounts
    }

    /// - Parameter base: what the place is called in the archive; `.` for a directory whose content is meant.
    package static func write(
        _ name: FileName, in parent: borrowing Descriptor, as base: FileName, crossing: Crossing, to output: borrowing Descriptor
    ) throws(ImagesError) {
        let writer = try ArchiveWriter(to: output)
        let walk = TreeWalk(FileArchiver(writer), crossing)
        try walk.begin(name, in: parent, as: base)
        while try walk.step() {}
        try writer.finish()
    }
}

/// One tree on its way into an archive: the directories it is in, each open.
private final class TreeWalk {
    private struct Level {
        let path: FileName
        let directory: Duplicate
        let names: [FileName]
        var next = 0
    }

    private let files: FileArchiver
    private let crossing: TreeArchiver.Crossing
    private var levels: [Level] = []
    /// Each level holds a descriptor.
    private static let deepest = 900

    init(_ files: FileArchiver, _ crossing: TreeArchiver.Crossing) {
        self.files = files
        self.crossing = crossing
    }

    func begin(_ name: FileName, in parent: borrowing Descriptor, as base: FileName) throws(ImagesError) {
        let status = try attempt("cannot look at \(base.quoted)") { () throws(SystemError) in try parent.status(of: name) }
        try write(name, status, as: base, in: parent)
    }

    /// Writes the next name; false at the end.
    func step() throws(ImagesError) -> Bool {
        guard let level = levels.last else { return false }
        guard level.next < level.names.count else {
            levels.removeLast()
            return true
        }
        levels[levels.count - 1].next += 1
        let name = level.names[level.next]
        // Gone since the directory was read: it is not part of the tree.
        guard let status = try? level.directory.descriptor.status(of: name) else { return true }
        try write(name, status, as: level.path.appending(name), in: level.directory.descriptor)
        return true
    }

    private func write(
        _ name: FileName, _ status: FileStatus, as path: FileName, in parent: borrowing Descriptor
    ) throws(ImagesError) {
        switch status.kind {
        case .directory: try enter(name, status, as: path, in: parent)
        case .regular:
            guard let file = try open(name, [.read, .nonBlocking, .noFollow, .noControllingTerminal], path, in: parent) else {
                return
            }
            try files.write(file, as: path, named: name, in: parent)
        case .symlink, .character, .block, .fifo: try files.writeSpecial(path, status, named: name, in: parent)
        case .socket, .unknown: break
        }
    }

    private func enter(
        _ name: FileName, _ status: FileStatus, as path: FileName, in parent: borrowing Descriptor
    ) throws(ImagesError) {
        guard levels.count < Self.deepest else {
            throw ImagesError(.limit, "\(path.quoted) is nested more than \(Self.deepest) directories deep")
        }
        guard let directory = try open(name, [.read, .directory, .noFollow], path, in: parent) else { return }
        try files.writeDirectory(path, status, named: name, in: parent)
        if crossing == .mounts, let type = try? directory.descriptor.fileSystem(), type.isKernels { return }
        let names = try attempt("cannot read \(path.quoted)") { () throws(SystemError) in try directory.descriptor.fileNames() }
        levels.append(Level(path: path, directory: directory, names: names.sorted()))
    }

    /// Nil for what is gone or became something else since it was seen, and for another file system's where none is wanted.
    private func open(
        _ name: FileName, _ flags: OpenFlags, _ path: FileName, in parent: borrowing Descriptor
    ) throws(ImagesError) -> Duplicate? {
        do {
            let isTop = levels.isEmpty
            return Duplicate(
                crossing == .none && !isTop
                    ? try parent.open(name, flags, resolve: .strictlyBelow) : try parent.open(name, flags))
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .tooManySymbolicLinkLevels, .notDirectory, .improperLink: return nil
            default: throw ImagesError("cannot read \(path.quoted)", error)
            }
        }
    }
}
