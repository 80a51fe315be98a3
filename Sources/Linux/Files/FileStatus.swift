internal import CLinux
internal import Glibc
internal import SystemPackage

/// What stat(2) says of a file.
public struct FileStatus: Sendable, Equatable {
    public enum Kind: Sendable { case regular, directory, symlink, character, block, fifo, socket, unknown }

    public let device: UInt64
    public let inode: UInt64
    public let mode: UInt32
    public let links: UInt64
    public let uid: UInt32
    public let gid: UInt32
    /// Device number of a device node, as `major << 32 | minor` is split below.
    public let specialDevice: UInt64
    public let size: Int64
    /// 512-byte blocks.
    public let blocks: Int64
    public let modified: (seconds: Int64, nanoseconds: Int64)

    init(_ s: stat) {
        device = UInt64(s.st_dev)
        inode = UInt64(s.st_ino)
        mode = s.st_mode
        links = UInt64(s.st_nlink)
        uid = s.st_uid
        gid = s.st_gid
        specialDevice = UInt64(s.st_rdev)
        size = Int64(s.st_size)
        blocks = Int64(s.st_blocks)
        modified = (Int64(s.st_mtim.tv_sec), Int64(s.st_mtim.tv_nsec))
    }

    public var kind: Kind {
        switch mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .directory
        case S_IFLNK: .symlink
        case S_IFCHR: .character
        case S_IFBLK: .block
        case S_IFIFO: .fifo
        case S_IFSOCK: .socket
        default: .unknown
        }
    }
    public var permissions: UInt32 { mode & 0o7777 }
    public var isDirectory: Bool { kind == .directory }
    /// gnu_dev_major(3), gnu_dev_minor(3).
    public var specialMajor: UInt32 { Self.major(specialDevice) }
    public var specialMinor: UInt32 { Self.minor(specialDevice) }

    public static func == (a: FileStatus, b: FileStatus) -> Bool {
        a.device == b.device && a.inode == b.inode && a.mode == b.mode && a.size == b.size && a.uid == b.uid
            && a.gid == b.gid && a.specialDevice == b.specialDevice && a.modified == b.modified
    }

    package static func major(_ device: UInt64) -> UInt32 { gnu_dev_major(UInt(device)) }
    package static func minor(_ device: UInt64) -> UInt32 { gnu_dev_minor(UInt(device)) }
    package static func device(major: UInt32, minor: UInt32) -> UInt64 { UInt64(gnu_dev_makedev(major, minor)) }
}
