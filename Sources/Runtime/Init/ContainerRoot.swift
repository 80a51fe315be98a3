internal import Linux

/// The container's root directory while it is being furnished. Every path is resolved inside it by descriptor
/// (openat2, RESOLVE_IN_ROOT), so no link in the image leads outside, even one swapped in meanwhile.
struct ContainerRoot {
    private let shared: SharedDescriptor

    init(_ directory: consuming Descriptor) { shared = SharedDescriptor(directory) }

    enum Kind { case directory, file }

    /// Opens a file of the root, only to name it. (With RESOLVE_IN_ROOT an absolute path starts at the root, too.)
    func open(_ path: String, followsLast: Bool = true) throws(SystemError) -> Descriptor {
        try shared.descriptor.openInRoot(path, followsLast ? .path : [.path, .noFollow])
    }

    /// Opens a file of the root to use it.
    func open(_ path: String, for use: OpenFlags) throws(SystemError) -> Descriptor {
        try shared.descriptor.openInRoot(path, use)
    }

    /// Makes the root the working directory.
    func enter() throws(SystemError) { try Processes.changeDirectory(to: shared.descriptor) }

    /// Opens what a mount goes onto; makes it, and the directories above, where missing.
    func openTarget(_ path: String, _ kind: Kind) throws(SystemError) -> Descriptor {
        do throws(SystemError) {
            return try open(path)
        } catch  where error.errno == .noSuchFileOrDirectory {
            let parent = try openParent(of: path)
            try ignoringExisting { () throws(SystemError) in
                switch kind {
                case .directory: try parent.makeDirectory(Self.name(of: path))
                case .file:
                    _ = try parent.open(Self.name(of: path), [.write, .create, .exclusive, .noFollow], mode: 0o644)
                }
            }
            return try open(path)
        }
    }

    /// Opens the directory that holds `path`; makes it, and those above, where missing.
    func openParent(of path: String) throws(SystemError) -> Descriptor {
        let parent = Self.parent(of: path)
        do throws(SystemError) {
            return try shared.descriptor.openInRoot(parent, [.path, .directory])
        } catch  where error.errno == .noSuchFileOrDirectory && parent != "/" {
            let above = try openParent(of: parent)
            try ignoringExisting { () throws(SystemError) in try above.makeDirectory(Self.name(of: parent)) }
            return try shared.descriptor.openInRoot(parent, [.path, .directory])
        }
    }

    /// The last name of a path.
    static func name(of path: String) -> String {
        let trimmed = path.hasSuffix("/") ? path.dropLast() : path[...]
        return trimmed.lastIndex(of: "/").map { String(trimmed[trimmed.index(after: $0)...]) } ?? String(trimmed)
    }

    private static func parent(of path: String) -> String {
        let trimmed = path.hasSuffix("/") ? path.dropLast() : path[...]
        guard let slash = trimmed.lastIndex(of: "/"), slash != trimmed.startIndex else { return "/" }
        return String(trimmed[..<slash])
    }

    private func ignoringExisting(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        do throws(SystemError) { try body() } catch  where error.errno == .fileExists {}
    }
}
