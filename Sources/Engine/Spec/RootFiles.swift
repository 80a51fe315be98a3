internal import Linux

/// Reads small files of a root file system that is not mounted yet: through its layers, by descriptor, as a process in
/// it would see them.
struct RootFiles: ~Copyable {
    private let directories: [String]
    private static let largest = 1 << 20

    /// - Parameter directories: the uppermost first.
    init(_ directories: [String]) { self.directories = directories }

    /// The text of a file; nil where it is missing, no regular file, or too large to be what it should be.
    func text(_ path: String) -> String? {
        for directory in directories {
            guard let root = try? File.open(directory, [.path, .directory]) else { continue }
            do throws(SystemError) {
                let file = try root.openInRoot(path, [.read, .nonBlocking, .noControllingTerminal])
                guard try file.status().kind == .regular else { return nil }
                return String(decoding: try file.readToEnd(limit: Self.largest), as: UTF8.self)
            } catch {
                // A whiteout (a device 0:0) opens with ENXIO: the file was deleted in this layer.
                if error.errno != .noSuchFileOrDirectory { return nil }
            }
        }
        return nil
    }
}
