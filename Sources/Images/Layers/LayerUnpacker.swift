package import Linux

/// Writes the entries of a hostile archive below one directory, and nowhere else.
///
/// Every name is resolved by the kernel from the directory's descriptor: openat2(2) with RESOLVE_IN_ROOT for the parent
/// (a link in the archive resolves as it would in a container), RESOLVE_NO_XDEV so that no mount is crossed, and the
/// last component never followed. Directories get their owner, mode and times last, when nothing is written in them any more.
package final class LayerUnpacker {
    let archive: String
    let root: Descriptor
    let options: UnpackOptions
    package internal(set) var report = UnpackReport()

    /// Who owns what is made here: below a new directory of the same user's, which has no set-group-id bit yet.
    let makerIDs = (Processes.userID, Processes.groupID)

    /// A file or directory, and the path it was opened by.
    final class OpenFile {
        let path: FileName
        let descriptor: Descriptor
        init(_ path: FileName, _ descriptor: consuming Descriptor) {
            self.path = path
            self.descriptor = descriptor
        }
    }
    /// The last parent: most entries follow one of the same directory.
    private var lastParent: OpenFile?
    var directories = DirectoryMetadata()
    /// Directories that were made for what is in them: the archive has no entry for them (yet).
    var implied: Set<FileName> = []
    private var made = 0
    /// Hard links to what this layer does not have: to files of those below.
    var linksBelow: [ArchiveEntry] = []

    /// - Parameters:
    ///   - root: an empty directory, or one to unpack over.
    ///   - archive: what the archive is called in messages.
    package init(into root: borrowing Descriptor, archive: String, options: UnpackOptions) throws(ImagesError) {
        self.archive = archive
        self.options = options
        self.root = try attempt("cannot unpack \(archive)") { () throws(SystemError) in try root.duplicate() }
    }

    /// Unpacks all that `reader` has.
    ///
    /// - Parameters:
    ///   - first: an entry that was taken from the reader before.
    ///   - transform: what each entry becomes before it gets its place; nil leaves it out.
    package func unpack(
        _ reader: ArchiveReader, first: ArchiveEntry? = nil, as transform: (ArchiveEntry) -> ArchiveEntry? = { $0 }
    ) throws(ImagesError) -> UnpackReport {
        var ahead = first
        while true {
            guard let given = ahead == nil ? try reader.next() : ahead else { break }
            ahead = nil
            guard let entry = transform(given) else { continue }
            report.entries += 1
            try count()
            report.bytes += entry.kind == .regular ? entry.size : 0
            guard entry.size <= options.limits.totalBytes, report.bytes <= options.limits.totalBytes else {
                throw failure(
                    entry, .limit,
                    "takes its files beyond \(options.limits.totalBytes) bytes; \(LayerLimits.bytesVariable) allows more")
            }
            try place(entry, reader)
        }
        lastParent = nil
        try directories.apply(self)
        return report
    }

    /// One more thing is made. Directories that have no entry count too: a path may name a thousand of them.
    private func count() throws(ImagesError) {
        made += 1
        guard made <= options.limits.entries else {
            throw ImagesError(
                .limit, "\(archive): more than \(options.limits.entries) entries; \(LayerLimits.entriesVariable) allows more")
        }
    }

    private func place(_ entry: ArchiveEntry, _ reader: ArchiveReader) throws(ImagesError) {
        let path = try self.path(entry.path, of: entry)
        guard let name = path.name else {
            guard entry.kind == .directory else {
                throw failure(entry, .damaged, "the root of the file system must be a directory")
            }
            try directories.record(entry, at: path, inode: root, in: self)
            return
        }
        let parent = try directory(path.parent, of: entry)
        if let whiteout = Whiteout(name) {
            report.whiteouts += 1
            if options.tree == .layer { return try place(whiteout, in: parent, entry) }
        }
        try make(entry, name, path, in: parent, reader)
    }

    /// The entry's place, or why there is none.
    func path(_ path: FileName, of entry: ArchiveEntry) throws(ImagesError) -> EntryPath {
        do {
            return try EntryPath(path, depth: options.limits.depth)
        } catch {
            let isLink = path != entry.path
            switch error {
            case .outside where isLink:
                throw failure(entry, .outsideRoot, "is a hard link to \(path.quoted), outside the root file system")
            case .outside: throw ImagesError(.outsideRoot, "\(archive): entry \(path.quoted) points outside the root file system")
            case .empty: throw failure(entry, .damaged, "has no name")
            case .tooDeep: throw failure(entry, .limit, "is nested more than \(options.limits.depth) directories deep")
            case .nameTooLong: throw failure(entry, .damaged, "has a name of more than 255 bytes, which Linux cannot hold")
            }
        }
    }

    /// The directory an entry goes into; made, with those above it, where the archive has no entry for it.
    func directory(_ path: FileName, of entry: ArchiveEntry) throws(ImagesError) -> OpenFile {
        if let lastParent, lastParent.path == path { return lastParent }
        let opened = OpenFile(path, try openOrMake(path, entry))
        lastParent = opened
        return opened
    }

    /// To be called when a directory or a link was replaced: what a path leads to may have changed.
    func forgetParent() { lastParent = nil }

    private func openOrMake(_ path: FileName, _ entry: ArchiveEntry) throws(ImagesError) -> Descriptor {
        if let found = try open(path, entry) { return found }
        var above = FileName("")
        for component in path.components {
            let next = above.appending(component)
            if try open(next, entry) == nil, let directory = try open(above, entry) {
                try count()
                do {
                    try directory.makeDirectory(component, mode: 0o755)
                    try directory.setPermissions(of: component, 0o755)
                    implied.insert(next)
                } catch {
                    let hint = error.errno == .fileExists ? "\(next.quoted) is a link that leads nowhere" : ""
                    throw failure(entry, "cannot make directory \(next.quoted)", error, hint: hint)
                }
            }
            above = next
        }
        if let made = try open(path, entry) { return made }
        throw failure(entry, .damaged, "directory \(path.quoted) vanished while unpacking")
    }

    /// Nil when it is not there.
    private func open(_ path: FileName, _ entry: ArchiveEntry) throws(ImagesError) -> Descriptor? {
        do {
            return try root.open(path.isEmpty ? FileName(".") : path, [.path, .directory], resolve: resolution)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory: return nil
            case .improperLink: throw failure(entry, .mount, "lies below a mount; unmount it first")
            case .notDirectory: throw failure(entry, .damaged, "lies below \(path.quoted), which is no directory")
            case .tooManySymbolicLinkLevels: throw failure(entry, .damaged, "lies below links that go in a circle")
            default: throw failure(entry, "cannot open directory \(path.quoted)", error)
            }
        }
    }

    func failure(_ entry: ArchiveEntry, _ code: ImagesError.Code, _ why: String) -> ImagesError {
        ImagesError(code, "\(archive): entry \(entry.path.quoted) \(why)")
    }

    func failure(_ entry: ArchiveEntry, _ what: String, _ cause: SystemError, hint: String = "") -> ImagesError {
        ImagesError("\(archive): entry \(entry.path.quoted): \(what)", cause, hint: hint)
    }
}

extension LayerUnpacker {
    /// How parents are found.
    var resolution: ResolveFlags { options.crossesMounts ? [.inRoot, .noMagicLinks] : .insideRoot }

    /// Runs a system call's wrapper for an entry.
    func trying<Result: ~Copyable>(
        _ entry: ArchiveEntry, _ what: String, _ body: () throws(SystemError) -> Result
    ) throws(ImagesError) -> Result {
        do { return try body() } catch { throw failure(entry, what, error) }
    }
}

extension ResolveFlags {
    /// Links resolve as inside a container; no mount is crossed, no /proc link followed.
    static let insideRoot: ResolveFlags = [.inRoot, .noMagicLinks, .noCrossDevice]
    /// No link is followed, no mount crossed.
    static let strictlyBelow: ResolveFlags = [.beneath, .noSymlinks, .noMagicLinks, .noCrossDevice]
}
