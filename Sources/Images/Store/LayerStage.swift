internal import Linux

/// A directory in which a layer grows, held by flock(2): the kernel lets go when its process ends, however it ends.
struct LayerStage: ~Copyable {
    let path: String
    /// `<path>/diff`.
    let diff: Descriptor
    private let held: Descriptor

    private init(path: String) throws(SystemError) {
        try File.makeDirectory(path, mode: 0o700)
        let held = try File.open(path, [.read, .directory, .noFollow])
        try held.lock(.exclusive)
        // A collector may have come between mkdir and flock: then this is a directory without a name.
        guard try File.linkStatus(path).inode == held.status().inode else {
            throw SystemError("flock", path, .noSuchFileOrDirectory)
        }
        try held.makeDirectory("diff", mode: 0o755)
        let diff = try held.open("diff", [.read, .directory, .noFollow])
        try diff.setPermissions(0o755)
        self.held = held
        self.diff = diff
        self.path = path
    }

    static func make(in staging: String) throws(ImagesError) -> LayerStage {
        for _ in 0..<16 {
            let path = "\(staging)/\(UInt64.random(in: 0...UInt64.max).hexadecimalText)"
            do {
                return try LayerStage(path: path)
            } catch {
                guard error.errno == .noSuchFileOrDirectory || error.errno == .fileExists else {
                    throw ImagesError("cannot make a staging directory in \(staging)", error)
                }
            }
        }
        throw ImagesError(.system, "cannot make a staging directory in \(staging): others keep deleting it")
    }

    /// Brings the layer to disk and gives it its name. Another process may have been first: then it stays there.
    borrowing func publish(as place: String) throws(ImagesError) {
        do {
            try diff.synchronizeFileSystem()
            try File.rename(path, to: place)
            try File.synchronizeDirectory(of: place)
        } catch {
            guard error.errno == .directoryNotEmpty || error.errno == .fileExists else {
                throw ImagesError("cannot store the layer as \(place)", error)
            }
        }
    }

    /// Deletes what is left of it; after `publish` that is nothing.
    borrowing func discard() throws(ImagesError) { try TreeRemover.remove(path) }

    /// Deletes a staging directory if no process holds it.
    static func removeIfDead(_ path: String) throws(ImagesError) -> Bool {
        let directory: Duplicate?
        do throws(SystemError) {
            let opened = Duplicate(try File.open(path, [.read, .directory, .noFollow]))
            try opened.descriptor.lock(.exclusive, waits: false)
            directory = opened
        } catch {
            switch error.errno {
            case .wouldBlock, .noSuchFileOrDirectory: return false
            // Not a directory: nobody's stage.
            case .notDirectory, .tooManySymbolicLinkLevels: directory = nil
            default: throw ImagesError("cannot look at \(path)", error)
            }
        }
        // Held until it is gone: its maker, if it lives after all, waits and then sees that its directory has no name.
        try withExtendedLifetime(directory) { () throws(ImagesError) in try TreeRemover.remove(path) }
        return true
    }
}

extension UInt64 {
    /// 16 hexadecimal digits.
    fileprivate var hexadecimalText: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
