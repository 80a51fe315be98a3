package import Linux

/// Deletes a directory and all below it, and nothing else: by descriptor, following no link, crossing no mount
/// (openat2(2) with RESOLVE_NO_XDEV, which also sees a bind mount of the same file system).
///
/// One descriptor is open at a time and nothing recurses, so depth costs neither descriptors nor stack. What somebody else deletes
/// meanwhile is deleted: two may be at the same tree.
public enum TreeRemover {
    /// Deletes what is at `path`, a path that the caller trusts. Nothing there is fine.
    public static func remove(_ path: String) throws(ImagesError) {
        let components = FileName(path).components
        guard let name = components.last, !name.isDot, !name.isDotDot else {
            throw ImagesError(.system, "cannot delete \(path): it names no file in a directory")
        }
        let above = components.dropLast().map(\.description).joined(separator: "/")
        let parent: Descriptor
        do {
            parent = try File.open(path.hasPrefix("/") ? "/" + above : above.isEmpty ? "." : above, [.path, .directory])
        } catch {
            if error.errno == .noSuchFileOrDirectory { return }
            throw ImagesError("cannot delete \(path)", error)
        }
        try remove(name, in: parent, called: path)
    }

    /// Deletes `name` and all below it. Nothing there is fine.
    package static func remove(_ name: FileName, in parent: borrowing Descriptor, called label: String) throws(ImagesError) {
        do {
            try parent.remove(name)
            return
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory: return
            case .isDirectory: break
            // Some file systems say EPERM for a directory.
            case .notPermitted where (try? parent.status(of: name).isDirectory) == true: break
            default: throw TreeRemoval.refusal(label, name, error)
            }
        }
        let top: Descriptor
        do { top = try parent.duplicate() } catch { throw ImagesError("cannot delete \(label)", error) }
        var removal = TreeRemoval(at: top, label: label)
        try removal.descend(into: name)
        while try removal.step() {}
    }
}

/// One deletion on its way: where it is, and what is left to do on each level above.
private struct TreeRemoval: ~Copyable {
    private struct Level {
        /// The directory's name in the one above, and its identity, to find back from below.
        let name: FileName
        let device: UInt64
        let inode: UInt64
        var pending: [FileName]
        /// How often it was read anew because something came while it was emptied.
        var rounds = 0
    }

    private var current: Descriptor
    private var levels: [Level] = []
    private let top: FileStatus?
    private let label: String

    init(at top: consuming Descriptor, label: String) {
        self.top = try? top.status()
        current = top
        self.label = label
    }

    /// Enters a directory, if it is still there. One that its owner made unreadable is made readable first.
    mutating func descend(into name: FileName) throws(ImagesError) {
        do throws(SystemError) {
            let child = try openForReading(name)
            let status = try child.status()
            let names = try child.fileNames()
            levels.append(Level(name: name, device: status.device, inode: status.inode, pending: names))
            current = child
        } catch {
            if error.errno == .noSuchFileOrDirectory { return }
            throw Self.refusal(label, name, error)
        }
    }

    private func openForReading(_ name: FileName) throws(SystemError) -> Descriptor {
        do throws(SystemError) {
            return try current.open(name, [.read, .directory, .noFollow], resolve: .strictlyBelow)
        } catch {
            guard error.errno == .permissionDenied else { throw error }
            let unread = try current.open(name, [.path, .directory, .noFollow], resolve: .strictlyBelow)
            // fchmod(2) refuses an O_PATH descriptor, and a name in it needs search permission: /proc leads to the inode.
            try unread.setPermissions(of: FileName(unread.procPath), 0o700)
            return try current.open(name, [.read, .directory, .noFollow], resolve: .strictlyBelow)
        }
    }

    /// Deletes one name, or leaves an empty directory.
    ///
    /// - Returns: false when all is deleted.
    mutating func step() throws(ImagesError) -> Bool {
        guard !levels.isEmpty else { return false }
        guard let name = levels[levels.count - 1].pending.popLast() else {
            try leave()
            return true
        }
        do {
            try removeFile(name)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory: break
            case .isDirectory: try descend(into: name)
            case .notPermitted where (try? current.status(of: name).isDirectory) == true: try descend(into: name)
            default: throw Self.refusal(label, name, error)
            }
        }
        return true
    }

    /// unlinkat(2); a directory without write permission is given it, once, as its owner may.
    private func removeFile(_ name: FileName) throws(SystemError) {
        do {
            try current.remove(name)
        } catch {
            guard error.errno == .permissionDenied else { throw error }
            try current.setPermissions(0o700)
            try current.remove(name)
        }
    }

    /// Goes up and deletes the directory just emptied.
    private mutating func leave() throws(ImagesError) {
        let level = levels.removeLast()
        do throws(SystemError) {
            let above = try current.open("..", [.read, .directory, .noFollow])
            let status = try above.status()
            let (device, inode) = levels.last.map { ($0.device, $0.inode) } ?? (top?.device ?? 0, top?.inode ?? 0)
            // ESTALE: somebody moved the directory away while it was emptied.
            guard status.device == device, status.inode == inode else { throw SystemError("openat", "..", .staleNFSFileHandle) }
            if try removeDirectory(level, from: above) { current = above }
        } catch {
            throw Self.refusal(label, level.name, error)
        }
    }

    /// - Returns: false when something came into it meanwhile, and it is to be emptied again.
    private mutating func removeDirectory(_ level: Level, from above: borrowing Descriptor) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try above.remove(level.name, directory: true)
            return true
        } catch {
            if error.errno == .noSuchFileOrDirectory { return true }
            guard error.errno == .directoryNotEmpty, level.rounds < 8 else { throw error }
            var again = level
            again.rounds += 1
            // Where it is gone by now, the next round finds that.
            again.pending = (try? current.fileNames()) ?? []
            levels.append(again)
            return false
        }
    }

    static func refusal(_ label: String, _ name: FileName, _ error: SystemError) -> ImagesError {
        let what = "cannot delete \(label)" + (label.hasSuffix("/\(name)") || label == "\(name)" ? "" : ": \(name.quoted) in it")
        switch error.errno {
        case .improperLink, .resourceBusy:
            return ImagesError(.mount, "\(what) is a mount point: unmount it first")
        case .notPermitted:
            return ImagesError(
                what, error, hint: "not the owner, or marked immutable or append-only: lsattr shows it, chattr -ia removes it")
        default:
            return ImagesError(what, error)
        }
    }
}
