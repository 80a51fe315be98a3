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
///
/// Packed: a layer may have a million of them, and each takes some 70 bytes.
struct DirectoryMetadata {
    private struct Record {
        /// Where in `paths` its path begins.
        let start: Int
        let length: UInt32
        let mode: UInt32
        let uid: UInt32
        let gid: UInt32
        let inode: UInt64
        let seconds: Int64
        let nanoseconds: Int64
    }
    private var records: [Record] = []
    private var paths: [UInt8] = []
    /// By record; few have any.
    private var attributes: [Int: [ArchiveEntry.Attribute]] = [:]

    mutating func record(
        _ entry: ArchiveEntry, at path: EntryPath, inode directory: borrowing Descriptor, in unpacker: LayerUnpacker
    ) throws(ImagesError) {
        let inode: UInt64
        do { inode = try directory.status().inode } catch { throw unpacker.failure(entry, "cannot look at it", error) }
        let full = path.full
        unpacker.implied.remove(full)
        if !entry.attributes.isEmpty { attributes[records.count] = entry.attributes }
        records.append(
            Record(
                start: paths.count, length: UInt32(full.count), mode: entry.mode, uid: entry.uid, gid: entry.gid, inode: inode,
                seconds: entry.seconds, nanoseconds: entry.nanoseconds))
        paths += full.bytes
    }

    /// Longest path first: a directory made unsearchable must not bar the way to those in it. Of several entries for a directory
    /// the last counts.
    func apply(_ unpacker: LayerUnpacker) throws(ImagesError) {
        let order = (0..<UInt32(records.count)).sorted { left, right in
            let (one, other) = (records[Int(left)], records[Int(right)])
            return (other.length, one.inode, left) < (one.length, other.inode, right)
        }
        for (place, number) in order.enumerated() {
            let record = records[Int(number)]
            if place + 1 < order.count {
                let next = records[Int(order[place + 1])]
                if (next.length, next.inode) == (record.length, record.inode) { continue }
            }
            try apply(record, attributes[Int(number)] ?? [], unpacker)
        }
    }

    private func apply(
        _ record: Record, _ attributes: [ArchiveEntry.Attribute], _ unpacker: LayerUnpacker
    ) throws(ImagesError) {
        let name = FileName(paths[record.start..<record.start + Int(record.length)])
        let entry = ArchiveEntry(
            path: name, kind: .directory, mode: record.mode, uid: record.uid, gid: record.gid, seconds: record.seconds,
            nanoseconds: record.nanoseconds, attributes: attributes)
        guard let directory = try open(entry, record.inode, unpacker) else { return }
        try unpacker.setMetadata(entry, of: directory)
    }

    /// Nil when a later entry put something else there.
    private func open(
        _ entry: ArchiveEntry, _ inode: UInt64, _ unpacker: LayerUnpacker
    ) throws(ImagesError) -> LayerUnpacker.OpenFile? {
        // The root has no name.
        let path = entry.path.isEmpty ? nil : try unpacker.path(entry.path, of: entry)
        let parent = path.map(\.parent) ?? FileName("")
        do {
            let above = try unpacker.root.open(
                parent.isEmpty ? FileName(".") : parent, [.path, .directory], resolve: unpacker.resolution)
            let directory = try above.open(path?.name ?? FileName("."), [.read, .directory, .noFollow])
            guard try directory.status().inode == inode else { return nil }
            return LayerUnpacker.OpenFile(entry.path, directory)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return nil
            default: throw unpacker.failure(entry, "cannot open the directory", error)
            }
        }
    }
}
