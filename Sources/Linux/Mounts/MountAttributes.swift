/// Properties of a mount: `attr_set` and `attr_clr` of mount_setattr(2), `attr_flags` of fsmount(2).
public struct MountAttributes: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let readOnly = MountAttributes(rawValue: 0x1)
    public static let noSuid = MountAttributes(rawValue: 0x2)
    public static let noDevices = MountAttributes(rawValue: 0x4)
    public static let noExecute = MountAttributes(rawValue: 0x8)
    /// The field that holds one of relatime (0), noatime and strictatime; cleared whole before one is set.
    public static let accessTimeField = MountAttributes(rawValue: 0x70)
    public static let noAccessTime = MountAttributes(rawValue: 0x10)
    public static let strictAccessTime = MountAttributes(rawValue: 0x20)
    public static let noDirectoryAccessTime = MountAttributes(rawValue: 0x80)
    public static let noSymlinkFollow = MountAttributes(rawValue: 0x20_0000)
    /// Ids are mapped through a user namespace.
    static let idMapped = MountAttributes(rawValue: 0x10_0000)
}

/// How mounts and unmounts travel between mount namespaces: mount_namespaces(7).
public enum MountPropagation: UInt64, Sendable {
    case unbindable = 0x2_0000
    case `private` = 0x4_0000
    case slave = 0x8_0000
    case shared = 0x10_0000
}
