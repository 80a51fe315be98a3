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

/// One export on its way: directories it is in, and hard links it has seen.
private final class Export {
    private struct Level {
        let path: FileName
        let layers: [Int]
        let names: [FileName]
        var next = 0
    }
    private struct Inode: Hashable {
        let device: UInt64
        let number: UInt64
    }

    private let stack: LayerStack
    private let writer: ArchiveWriter
    private var levels: [Level] = []
    private var links: [Inode: FileName] = [:]
    private let buffer: Buffer
    /// Whiteouts are written, and not only obeyed.
    var isLayer = false
    var mountPoints: Set<FileName> = []

    init(_ stack: LayerStack, _ writer: ArchiveWriter) {
        self.stack = stack
        self.writer = writer
        buffer = Buffer()
    }

    func run() throws(ImagesError) {
        let root = try stack.openRoot()
        guard let top = root.parts.first else { throw ImagesError(.notFound, "nothing to export: no layer given") }
        let status = try attempt("cannot look at \(stack.paths[0])") { () throws(SystemError) in
            try top.directory.descriptor.status()
        }
        try writer.begin(entry(FileName("."), .directory, status, attributes(of: FileName("."), in: top)))
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
        let special = (major: status.specialMajor, minor: status.specialMinor)
        switch status.kind {
        case .directory:
            try writer.begin(entry(path, .directory, status, attributes(of: name, in: part)))
            let child = try stack.open(path, layers: try directory.layers(of: name, found))
            if isLayer, let own = child.parts.first, child.hidesWhatIsBelow(own) {
                try writer.begin(ArchiveEntry(path: path.appending(Whiteout.opaqueName), kind: .regular))
            }
            return child
        case .regular: try writeFile(name, path, status, in: part)
        case .symlink:
            guard let target = try? part.directory.descriptor.readLink(name), try !writeLink(path, status) else { return nil }
            try writer.begin(entry(path, .symlink(target), status, attributes(of: name, in: part)))
        case .character: try writeSpecial(path, .character(major: special.major, minor: special.minor), status, name, part)
        case .block: try writeSpecial(path, .block(major: special.major, minor: special.minor), status, name, part)
        case .fifo: try writeSpecial(path, .fifo, status, name, part)
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

    private func writeSpecial(
        _ path: FileName, _ kind: ArchiveEntry.Kind, _ status: FileStatus, _ name: FileName, _ part: MergedDirectory.Part
    ) throws(ImagesError) {
        if try writeLink(path, status) { return }
        try writer.begin(entry(path, kind, status, attributes(of: name, in: part)))
    }

    /// Writes a hard link when another name of the file was written before.
    private func writeLink(_ path: FileName, _ status: FileStatus) throws(ImagesError) -> Bool {
        guard status.links > 1 else { return false }
        let inode = Inode(device: status.device, number: status.inode)
        guard let first = links[inode] else {
            links[inode] = path
            return false
        }
        try writer.begin(entry(path, .hardlink(first), status, []))
        return true
    }

    private func writeFile(
        _ name: FileName, _ path: FileName, _ seen: FileStatus, in part: MergedDirectory.Part
    ) throws(ImagesError) {
        let file: Duplicate
        let status: FileStatus
        do {
            // Non-blocking: a fifo may have taken its place.
            file = Duplicate(try part.directory.descriptor.open(name, [.read, .nonBlocking, .noFollow], resolve: .strictlyBelow))
            status = try file.descriptor.status()
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .tooManySymbolicLinkLevels: return
            // Another file is mounted over it: not part of this tree.
            case .improperLink:
                try writer.begin(entry(path, .regular, seen, [], size: 0))
                return
            default: throw ImagesError("cannot read \(path.quoted) in layer \(stack.paths[part.layer])", error)
            }
        }
        guard status.kind == .regular, try !writeLink(path, status) else { return }
        let entry = entry(path, .regular, status, attributes(of: name, in: part), size: status.size)
        let stretches = stretches(file, status)
        if stretches.count == 1, stretches[0].length == status.size || status.size == 0 {
            try writer.begin(entry)
        } else {
            try writer.begin(entry, stretches: stretches)
        }
        for stretch in stretches { try copy(stretch, of: file, path) }
    }

    /// Where a file has data: all of it, unless it has holes.
    private func stretches(_ file: Duplicate, _ status: FileStatus) -> [(offset: Int64, length: Int64)] {
        let whole: [(offset: Int64, length: Int64)] = [(0, status.size)]
        guard status.blocks * 512 < status.size else { return whole }
        return (try? file.descriptor.dataStretches(size: status.size)) ?? whole
    }

    private func copy(_ stretch: (offset: Int64, length: Int64), of file: Duplicate, _ path: FileName) throws(ImagesError) {
        var (offset, rest) = (stretch.offset, stretch.length)
        while rest > 0 {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<Int(min(rest, Int64(buffer.bytes.count)))])
            let at = offset
            let got: Int
            do throws(SystemError) {
                got = unsafe try file.descriptor.read(into: room, at: at)
            } catch {
                throw ImagesError("cannot read \(path.quoted)", error)
            }
            // It shrank: the header has promised the rest.
            let count = got == 0 ? room.count : got
            if got == 0 { unsafe room.initializeMemory(as: UInt8.self, repeating: 0) }
            unsafe try writer.write(UnsafeRawBufferPointer(rebasing: room[..<count]))
            offset += Int64(count)
            rest -= Int64(count)
        }
    }

    private func entry(
        _ path: FileName, _ kind: ArchiveEntry.Kind, _ status: FileStatus, _ attributes: [ArchiveEntry.Attribute], size: Int64 = 0
    ) -> ArchiveEntry {
        ArchiveEntry(
            path: path, kind: kind, mode: status.permissions, uid: status.uid, gid: status.gid,
            seconds: status.modified.seconds, nanoseconds: status.modified.nanoseconds, size: size, attributes: attributes)
    }

    /// A file's attributes apart from overlay's and the host's labels; what cannot be read is left out.
    private func attributes(of name: FileName, in part: MergedDirectory.Part) -> [ArchiveEntry.Attribute] {
        let names = (try? part.directory.descriptor.attributeNames(of: name)) ?? []
        return names.filter(Self.isExported).sorted().compactMap { attribute in
            guard let value = try? part.directory.descriptor.attribute(attribute, of: name) else { return nil }
            return ArchiveEntry.Attribute(name: attribute, value: value)
        }
    }

    private static func isExported(_ name: FileName) -> Bool {
        guard !OverlayAttribute.isReserved(name) else { return false }
        return name == FileName("security.capability") || name.hasPrefix("user.") || name.hasPrefix("trusted.")
            || name.hasPrefix("system.posix_acl_")
    }
}

/// Memory to copy through.
@safe private final class Buffer {
    let bytes: UnsafeMutableRawBufferPointer
    init() { unsafe bytes = .allocate(byteCount: 256 << 10, alignment: 64) }
    deinit { unsafe bytes.deallocate() }
}
