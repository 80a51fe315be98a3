internal import Linux

/// What a layer takes from those below it.
extension LayerUnpacker {
    /// Gives directories that the archive has no entry for the owner, mode and attributes that they have below: overlay would show
    /// those of this layer, where a builder only left out what it did not change.
    ///
    /// - Parameter layers: the directories of the layers below, the uppermost first.
    package func inherit(from layers: [String]) throws(ImagesError) {
        guard !implied.isEmpty, !layers.isEmpty else { return }
        let stack = try LayerStack(layers)
        for path in implied.sorted(by: { $0.count > $1.count }) {
            guard let like = try stack.status(ofDirectory: path) else { continue }
            do throws(SystemError) {
                let directory = try root.open(path, [.read, .directory], resolve: .insideRoot)
                if !options.ignoreOwners { try directory.setOwner(uid: like.uid, gid: like.gid) }
                try directory.setPermissions(like.permissions)
                try directory.setTimes(seconds: like.modified.seconds, nanoseconds: like.modified.nanoseconds)
            } catch {
                throw ImagesError("\(archive): cannot give \(path.quoted) what it has in the layer below", error)
            }
        }
    }
}

extension LayerStack {
    /// Of a directory as it shows; nil where there is none.
    func status(ofDirectory path: FileName) throws(ImagesError) -> FileStatus? {
        var directory = try openRoot()
        var status: FileStatus?
        for component in path.components {
            guard let found = try directory.lookUp(component), found.status.isDirectory else { return nil }
            status = found.status
            directory = try open(
                directory.path.appending(component), layers: try directory.layers(of: component, found))
        }
        return status
    }
}
