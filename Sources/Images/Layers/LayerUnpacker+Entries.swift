internal import Linux

/// Makes one file of each kind.
extension LayerUnpacker {
    func make(
        _ entry: ArchiveEntry, _ name: FileName, _ path: EntryPath, in parent: OpenFile, _ reader: ArchiveReader
    ) throws(ImagesError) {
        switch entry.kind {
        case .directory: try makeDirectory(entry, name, path, in: parent)
        case .regular: try makeFile(entry, name, in: parent, reader)
        case .hardlink(let target): try makeHardlink(entry, name, to: target, in: parent)
        case .symlink(let target):
            try replacing(entry, name, in: parent) { () throws(SystemError) in try parent.descriptor.makeSymlink(name, to: target)
            }
            try setMetadata(entry, name, in: parent, permissions: false)
        case .fifo: try makeNode(entry, name, type: 0o010000, device: 0, in: parent)
        case .character(let major, let minor):
            try makeNode(entry, name, type: 0o020000, device: FileStatus.device(major: major, minor: minor), in: parent)
        case .block(let major, let minor):
            try makeNode(entry, name, type: 0o060000, device: FileStatus.device(major: major, minor: minor), in: parent)
        }
    }

    private func makeDirectory(
        _ entry: ArchiveEntry, _ name: FileName, _ path: EntryPath, in parent: OpenFile
    ) throws(ImagesError) {
        do {
            try parent.descriptor.makeDirectory(name, mode: 0o700)
        } catch {
            guard error.errno == .fileExists else { throw failure(entry, "cannot make the directory", error) }
            let found = try existing(name, in: parent, entry)
            if !found.isDirectory {
                guard !options.keepsKinds else {
                    throw failure(entry, .damaged, "is a directory, and there is a file of that name")
                }
                try replacing(entry, name, in: parent) { () throws(SystemError) in
                    try parent.descriptor.makeDirectory(name, mode: 0o700)
                }
                // A whiteout and a directory of one name: the directory is new, nothing below shows through.
                if options.tree == .layer && found.isWhiteout { try setOpaque(parent, name, entry) }
            }
        }
        let made = try trying(entry, "cannot open the directory") { () throws(SystemError) in
            options.crossesMounts
                ? try parent.descriptor.open(name, [.path, .directory, .noFollow])
                : try parent.descriptor.open(name, [.path, .directory, .noFollow], resolve: .strictlyBelow)
        }
        try directories.record(entry, at: path, inode: made, in: self)
    }

    private func makeFile(
        _ entry: ArchiveEntry, _ name: FileName, in parent: OpenFile, _ reader: ArchiveReader
    ) throws(ImagesError) {
        let file = OpenFile(
            name,
            try replacing(entry, name, in: parent) { () throws(SystemError) in
                try parent.descriptor.open(
                    name, [.write, .create, .exclusive, .noFollow], mode: options.makesFilesWithMode ? entry.mode & 0o777 : 0o600)
            })
        var end: Int64 = 0
        unsafe try reader.readData { (bytes, offset) throws(ImagesError) in
            do throws(SystemError) {
                unsafe try file.descriptor.write(bytes, at: offset)
            } catch {
                throw failure(entry, "cannot write", error)
            }
            end = offset + Int64(bytes.count)
        }
        if end < entry.size {
            try trying(entry, "cannot set its size") { () throws(SystemError) in try file.descriptor.truncate(to: entry.size) }
        }
        try setMetadata(entry, of: file, hasMode: options.makesFilesWithMode && entry.mode & 0o7000 == 0)
    }

    private func makeHardlink(
        _ entry: ArchiveEntry, _ name: FileName, to target: FileName, in parent: OpenFile
    ) throws(ImagesError) {
        let path = try self.path(target, of: entry)
        guard let targetName = path.name else { throw failure(entry, .damaged, "is a hard link to the root directory") }
        let source = try directory(path.parent, of: entry)
        let found: FileStatus
        do {
            found = try source.descriptor.status(of: targetName)
        } catch {
            if error.errno == .noSuchFileOrDirectory, options.tree == .layer {
                linksBelow.append(entry)
                return
            }
            let hint = error.errno == .noSuchFileOrDirectory ? "the archive has it nowhere before" : ""
            throw failure(entry, "its hard link's target \(target.quoted)", error, hint: hint)
        }
        guard !found.isDirectory else { throw failure(entry, .damaged, "is a hard link to the directory \(target.quoted)") }
        if let same = try? parent.descriptor.status(of: name), same.inode == found.inode, same.device == found.device { return }
        try replacing(entry, name, in: parent) { () throws(SystemError) in
            try parent.descriptor.makeLink(name, toName: targetName, in: source.descriptor)
        }
    }

    private func makeNode(
        _ entry: ArchiveEntry, _ name: FileName, type: UInt32, device: UInt64, in parent: OpenFile
    ) throws(ImagesError) {
        do {
            try replacing(entry, name, in: parent) { () throws(SystemError) in
                try parent.descriptor.makeNode(name, mode: type | 0o600, device: device)
            }
        } catch {
            guard type != 0o010000, error.cause?.errno == .notPermitted else { throw error }
            report.skippedDevices += 1
            return
        }
        try setMetadata(entry, name, in: parent, permissions: true)
    }

    func place(_ whiteout: Whiteout, in parent: OpenFile, _ entry: ArchiveEntry) throws(ImagesError) {
        switch whiteout {
        case .ignored: return
        case .invalid: throw failure(entry, .damaged, "removes no file: what follows .wh. is no name")
        case .opaque: try setOpaque(parent, nil, entry)
        case .removes(let name):
            do {
                // Character device 0/0: any user may make it since Linux 5.8.
                try parent.descriptor.makeNode(name, mode: 0o020000, device: 0)
            } catch {
                guard error.errno == .fileExists else { throw failure(entry, "cannot make the whiteout", error) }
                // The layer has the name itself: only what lies below must go.
                if try existing(name, in: parent, entry).isDirectory { try setOpaque(parent, name, entry) }
            }
        }
    }

    /// Marks a directory opaque: the parent itself, or one in it.
    private func setOpaque(_ parent: OpenFile, _ name: FileName?, _ entry: ArchiveEntry) throws(ImagesError) {
        let file = name ?? FileName(".")
        do {
            try parent.descriptor.setAttribute(OverlayAttribute.opaque[0], of: file, to: OverlayAttribute.yes)
        } catch {
            throw failure(entry, "cannot mark its directory opaque", error, hint: "the file system must know user.* attributes")
        }
        // Needs CAP_SYS_ADMIN in the initial user namespace; whoever lacks it cannot mount in a way that reads it either.
        try? parent.descriptor.setAttribute(OverlayAttribute.opaque[1], of: file, to: OverlayAttribute.yes)
    }

    private func existing(_ name: FileName, in parent: OpenFile, _ entry: ArchiveEntry) throws(ImagesError) -> FileStatus {
        try trying(entry, "cannot look at it") { () throws(SystemError) in try parent.descriptor.status(of: name) }
    }

    /// Makes something; what has the name already goes first, as with docker and tar.
    @discardableResult
    private func replacing<Made: ~Copyable>(
        _ entry: ArchiveEntry, _ name: FileName, in parent: OpenFile, _ make: () throws(SystemError) -> Made
    ) throws(ImagesError) -> Made {
        do {
            return try make()
        } catch {
            guard error.errno == .fileExists else { throw failure(entry, "cannot make it", error) }
        }
        forgetParent()
        if options.keepsKinds, entry.kind != .directory, try existing(name, in: parent, entry).isDirectory {
            throw failure(entry, .damaged, "is a file, and there is a directory of that name")
        }
        try TreeRemover.remove(name, in: parent.descriptor, called: "\(archive): entry \(entry.path.quoted)")
        return try trying(entry, "cannot make it", make)
    }
}

extension FileStatus {
    /// Overlay's whiteout: character device 0/0.
    var isWhiteout: Bool { kind == .character && specialDevice == 0 }
}
