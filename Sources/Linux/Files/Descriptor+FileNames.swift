internal import CLinux
internal import Glibc
internal import SystemPackage

/// The *at calls for names of any bytes, as archives and directories have them.
extension Descriptor {
    /// openat(2).
    package borrowing func open(_ name: FileName, _ flags: OpenFlags, mode: UInt32 = 0) throws(SystemError) -> Descriptor {
        let raw = self.raw
        return Descriptor(
            owning: try systemCall("openat", "\(name)") {
                unsafe name.withPointer { unsafe hako_openat(raw, $0, flags.rawValue | O_CLOEXEC, mode) }
            })
    }

    /// openat2(2): how the path is resolved is the caller's to limit.
    package borrowing func open(
        _ path: FileName, _ flags: OpenFlags, resolve: ResolveFlags, mode: UInt32 = 0
    ) throws(SystemError) -> Descriptor {
        let raw = self.raw
        let bits = UInt64(UInt32(bitPattern: flags.rawValue | O_CLOEXEC))
        return Descriptor(
            owning: try systemCall("openat2", "\(path)") {
                unsafe path.withPointer { unsafe hako_openat2(raw, $0, bits, UInt64(mode), resolve.rawValue) }
            })
    }

    /// fstatat(2); does not follow a link in the last component.
    package borrowing func status(of name: FileName) throws(SystemError) -> FileStatus {
        let raw = self.raw
        var s = stat()
        try systemCall("fstatat", "\(name)") { unsafe name.withPointer { unsafe fstatat(raw, $0, &s, AT_SYMLINK_NOFOLLOW) } }
        return FileStatus(s)
    }

    /// mkdirat(2).
    package borrowing func makeDirectory(_ name: FileName, mode: UInt32 = 0o755) throws(SystemError) {
        let raw = self.raw
        try systemCall("mkdirat", "\(name)") { unsafe name.withPointer { unsafe mkdirat(raw, $0, mode) } }
    }

    /// symlinkat(2).
    package borrowing func makeSymlink(_ name: FileName, to target: FileName) throws(SystemError) {
        let raw = self.raw
        try systemCall("symlinkat", "\(name) -> \(target)") {
            unsafe name.withPointer { link in unsafe target.withPointer { unsafe symlinkat($0, raw, link) } }
        }
    }

    /// mknodat(2). `mode` holds the type (S_IFCHR …) and the permissions.
    package borrowing func makeNode(_ name: FileName, mode: UInt32, device: UInt64 = 0) throws(SystemError) {
        let raw = self.raw
        try systemCall("mknodat", "\(name)") { unsafe name.withPointer { unsafe mknodat(raw, $0, mode, UInt(device)) } }
    }

    /// linkat(2): a second name, here, for `source` below `directory`. Follows no link.
    package borrowing func makeLink(
        _ name: FileName, toName source: FileName, in directory: borrowing Descriptor
    ) throws(SystemError) {
        let (raw, from) = (self.raw, directory.raw)
        try systemCall("linkat", "\(source) \(name)") {
            unsafe name.withPointer { link in unsafe source.withPointer { unsafe linkat(from, $0, raw, link, 0) } }
        }
    }

    /// unlinkat(2).
    package borrowing func remove(_ name: FileName, directory: Bool = false) throws(SystemError) {
        let raw = self.raw
        try systemCall("unlinkat", "\(name)") {
            unsafe name.withPointer { unsafe unlinkat(raw, $0, directory ? AT_REMOVEDIR : 0) }
        }
    }

    /// renameat(2): from this directory into another one of the same file system, under the same name.
    package borrowing func move(_ name: FileName, to directory: borrowing Descriptor) throws(SystemError) {
        let (raw, to) = (self.raw, directory.raw)
        try systemCall("renameat", "\(name)") { unsafe name.withPointer { unsafe renameat(raw, $0, to, $0) } }
    }

    /// readlinkat(2), the target whole.
    package borrowing func readLink(_ name: FileName) throws(SystemError) -> FileName {
        let raw = self.raw
        var size = 256
        while true {
            var buffer = [UInt8](repeating: 0, count: size)
            let got = try systemCall("readlinkat", "\(name)") {
                unsafe name.withPointer { path in
                    unsafe buffer.withUnsafeMutableBytes { bytes in
                        unsafe readlinkat(raw, path, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), size)
                    }
                }
            }
            if got < size { return FileName(buffer[..<got]) }
            size *= 2
        }
    }

    /// fchownat(2); does not follow a link.
    package borrowing func setOwner(of name: FileName, uid: UInt32, gid: UInt32) throws(SystemError) {
        let raw = self.raw
        try systemCall("fchownat", "\(name) \(uid):\(gid)") {
            unsafe name.withPointer { unsafe fchownat(raw, $0, uid, gid, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// fchmodat(2). Follows a link: only for names that the caller has just made and that are none.
    package borrowing func setPermissions(of name: FileName, _ mode: UInt32) throws(SystemError) {
        let raw = self.raw
        try systemCall("fchmodat", "\(name)") { unsafe name.withPointer { unsafe fchmodat(raw, $0, mode, 0) } }
    }

    /// utimensat(2), access and modification time alike; does not follow a link.
    package borrowing func setTimes(of name: FileName, seconds: Int64, nanoseconds: Int64) throws(SystemError) {
        let raw = self.raw
        let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
        let times = [time, time]
        try systemCall("utimensat", "\(name)") {
            unsafe name.withPointer { unsafe utimensat(raw, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// futimens(3), access and modification time alike.
    package borrowing func setTimes(seconds: Int64, nanoseconds: Int64) throws(SystemError) {
        let raw = self.raw
        let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
        let times = [time, time]
        try systemCall("utimensat", "fd \(raw)") { unsafe futimens(raw, times) }
    }

    /// The names in this directory, without `.` and `..`, in no order. readdir(3).
    package borrowing func fileNames() throws(SystemError) -> [FileName] {
        let raw = try open(".", [.read, .directory]).release()
        guard let stream = unsafe fdopendir(raw) else {
            _ = close(raw)
            throw SystemError("fdopendir", "fd \(raw)", .init(rawValue: Glibc.errno))
        }
        defer { unsafe closedir(stream) }
        var names: [FileName] = []
        while true {
            Glibc.errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe FileName(Array($0.prefix { $0 != 0 })) }
            if !name.isDot && !name.isDotDot { names.append(name) }
        }
        guard Glibc.errno == 0 else { throw SystemError("readdir", "fd \(raw)", .init(rawValue: Glibc.errno)) }
        return names
    }
}
