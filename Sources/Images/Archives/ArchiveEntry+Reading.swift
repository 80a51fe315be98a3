internal import CArchive
internal import Linux

extension ArchiveEntry {
    /// Copies out of libarchive's entry what the limits allow.
    init(_ entry: OpaquePointer, in archive: String, limits: LayerLimits) throws(ImagesError) {
        let path = unsafe FileName(archive_entry_pathname(entry), longest: limits.pathLength + 1)
        self.init(path: path, kind: .regular)
        guard path.count <= limits.pathLength else {
            throw ImagesError(.limit, "\(archive): entry \(path.quoted): its name has more than \(limits.pathLength) bytes")
        }
        kind = unsafe try Self.kind(of: entry, path, in: archive, limits: limits)
        mode = unsafe UInt32(archive_entry_mode(entry)) & 0o7777
        uid = unsafe try Self.identifier(archive_entry_uid(entry), path, in: archive)
        gid = unsafe try Self.identifier(archive_entry_gid(entry), path, in: archive)
        seconds = unsafe Int64(archive_entry_mtime(entry))
        nanoseconds = unsafe min(max(Int64(archive_entry_mtime_nsec(entry)), 0), 999_999_999)
        size = unsafe kind == .regular ? archive_entry_size(entry) : 0
        guard size >= 0 else { throw ImagesError(.damaged, "\(archive): entry \(path.quoted): its size is negative") }
        attributes = unsafe try Self.attributes(of: entry, path, in: archive, limits: limits)
    }

    private static func kind(
        of entry: OpaquePointer, _ path: FileName, in archive: String, limits: LayerLimits
    ) throws(ImagesError) -> Kind {
        let longest = limits.pathLength + 1
        func target(_ text: UnsafePointer<CChar>?) throws(ImagesError) -> FileName {
            let target = unsafe FileName(text, longest: longest)
            guard !target.isEmpty, target.count < longest else {
                throw ImagesError(.damaged, "\(archive): entry \(path.quoted): its link's target is empty or too long")
            }
            return target
        }
        if let hardlink = unsafe archive_entry_hardlink(entry) { return unsafe .hardlink(try target(hardlink)) }
        let device = unsafe (UInt32(truncatingIfNeeded: archive_entry_rdevmajor(entry)),
            UInt32(truncatingIfNeeded: archive_entry_rdevminor(entry)))
        // The file types of tar are those of inode(7).
        switch unsafe archive_entry_filetype(entry) {
        case 0o100000: return .regular
        case 0o040000: return .directory
        case 0o120000: return unsafe .symlink(try target(archive_entry_symlink(entry)))
        case 0o020000: return .character(major: device.0, minor: device.1)
        case 0o060000: return .block(major: device.0, minor: device.1)
        case 0o010000: return .fifo
        case let other:
            throw ImagesError(.unsupported, "\(archive): entry \(path.quoted): unknown kind of file (0\(String(other, radix: 8)))")
        }
    }

    /// (uid_t)-1 means "leave it" to chown: not an id that a file can have.
    private static func identifier(_ value: Int64, _ path: FileName, in archive: String) throws(ImagesError) -> UInt32 {
        guard value >= 0, value < Int64(UInt32.max) else {
            throw ImagesError(.damaged, "\(archive): entry \(path.quoted): its owner \(value) is no user or group id")
        }
        return UInt32(value)
    }

    private static func attributes(
        of entry: OpaquePointer, _ path: FileName, in archive: String, limits: LayerLimits
    ) throws(ImagesError) -> [Attribute] {
        guard unsafe archive_entry_xattr_reset(entry) > 0 else { return [] }
        var (found, total): ([Attribute], Int) = ([], 0)
        var (name, value, count): (UnsafePointer<CChar>?, UnsafeRawPointer?, Int) = (nil, nil, 0)
        while unsafe archive_entry_xattr_next(entry, &name, &value, &count) == ARCHIVE_OK {
            let attribute = unsafe FileName(name, longest: 256)
            total += attribute.count + count
            guard attribute.count < 256, count <= limits.attributeBytes, total <= limits.attributeBytesPerFile else {
                throw ImagesError(.limit, "\(archive): entry \(path.quoted): its extended attributes are too large")
            }
            unsafe found.append(Attribute(name: attribute, value: Array(UnsafeRawBufferPointer(start: value, count: count))))
        }
        return found
    }
}

extension FileName {
    /// Copies a C string, at most `longest` bytes of it; nil is empty.
    fileprivate init(_ text: UnsafePointer<CChar>?, longest: Int) {
        guard let text = unsafe text else {
            self.init("")
            return
        }
        var bytes: [UInt8] = []
        var at = 0
        while at < longest, unsafe text[at] != 0 {
            unsafe bytes.append(UInt8(bitPattern: text[at]))
            at += 1
        }
        self.init(bytes)
    }
}
