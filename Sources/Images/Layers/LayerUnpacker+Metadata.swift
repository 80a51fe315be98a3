internal import Linux

/// Owners, permissions, extended attributes and times.
extension LayerUnpacker {
    /// Of links, device nodes and fifos: by name, never through a link.
    func setMetadata(
        _ entry: ArchiveEntry, _ name: FileName, in parent: OpenFile, permissions: Bool
    ) throws(ImagesError) {
        try setOwner(entry) { (uid, gid) throws(SystemError) in try parent.descriptor.setOwner(of: name, uid: uid, gid: gid) }
        if permissions {
            try trying(entry, "cannot set its mode") { () throws(SystemError) in
                try parent.descriptor.setPermissions(of: name, entry.mode)
            }
        }
        for attribute in entry.attributes {
            try setAttribute(attribute, entry) { () throws(SystemError) in
                try parent.descriptor.setAttribute(attribute.name, of: name, to: attribute.value)
            }
        }
        try trying(entry, "cannot set its time") { () throws(SystemError) in
            try parent.descriptor.setTimes(of: name, seconds: entry.seconds, nanoseconds: entry.nanoseconds)
        }
    }

    /// Of a regular file or a directory that is open.
    ///
    /// - Parameter hasMode: it was made with its mode, by the user this is: what it would get already is not set again.
    func setMetadata(_ entry: ArchiveEntry, of file: OpenFile, hasMode: Bool = false) throws(ImagesError) {
        if !hasMode || (entry.uid, entry.gid) != makerIDs {
            try setOwner(entry) { (uid, gid) throws(SystemError) in try file.descriptor.setOwner(uid: uid, gid: gid) }
        }
        if !hasMode {
            try trying(entry, "cannot set its mode") { () throws(SystemError) in try file.descriptor.setPermissions(entry.mode) }
        }
        for attribute in entry.attributes {
            try setAttribute(attribute, entry) { () throws(SystemError) in
                try file.descriptor.setAttribute(attribute.name, to: attribute.value)
            }
        }
        try trying(entry, "cannot set its time") { () throws(SystemError) in
            try file.descriptor.setTimes(seconds: entry.seconds, nanoseconds: entry.nanoseconds)
        }
    }

    /// First of all metadata: chown(2) clears the set-id bits and security.capability.
    func setOwner(_ entry: ArchiveEntry, _ set: (UInt32, UInt32) throws(SystemError) -> Void) throws(ImagesError) {
        guard !options.ignoreOwners else { return }
        do {
            try set(entry.uid, entry.gid)
        } catch {
            guard error.errno == .notPermitted || error.errno == .invalidArgument else {
                throw failure(entry, "cannot set its owner", error)
            }
            throw failure(
                entry, "its owner \(entry.uid):\(entry.gid) cannot be set", error,
                hint: error.errno == .invalidArgument
                    ? "the user namespace has no such id: map more ids, or ignore the owners"
                    : "only root, or a user namespace with these ids, may: run as one, or ignore the owners")
        }
    }

    /// What may not be set here, or is unknown to the file system, is left out and counted.
    func setAttribute(
        _ attribute: ArchiveEntry.Attribute, _ entry: ArchiveEntry, _ set: () throws(SystemError) -> Void
    ) throws(ImagesError) {
        guard !OverlayAttribute.isReserved(attribute.name) else {
            report.skippedAttributes += 1
            return
        }
        do {
            try set()
        } catch {
            switch error.errno {
            case .notPermitted, .permissionDenied, .notSupported, .invalidArgument: report.skippedAttributes += 1
            default: throw failure(entry, "cannot set its extended attribute \(attribute.name.quoted)", error)
            }
        }
    }
}

/// What directories get once nothing is written in them any more, and which directory was meant.
struct DirectoryMetadata {
    private struct Record {
        let entry: ArchiveEntry
        let path: EntryPath
        let inode: UInt64
    }
    private var records: [Record] = []
    /// The last entry of a path is the one that counts.
    private var places: [FileName: Int] = [:]

    mutating func record(
        _ entry: ArchiveEntry, at path: EntryPath, inode directory: borrowing Descriptor, in unpacker: LayerUnpacker
    ) throws(ImagesError) {
        let inode: UInt64
        do { inode = try directory.status().inode } catch { throw unpacker.failure(entry, "cannot look at it", error) }
        let record = Record(entry: entry, path: path, inode: inode)
        unpacker.implied.remove(path.full)
        if let place = places[path.full] {
            records[place] = record
        } else {
            places[path.full] = records.count
            records.append(record)
        }
    }

    /// Longest path first: a directory made unsearchable must not bar the way to those in it.
    func apply(_ unpacker: LayerUnpacker) throws(ImagesError) {
        for record in records.sorted(by: { $0.path.full.count > $1.path.full.count }) {
            if let directory = try open(record, unpacker) { try unpacker.setMetadata(record.entry, of: directory) }
        }
    }

    /// Nil when a later entry put something else there.
    private func open(_ record: Record, _ unpacker: LayerUnpacker) throws(ImagesError) -> LayerUnpacker.OpenFile? {
        let parent = record.path.parent.isEmpty ? FileName(".") : record.path.parent
        do {
            let above = try unpacker.root.open(parent, [.path, .directory], resolve: .insideRoot)
            let directory = try above.open(record.path.name ?? FileName("."), [.read, .directory, .noFollow])
            guard try directory.status().inode == record.inode else { return nil }
            return LayerUnpacker.OpenFile(record.path.full, directory)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return nil
            default: throw unpacker.failure(record.entry, "cannot open the directory", error)
            }
        }
    }
}
