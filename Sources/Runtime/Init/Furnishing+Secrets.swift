internal import Linux

/// Secrets as files of a tmpfs that is mounted by now.
extension Furnishing {
    mutating func place(_ secrets: [SecretPlan]) throws(RuntimeError) {
        let directory = try explaining("open \(SecretPlan.directory)") { () throws(SystemError) in
            let directory = try root!.open(SecretPlan.directory, for: [.read, .directory])
            guard try directory.fileSystem() == .tmpfs else {
                throw SystemError("fstatfs", SecretPlan.directory, .invalidArgument)
            }
            return directory
        }
        for (number, secret) in secrets.enumerated() {
            let content = take(secret.source)
            let name = secret.name ?? ".\(number)"
            try write(content, to: name, in: directory, secret)
            if secret.name == nil { try lend(name, of: directory, at: secret.destination) }
        }
        try explaining("make \(SecretPlan.directory) read-only") { () throws(SystemError) in
            try Mounts.change(directory, set: .readOnly)
        }
    }

    private func write(
        _ content: borrowing Descriptor, to name: String, in directory: borrowing Descriptor, _ secret: SecretPlan
    ) throws(RuntimeError) {
        try explaining("write the secret \(secret.destination)", hint: "its owner has to be an id of the container's") {
            () throws(SystemError) in
            let file = try directory.open(name, [.write, .create, .exclusive, .noFollow], mode: 0o600)
            try file.write(try content.readToEnd(limit: 1 << 20))
            try file.setOwner(uid: secret.uid, gid: secret.gid)
            try file.setPermissions(secret.mode)
        }
    }

    /// Mounts the file elsewhere; in the tmpfs it has no name any more.
    private func lend(_ name: String, of directory: borrowing Descriptor, at path: String) throws(RuntimeError) {
        let mount = try explaining("mount the secret \(path)") { () throws(SystemError) in
            let mount = try Mounts.clone(directory.open(name, [.path, .noFollow]))
            try Mounts.change(mount, set: [.readOnly, .noSuid, .noDevices, .noExecute])
            return mount
        }
        try attach(mount, at: path, .file)
        try explaining("mount the secret \(path)") { () throws(SystemError) in try directory.remove(name) }
    }
}
