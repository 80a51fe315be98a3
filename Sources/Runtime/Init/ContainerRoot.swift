internal import Linux

/// The container's root directory while it is being furnished. Every path is resolved inside it by descriptor
/// (openat2, RESOLVE_IN_ROOT), so no link in the image leads outside, even one swapped in meanwhile.
struct ContainerRoot {
    private let shared: SharedDescriptor

    init(_ directory: consuming Descriptor) { shared = SharedDescriptor(directory) }

    enum Kind { case directory, file }

    /// Opens a file of the root, only to name it.
    func open(_ path: String, followsLast: Bool = true) throws(SystemError) -> Descriptor {
        try shared.descriptor.openInRoot(Self.relative(path), followsLast ? .path : [.path, .noFollow])
    }

    /// Opens a file of the root to use it.
    func open(_ path: String, for use: OpenFlags) throws(SystemError) -> Descriptor {
        try shared.descriptor.openInRoot(Self.relative(path), use)
    }

    /// Makes the root the working directory.
    func enter() throws(SystemError) { try Processes.changeDirectory(to: shared.descriptor) }

    /// Opens what a mount goes onto; makes it, and the directories above, where missing.
    func openTarget(_ path: String, _ kind: Kind) throws(SystemError) -> Descriptor {
        do throws(SystemError) {
            return try open(path)
        } catch where error.errno == .noSuchFileOrDirectory {
            try makeParents(of: path)
            let (parent, name) = Self.split(path)
            let above = try shared.descriptor.openInRoot(parent, [.path, .directory])
            switch kind {
            case .directory: try ignoringExisting { () throws(SystemError) in try above.makeDirectory(name) }
            case .file:
                try ignoringExisting { () throws(SystemError) in
                    _ = try above.open(name, [.write, .create, .exclusive, .noFollow], mode: 0o644)
                }
            }
            return try open(path)
        }
    }

    /// Makes the directories above `path` that are missing.
    func makeParents(of path: String) throws(SystemError) {
        var walked = ""
        for name in Self.relative(path).split(separator: "/").dropLast() {
            let above = try shared.descriptor.openInRoot(walked.isEmpty ? "." : walked, [.path, .directory])
            walked += walked.isEmpty ? name : "/\(name)"
            do throws(SystemError) {
                _ = try shared.descriptor.openInRoot(walked, [.path, .directory])
            } catch where error.errno == .noSuchFileOrDirectory {
                try ignoringExisting { () throws(SystemError) in try above.makeDirectory(String(name)) }
            }
        }
    }

    /// Opens the directory that holds `path`, made where missing.
    func openParent(of path: String) throws(SystemError) -> Descriptor {
        try makeParents(of: path)
        return try shared.descriptor.openInRoot(Self.split(path).parent, [.path, .directory])
    }

    /// The last name of a path.
    static func name(of path: String) -> String { split(path).name }

    private func ignoringExisting(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        do throws(SystemError) { try body() } catch where error.errno == .fileExists {}
    }

    private static func relative(_ path: String) -> String {
        let parts = path.split(separator: "/")
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        let parts = path.split(separator: "/")
        let parent = parts.dropLast().joined(separator: "/")
        return (parent.isEmpty ? "." : parent, parts.last.map(String.init) ?? ".")
    }
}
