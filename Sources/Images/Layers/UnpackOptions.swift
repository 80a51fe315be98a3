/// How an archive becomes a directory.
public struct UnpackOptions: Sendable, Equatable {
    public enum Tree: String, Sendable {
        /// Names beginning with `.wh.` are files like any other.
        case rootFileSystem
        /// Names beginning with `.wh.` remove what lower layers have.
        case layer
    }

    public var tree: Tree
    /// Leave every file to the user who unpacks: the archive's owners are lost.
    public var ignoreOwners: Bool
    public var limits: LayerLimits
    /// The caller has no umask, and unpacks where nobody else looks: a file gets its mode when it is made. One call in six is saved.
    package var makesFilesWithMode = false
    /// What is mounted below the directory is part of it: the view of a container that runs.
    package var crossesMounts = false
    /// A directory never takes the place of a file, nor a file that of a directory: that is an error.
    package var keepsKinds = false

    public init(tree: Tree = .rootFileSystem, ignoreOwners: Bool = false, limits: LayerLimits = .standard) {
        self.tree = tree
        self.ignoreOwners = ignoreOwners
        self.limits = limits
    }
}

/// What unpacking did, and what it had to leave out.
package struct UnpackReport: Sendable, Equatable {
    package var entries = 0
    /// Bytes of the files made, holes included.
    package var bytes: Int64 = 0
    /// Names beginning with `.wh.`, obeyed or not.
    package var whiteouts = 0
    /// Device nodes that could not be made: only the initial user namespace may.
    package var skippedDevices = 0
    /// Extended attributes that could not be set, for want of rights or because the file system has none of the kind.
    package var skippedAttributes = 0

    package init() {}

    /// One line each, for the user.
    package var warnings: [String] {
        var lines: [String] = []
        if skippedDevices > 0 {
            lines.append("\(skippedDevices) device node(s) were left out: a user namespace may not make them")
        }
        if skippedAttributes > 0 {
            lines.append(
                "\(skippedAttributes) extended attribute(s) were left out: not allowed here, or not known to the file system")
        }
        return lines
    }
}
