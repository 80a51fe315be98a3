internal import Images
package import Linux

/// Where a copy goes: a path below a root that no link leads out of.
package struct CopyTarget: ~Copyable {
    package struct Options: Sendable, Equatable {
        /// Files keep the owners that the archive names; otherwise they are whose this process is.
        package var keepsOwners = false
        /// A directory may take the place of a file, and the other way round.
        package var overwritesKinds = false
        /// What comes from a container gets no rights on this machine by it: set-id bits and devices are left out.
        package var distrusts = false
        /// The archive is unpacked as it is, into a directory that is there.
        package var isExtraction = false

        package init() {}
    }

    private let root: Descriptor
    private let path: CopyPath
    private let options: Options

    package init(_ path: String, in root: consuming Descriptor, _ options: Options) throws(EngineError) {
        self.root = root
        self.path = try CopyPath(path)
        self.options = options
    }

    /// Takes the archive that `CopySource.write` made.
    ///
    /// - Returns: one line for each thing that was left out.
    package borrowing func receive(_ archive: consuming Descriptor) throws(EngineError) -> [String] {
        let name = "what is copied"
        let reader = ArchiveReader(ArchiveStream(archive, name: name, limit: .max), limits: limits)
        guard let first = try imaging({ () throws(ImagesError) in try reader.next() }) else {
            throw EngineError("the archive is empty: there is nothing to copy")
        }
        let found = try target()
        if options.isExtraction {
            guard found == .directory else { throw EngineError("\(path.whole) is not a directory; a tar is unpacked into one") }
            return try unpack(reader, first, into: try open(path.whole)) { $0 }
        }
        let place = try CopyPlace.choose(
            sourceIsDirectory: first.kind == .directory, isContent: first.path.isDot, target: found,
            endsInSlash: path.endsInSlash, path: path.whole)
        switch place {
        case .inside: return try unpack(reader, first, into: try open(path.whole)) { $0 }
        case .content: return try unpack(reader, first, into: try open(path.whole)) { $0.moved(to: nil) }
        case .onto where first.kind == .regular: return try overwrite(with: first, reader)
        case .named, .onto:
            let name = FileName(path.name)
            return try unpack(reader, first, into: try open(path.parent)) { $0.moved(to: name) }
        }
    }

    private borrowing func target() throws(EngineError) -> CopyPlace.Target {
        let kind: FileStatus.Kind
        do throws(SystemError) { kind = try root.openInRoot(path.plain, .path).status().kind } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw EngineError("copy to \(path.whole)", error) }
            return .missing
        }
        guard kind == .directory || kind == .regular else {
            throw EngineError("\(path.whole) is neither a file nor a directory: nothing is copied onto it")
        }
        return kind == .directory ? .directory : .file
    }

    private borrowing func open(_ path: String) throws(EngineError) -> Descriptor {
        try attempt("copy to \(self.path.whole)", hint: "make the directory first") { () throws(SystemError) in
            try root.openInRoot(path.isEmpty ? "/" : path, [.path, .directory])
        }
    }

    private var limits: LayerLimits {
        var limits = LayerLimits.standard
        (limits.totalBytes, limits.entries) = (.max, .max)
        return limits
    }

    private borrowing func unpack(
        _ reader: ArchiveReader, _ first: ArchiveEntry, into directory: consuming Descriptor,
        as rename: (ArchiveEntry) -> ArchiveEntry?
    ) throws(EngineError) -> [String] {
        var unpacking = UnpackOptions(ignoreOwners: !options.keepsOwners, limits: limits)
        unpacking.crossesMounts = true
        unpacking.keepsKinds = !options.overwritesKinds
        let distrusts = options.distrusts
        var devices = 0
        do throws(ImagesError) {
            let unpacker = try LayerUnpacker(into: directory, archive: "copying to \(path.whole)", options: unpacking)
            let report = try unpacker.unpack(reader, first: first) { entry in
                guard distrusts else { return rename(entry) }
                guard !entry.kind.isDevice else {
                    devices += 1
                    return nil
                }
                return rename(entry.withoutSetIDs)
            }
            return report.warnings
                + (devices > 0 ? ["\(devices) device node(s) were left out; --archive copies them as well"] : [])
        } catch {
            throw EngineError(error.message)
        }
    }

    /// Writes into the file that is there, as a bind mount such as /etc/hosts needs it.
    private borrowing func overwrite(with entry: ArchiveEntry, _ reader: ArchiveReader) throws(EngineError) -> [String] {
        let file = SharedDescriptor(
            try attempt("write \(path.whole)") { () throws(SystemError) in
                let file = try root.openInRoot(path.whole, [.write, .nonBlocking, .noControllingTerminal])
                guard try file.status().kind == .regular else { throw SystemError("open", path.whole, .notSupported) }
                try file.truncate(to: 0)
                return file
            })
        let whole = path.whole
        try imaging { () throws(ImagesError) in
            unsafe try reader.readData { (bytes, offset) throws(ImagesError) in
                do throws(SystemError) { unsafe try file.descriptor.write(bytes, at: offset) } catch {
                    throw ImagesError("cannot write \(whole)", error)
                }
            }
        }
        let mode = options.distrusts ? entry.withoutSetIDs.mode : entry.mode
        try attempt("write \(path.whole)") { () throws(SystemError) in
            try file.descriptor.truncate(to: entry.size)
            if options.keepsOwners { try file.descriptor.setOwner(uid: entry.uid, gid: entry.gid) }
            try file.descriptor.setPermissions(mode)
            try file.descriptor.setTimes(seconds: entry.seconds, nanoseconds: entry.nanoseconds)
        }
        return []
    }
}

extension ArchiveEntry {
    /// Under another first name; nil for none, which leaves the thing itself out.
    fileprivate func moved(to name: FileName?) -> ArchiveEntry? {
        func move(_ path: FileName) -> FileName? {
            let rest = path.components.dropFirst().reduce(FileName("")) { $0.appending($1) }
            if rest.isEmpty { return name }
            return name.map { $0.appending(rest) } ?? rest
        }
        guard let path = move(path) else { return nil }
        var entry = self
        entry.path = path
        if case .hardlink(let target) = kind, let moved = move(target) { entry.kind = .hardlink(moved) }
        return entry
    }

    fileprivate var withoutSetIDs: ArchiveEntry {
        var entry = self
        entry.mode &= 0o1777
        return entry
    }
}

extension ArchiveEntry.Kind {
    fileprivate var isDevice: Bool {
        switch self {
        case .character, .block: true
        default: false
        }
    }
}
