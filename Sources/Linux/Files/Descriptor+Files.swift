internal import CLinux
internal import Glibc
internal import SystemPackage

/// What is done to an open file, and to names below an open directory (the *at calls).
extension Descriptor {
    /// openat(2). A name, not a path of strangers: see `openInRoot` for those.
    public borrowing func open(_ name: String, _ flags: OpenFlags, mode: UInt32 = 0) throws(SystemError) -> Descriptor {
        let raw = self.raw
        return Descriptor(
            owning: try systemCall("openat", "\(name)") { unsafe hako_openat(raw, name, flags.rawValue | O_CLOEXEC, mode) })
    }

    /// Opens `path` as a process whose root is this directory would see it. openat2(2), RESOLVE_IN_ROOT.
    public borrowing func openInRoot(
        _ path: String, _ flags: OpenFlags, mode: UInt32 = 0, resolve: ResolveFlags = [.inRoot, .noMagicLinks]
    ) throws(SystemError) -> Descriptor {
        let raw = self.raw
        let bits = UInt64(UInt32(bitPattern: flags.rawValue | O_CLOEXEC))
        var attempt = 0
        while true {
            do {
                return Descriptor(
                    owning: try systemCall("openat2", path) {
                        unsafe hako_openat2(raw, path, bits, UInt64(mode), resolve.rawValue)
                    })
            } catch  where error.errno == .resourceTemporarilyUnavailable && attempt < Self.mostAttempts {
                attempt += 1
            }
        }
    }

    /// A `..` in a path fails with EAGAIN while anybody on the machine renames or mounts; to be tried again. openat2(2), ERRORS.
    private static let mostAttempts = 1000

    /// fstat(2).
    public borrowing func status() throws(SystemError) -> FileStatus {
        let raw = self.raw
        var s = stat()
        try systemCall("fstat", "fd \(raw)") { unsafe fstat(raw, &s) }
        return FileStatus(s)
    }

    /// fstatat(2); does not follow a link in the last component.
    public borrowing func status(of name: String) throws(SystemError) -> FileStatus {
        let raw = self.raw
        var s = stat()
        try systemCall("fstatat", name) { unsafe fstatat(raw, name, &s, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(s)
    }

    /// mkdirat(2).
    public borrowing func makeDirectory(_ name: String, mode: UInt32 = 0o755) throws(SystemError) {
        let raw = self.raw
        try systemCall("mkdirat", name) { unsafe mkdirat(raw, name, mode) }
    }

    /// symlinkat(2).
    public borrowing func makeSymlink(_ name: String, to target: String) throws(SystemError) {
        let raw = self.raw
        try systemCall("symlinkat", "\(name) -> \(target)") { unsafe symlinkat(target, raw, name) }
    }

    /// mknodat(2). `mode` holds the type (S_IFCHR …) and the permissions.
    public borrowing func makeNode(_ name: String, mode: UInt32, device: UInt64 = 0) throws(SystemError) {
        let raw = self.raw
        try systemCall("mknodat", name) { unsafe mknodat(raw, name, mode, UInt(device)) }
    }

    /// linkat(2): a second name, here, for `source` below `directory`. Follows no link.
    public borrowing func makeLink(
        _ name: String, toName source: String, in directory: borrowing Descriptor
    ) throws(SystemError) {
        let (raw, from) = (self.raw, directory.raw)
        try systemCall("linkat", "\(source) \(name)") { unsafe linkat(from, source, raw, name, 0) }
    }

    /// unlinkat(2).
    public borrowing func remove(_ name: String, directory: Bool = false) throws(SystemError) {
        let raw = self.raw
        try systemCall("unlinkat", name) { unsafe unlinkat(raw, name, directory ? AT_REMOVEDIR : 0) }
    }

    /// renameat(2), both names below this directory.
    public borrowing func rename(_ name: String, to newName: String) throws(SystemError) {
        let raw = self.raw
        try systemCall("renameat", "\(name) \(newName)") { unsafe renameat(raw, name, raw, newName) }
    }

    /// readlinkat(2).
    public borrowing func readLink(_ name: String) throws(SystemError) -> String {
        let raw = self.raw
        return unsafe try linkTarget(name) { buffer, size in unsafe readlinkat(raw, name, buffer, size) }
    }

    /// fchmod(2).
    public borrowing func setPermissions(_ mode: UInt32) throws(SystemError) {
        let raw = self.raw
        try systemCall("fchmod", "fd \(raw)") { fchmod(raw, mode) }
    }

    /// Says that the directories in this one have nothing to do with each other. ioctl_iflags(2), FS_TOPDIR_FL.
    package borrowing func markTopOfHierarchy() throws(SystemError) {
        let raw = self.raw
        try systemCall("ioctl", "fd \(raw) FS_IOC_SETFLAGS FS_TOPDIR_FL") { hako_mark_top_of_hierarchy(raw) }
    }

    /// Whether it is on an ext4 without a journal: the attribute `journal_task` that sysfs has of one names no process then.
    package borrowing func isOnExt4WithoutJournal() -> Bool {
        guard let device = try? status().device,
            let link = try? File.readLink("/sys/dev/block/\(FileStatus.major(device)):\(FileStatus.minor(device))"),
            let name = link.split(separator: "/").last,
            let task = try? File.readText("/sys/fs/ext4/\(name)/journal_task", limit: 64)
        else { return false }
        return task.hasPrefix("<none>")
    }

    /// fchown(2).
    public borrowing func setOwner(uid: UInt32, gid: UInt32) throws(SystemError) {
        let raw = self.raw
        try systemCall("fchown", "fd \(raw) \(uid):\(gid)") { fchown(raw, uid, gid) }
    }

    /// fchownat(2); does not follow a link.
    public borrowing func setOwner(of name: String, uid: UInt32, gid: UInt32) throws(SystemError) {
        let raw = self.raw
        try systemCall("fchownat", "\(name) \(uid):\(gid)") { unsafe fchownat(raw, name, uid, gid, AT_SYMLINK_NOFOLLOW) }
    }

    /// utimensat(2), access and modification time alike; does not follow a link.
    public borrowing func setTimes(of name: String, seconds: Int64, nanoseconds: Int64) throws(SystemError) {
        let raw = self.raw
        let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
        let times = [time, time]
        try systemCall("utimensat", name) { unsafe utimensat(raw, name, times, AT_SYMLINK_NOFOLLOW) }
    }

    /// fsync(2).
    public borrowing func synchronize() throws(SystemError) {
        let raw = self.raw
        try systemCall("fsync", "fd \(raw)") { fsync(raw) }
    }

    /// ftruncate(2).
    public borrowing func truncate(to size: Int64) throws(SystemError) {
        let raw = self.raw
        try systemCall("ftruncate", "fd \(raw) \(size)") { ftruncate(raw, Int(size)) }
    }

    /// read(2): at most `count` bytes; none at the end of the file.
    public borrowing func read(upTo count: Int) throws(SystemError) -> [UInt8] {
        let raw = self.raw
        return try unsafe bytesFromSystemCall("read", "fd \(raw)", upTo: count) { unsafe Glibc.read(raw, $0, count) }
    }

    /// Reads on to the end of the file.
    ///
    /// - Throws: EFBIG when there are more than `limit` bytes: what comes from outside is bounded.
    public borrowing func readToEnd(limit: Int) throws(SystemError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let part = try read(upTo: 65536)
            if part.isEmpty { return all }
            all += part
            if all.count > limit { throw SystemError("read", "more than \(limit) bytes", .fileTooLarge) }
        }
    }

    /// write(2), until all is written.
    public borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
        let raw = self.raw
        var done = 0
        while done < bytes.count {
            let part = done
            done += try systemCall("write", "fd \(raw) \(bytes.count - part) bytes") {
                unsafe bytes.withUnsafeBytes { unsafe Glibc.write(raw, $0.baseAddress! + part, $0.count - part) }
            }
        }
    }

    public borrowing func write(_ text: String) throws(SystemError) { try write(Array(text.utf8)) }

    /// The names in this directory, without `.` and `..`, in no order. readdir(3).
    public borrowing func list() throws(SystemError) -> [String] { try entries().map(\.name) }

    /// The same, with the number of each one's inode.
    package borrowing func entries() throws(SystemError) -> [(name: String, inode: UInt64)] {
        let raw = try open(".", [.read, .directory]).release()
        guard let stream = unsafe fdopendir(raw) else {
            _ = close(raw)
            throw SystemError("fdopendir", "fd \(raw)", .init(rawValue: Glibc.errno))
        }
        defer { unsafe closedir(stream) }
        var entries: [(name: String, inode: UInt64)] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { entries.append((name, UInt64(unsafe entry.pointee.d_ino))) }
        }
        return entries
    }
}

/// Reads a link's target whole, however long (readlink cuts without saying so).
func linkTarget(
    _ subject: String, _ read: (UnsafeMutablePointer<CChar>, Int) -> Int
) throws(SystemError) -> String {
    var size = 256
    while true {
        var buffer = [CChar](repeating: 0, count: size)
        let got = try systemCall("readlink", subject) {
            unsafe buffer.withUnsafeMutableBufferPointer { unsafe read($0.baseAddress!, size) }
        }
        if got < size { return String(decoding: buffer[..<got].map { UInt8(bitPattern: $0) }, as: UTF8.self) }
        size *= 2
    }
}
