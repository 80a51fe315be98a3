internal import CLinux
internal import Glibc

/// The mount interface by descriptor (fsopen, fsmount, open_tree, move_mount, mount_setattr; Linux 5.2 and 5.12), so
/// that no path of a container's is ever resolved by name. All of it changes only the caller's mount namespace.
public enum Mounts {
    private static let emptyPath: UInt32 = 0x1000
    private static let recursive: UInt32 = 0x8000

    /// A detached copy of the mount at `path` (open_tree(2), OPEN_TREE_CLONE), with those below it if `recursive`.
    public static func clone(_ path: String, recursive: Bool = false) throws(SystemError) -> Descriptor {
        let flags = 1 | UInt32(O_CLOEXEC) | (recursive ? Self.recursive : 0)
        return Descriptor(owning: try systemCall("open_tree", path) { unsafe open_tree(AT_FDCWD, path, flags) })
    }

    /// A detached copy of the mount at the file that a descriptor names.
    public static func clone(_ file: borrowing Descriptor, recursive: Bool = false) throws(SystemError) -> Descriptor {
        let raw = file.raw
        let flags = 1 | UInt32(O_CLOEXEC) | emptyPath | (recursive ? Self.recursive : 0)
        return Descriptor(owning: try systemCall("open_tree", "fd \(raw)") { unsafe open_tree(raw, "", flags) })
    }

    /// Attaches a detached mount over the file that `target` names. move_mount(2).
    public static func attach(
        _ mount: borrowing Descriptor, to target: borrowing Descriptor, _ name: @autoclosure () -> String = ""
    ) throws(SystemError) {
        let (from, to) = (mount.raw, target.raw)
        try systemCall("move_mount", "fd \(from) to \(name())") { unsafe move_mount(from, "", to, "", 0x4 | 0x40) }
    }

    /// Changes a mount's properties. mount_setattr(2).
    public static func change(
        _ mount: borrowing Descriptor, set: MountAttributes = [], clear: MountAttributes = [],
        propagation: MountPropagation? = nil, recursive: Bool = false
    ) throws(SystemError) {
        var cleared = clear
        if !set.isDisjoint(with: .accessTimeField) || !clear.isDisjoint(with: .accessTimeField) {
            cleared.insert(.accessTimeField)
        }
        if set.isEmpty && cleared.isEmpty && propagation == nil { return }
        var attributes = mount_attr(
            attr_set: set.rawValue, attr_clr: cleared.rawValue, propagation: propagation?.rawValue ?? 0, userns_fd: 0)
        let raw = mount.raw
        let flags = emptyPath | (recursive ? Self.recursive : 0)
        try systemCall("mount_setattr", "fd \(raw) set \(set.rawValue.hex) clear \(cleared.rawValue.hex)") {
            unsafe mount_setattr(raw, "", flags, &attributes, MemoryLayout<mount_attr>.size)
        }
    }

    /// Maps the ids of a detached mount through a user namespace: its files keep their owners on disk and appear
    /// inside as the namespace sees them. mount_setattr(2), MOUNT_ATTR_IDMAP.
    ///
    /// - Throws: EINVAL where the file system cannot, EPERM without privilege over the file system.
    public static func mapIDs(
        of mount: borrowing Descriptor, through userNamespace: CInt, recursive: Bool = false
    ) throws(SystemError) {
        var attributes = mount_attr(
            attr_set: MountAttributes.idMapped.rawValue, attr_clr: 0, propagation: 0, userns_fd: UInt64(userNamespace))
        let raw = mount.raw
        let flags = emptyPath | (recursive ? Self.recursive : 0)
        try systemCall("mount_setattr", "fd \(raw) idmap") {
            unsafe mount_setattr(raw, "", flags, &attributes, MemoryLayout<mount_attr>.size)
        }
    }

    /// A new file system, detached: fsopen(2), fsconfig(2), fsmount(2).
    ///
    public static func make(
        _ type: String, source: String? = nil, options: [FileSystemOption] = [],
        attributes: MountAttributes = []
    ) throws(SystemError) -> Descriptor {
        let context = Descriptor(owning: try systemCall("fsopen", type) { unsafe fsopen(type, 1) })
        let raw = context.raw
        if let source {
            try systemCall("fsconfig", "source=\(source)") { unsafe hako_fsconfig_string(raw, "source", source) }
        }
        for option in options {
            if let value = option.value {
                try systemCall("fsconfig", "\(option.key)=\(value)") { unsafe hako_fsconfig_string(raw, option.key, value) }
            } else {
                try systemCall("fsconfig", option.key) { unsafe hako_fsconfig_flag(raw, option.key) }
            }
        }
        try systemCall("fsconfig", "create \(type)") { hako_fsconfig_create(raw) }
        return Descriptor(
            owning: try systemCall("fsmount", type) { fsmount(raw, 1, UInt32(truncatingIfNeeded: attributes.rawValue)) })
    }

    /// Changes how all mounts of this namespace propagate. mount(2) on `/`, recursive.
    public static func setPropagationOfAll(_ propagation: MountPropagation) throws(SystemError) {
        try systemCall("mount", "/ recursive propagation") {
            unsafe mount(nil, "/", nil, UInt(propagation.rawValue) | UInt(MS_REC), nil)
        }
    }

    /// Makes the current directory the root, and detaches all that was there before. pivot_root(2), umount2(2).
    ///
    /// The old root is stacked under the new one (`pivot_root(".", ".")`), so no directory is needed for it.
    public static func pivotToWorkingDirectory() throws(SystemError) {
        let old = try File.open("/", [.path, .directory])
        try systemCall("pivot_root", ". .") { unsafe hako_pivot_root(".", ".") }
        try Processes.changeDirectory(to: old)
        // No unmount may travel back to the host.
        try systemCall("mount", "old root, slave") { unsafe mount(nil, ".", nil, UInt(MS_REC | MS_SLAVE), nil) }
        try systemCall("umount2", "old root") { unsafe umount2(".", CInt(MNT_DETACH)) }
        try Processes.changeDirectory("/")
    }

    /// Moves the mount at the current directory over `/`, and makes it the root. mount(2), MS_MOVE; chroot(2).
    public static func moveWorkingDirectoryToRoot() throws(SystemError) {
        try systemCall("mount", "move . to /") { unsafe mount(".", "/", nil, UInt(MS_MOVE), nil) }
        try systemCall("chroot", ".") { unsafe chroot(".") }
        try Processes.changeDirectory("/")
    }

    /// Unmounts what is at a path, lazily; a link there is not followed. umount2(2), MNT_DETACH, UMOUNT_NOFOLLOW.
    public static func detach(_ path: String) throws(SystemError) {
        try systemCall("umount2", path) { unsafe umount2(path, CInt(MNT_DETACH | UMOUNT_NOFOLLOW)) }
    }
}

extension UInt64 {
    fileprivate var hex: String { "0x" + String(self, radix: 16) }
}
