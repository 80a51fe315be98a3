internal import CLinux
internal import Glibc

/// A kind of file system, by the magic number statfs(2) gives.
public struct FileSystemType: Sendable, Hashable {
    public let magic: UInt64
    public init(magic: UInt64) { self.magic = magic }

    public static let proc = FileSystemType(magic: 0x9fa0)
    public static let sysfs = FileSystemType(magic: 0x6265_6572)
    public static let tmpfs = FileSystemType(magic: 0x0102_1994)
    public static let overlay = FileSystemType(magic: 0x794c_7630)
    public static let cgroup1 = FileSystemType(magic: 0x27_e0eb)
    public static let cgroup2 = FileSystemType(magic: 0x6367_7270)
    public static let devpts = FileSystemType(magic: 0x1cd1)
    public static let mqueue = FileSystemType(magic: 0x1980_0202)
    public static let nsfs = FileSystemType(magic: 0x6e73_6673)

    /// Whether it is one of the kernel's own: its files are no data, and have no owner to map.
    package var isKernels: Bool { Self.kernels.contains(self) }

    private static let kernels: Set<FileSystemType> = [
        .proc, .sysfs, .cgroup1, .cgroup2, .devpts, .mqueue, .nsfs, FileSystemType(magic: 0x6462_6720),  // debugfs
        FileSystemType(magic: 0x7472_6163), FileSystemType(magic: 0x7363_6673),  // tracefs, securityfs
        FileSystemType(magic: 0xcafe_4a11), FileSystemType(magic: 0x6165_676c),  // bpf, pstore
        FileSystemType(magic: 0x4249_4e4d), FileSystemType(magic: 0xf97c_ff8c),  // binfmt_misc, selinux
        FileSystemType(magic: 0xde5e_81e4), FileSystemType(magic: 0x6265_6570),  // efivarfs, configfs
    ]
}

extension Descriptor {
    /// The file system a file is on. fstatfs(2).
    public borrowing func fileSystem() throws(SystemError) -> FileSystemType {
        let raw = self.raw
        var s = statfs()
        try systemCall("fstatfs", "fd \(raw)") { unsafe fstatfs(raw, &s) }
        return FileSystemType(magic: UInt64(truncatingIfNeeded: s.f_type) & 0xffff_ffff)
    }
}

extension File {
    /// Whether the mount that a path is on is read-only. statvfs(3), ST_RDONLY.
    package static func isOnReadOnlyMount(_ path: String) throws(SystemError) -> Bool {
        var s = statvfs()
        try systemCall("statvfs", path) { unsafe statvfs(path, &s) }
        return s.f_flag & 1 != 0
    }

    /// The file system a path is on. statfs(2).
    public static func fileSystem(_ path: String) throws(SystemError) -> FileSystemType {
        var s = statfs()
        try systemCall("statfs", path) { unsafe statfs(path, &s) }
        return FileSystemType(magic: UInt64(truncatingIfNeeded: s.f_type) & 0xffff_ffff)
    }
}
