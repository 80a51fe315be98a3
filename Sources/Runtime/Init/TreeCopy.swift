internal import Linux

/// Copies what lies in a directory into another one: for a tmpfs that shows what it covers (`tmpcopyup`).
///
/// By descriptor, following no link and crossing no mount. Owners, permissions and times are kept; hard links become files.
enum TreeCopy {
    private static let deepest = 256

    static func copy(_ source: borrowing Descriptor, into target: borrowing Descriptor, depth: Int = 0) throws(SystemError) {
        guard depth < deepest else { throw SystemError("mkdirat", "more than \(deepest) levels", .tooManySymbolicLinkLevels) }
        for name in try source.fileNames() {
            let status = try source.status(of: name)
            switch status.kind {
            case .directory:
                try target.makeDirectory(name, mode: 0o700)
                let inner = try target.open(name, [.read, .directory, .noFollow])
                // A file system mounted there is not part of what is covered.
                if let from = try? source.open(
                    name, [.read, .directory, .noFollow], resolve: [.beneath, .noCrossDevice, .noSymlinks])
                {
                    try copy(from, into: inner, depth: depth + 1)
                }
            case .regular: try copyFile(name, from: source, to: target)
            case .symlink: try target.makeSymlink(name, to: source.readLink(name))
            case .fifo, .socket, .character, .block: try target.makeNode(name, mode: status.mode, device: status.specialDevice)
            case .unknown: continue
            }
            try target.setOwner(of: name, uid: status.uid, gid: status.gid)
            if status.kind != .symlink { try target.setPermissions(of: name, status.permissions) }
            try target.setTimes(of: name, seconds: status.modified.seconds, nanoseconds: status.modified.nanoseconds)
        }
    }

    private static func copyFile(
        _ name: FileName, from source: borrowing Descriptor, to target: borrowing Descriptor
    ) throws(SystemError) {
        let from = try source.open(name, [.read, .noFollow, .nonBlocking])
        let to = try target.open(name, [.write, .create, .exclusive, .noFollow], mode: 0o600)
        while true {
            let bytes = try from.read(upTo: 256 << 10)
            if bytes.isEmpty { return }
            try to.write(bytes)
        }
    }
}
