internal import CLinux
internal import Glibc
internal import SystemPackage

/// Flags of open(2); close-on-exec is always added.
public struct OpenFlags: OptionSet, Sendable {
    public let rawValue: CInt
    public init(rawValue: CInt) { self.rawValue = rawValue }

    public static let read = OpenFlags(rawValue: O_RDONLY)
    public static let write = OpenFlags(rawValue: O_WRONLY)
    public static let readWrite = OpenFlags(rawValue: O_RDWR)
    public static let create = OpenFlags(rawValue: O_CREAT)
    public static let exclusive = OpenFlags(rawValue: O_EXCL)
    public static let truncate = OpenFlags(rawValue: O_TRUNC)
    public static let append = OpenFlags(rawValue: O_APPEND)
    public static let directory = OpenFlags(rawValue: O_DIRECTORY)
    public static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
    public static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
    public static let noControllingTerminal = OpenFlags(rawValue: O_NOCTTY)
    /// Only names the file: O_PATH.
    public static let path = OpenFlags(rawValue: 0o10000000)
}

/// Limits on how a path is resolved: `resolve` of openat2(2).
public struct ResolveFlags: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The directory is the root for `..`, absolute paths and absolute links.
    public static let inRoot = ResolveFlags(rawValue: hako_resolve_in_root)
    public static let beneath = ResolveFlags(rawValue: hako_resolve_beneath)
    public static let noMagicLinks = ResolveFlags(rawValue: hako_resolve_no_magiclinks)
    public static let noSymlinks = ResolveFlags(rawValue: hako_resolve_no_symlinks)
    public static let noCrossDevice = ResolveFlags(rawValue: hako_resolve_no_xdev)
}
