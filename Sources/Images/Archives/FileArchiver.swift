internal import Linux

/// Writes single files into an archive, each from the directory that it lies in: names are opened there and followed nowhere.
/// Sockets, which no tar can hold, are left out; a file that changes meanwhile is cut or filled with zeros to the size it began
/// with.
final class FileArchiver {
    private struct Inode: Hashable {
        let device: UInt64
        let number: UInt64
    }

    private let writer: ArchiveWriter
    /// Where each file with several names was written first.
    private var links: [Inode: FileName] = [:]
    private let buffer = Buffer()

    init(_ writer: ArchiveWriter) { self.writer = writer }

    func writeDirectory(
        _ path: FileName, _ status: FileStatus, named name: FileName, in directory: borrowing Descriptor
    ) throws(ImagesError) {
        try writer.begin(entry(path, .directory, status, attributes(of: name, in: directory)))
    }

    /// A link, a device or a fifo.
    func writeSpecial(
        _ path: FileName, _ status: FileStatus, named name: FileName, in directory: borrowing Descriptor
    ) throws(ImagesError) {
        let kind: ArchiveEntry.Kind
        switch status.kind {
        case .symlink:
            guard let target = try? directory.readLink(name) else { return }
            kind = .symlink(target)
        case .character: kind = .character(major: status.specialMajor, minor: status.specialMinor)
        case .block: kind = .block(major: status.specialMajor, minor: status.specialMinor)
        case .fifo: kind = .fifo
        case .regular, .directory, .socket, .unknown: return
        }
        if try writeLink(path, status) { return }
        try writer.begin(entry(path, kind, status, attributes(of: name, in: directory)))
    }

    /// A file that is open; what turns out to be none is left out.
    func write(
        _ file: Duplicate, as path: FileName, named name: FileName, in directory: borrowing Descriptor
    ) throws(ImagesError) {
        let status = try attempt("cannot look at \(path.quoted)") { () throws(SystemError) in try file.descriptor.status() }
        guard status.kind == .regular, try !writeLink(path, status) else { return }
        let entry = entry(path, .regular, status, attributes(of: name, in: directory), size: status.size)
        let stretches = stretches(file, status)
        if stretches.count == 1, stretches[0].length == status.size || status.size == 0 {
            try writer.begin(entry)
        } else {
            try writer.begin(entry, stretches: stretches)
        }
        for stretch in stretches { try copy(stretch, of: file, path) }
    }

    func writeEmpty(_ path: FileName, _ status: FileStatus) throws(ImagesError) {
        try writer.begin(entry(path, .regular, status, []))
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
    private func attributes(of name: FileName, in directory: borrowing Descriptor) -> [ArchiveEntry.Attribute] {
        var found: [ArchiveEntry.Attribute] = []
        for attribute in ((try? directory.attributeNames(of: name)) ?? []).filter(Self.isExported).sorted() {
            guard let value = try? directory.attribute(attribute, of: name) else { continue }
            found.append(ArchiveEntry.Attribute(name: attribute, value: value))
        }
        return found
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
