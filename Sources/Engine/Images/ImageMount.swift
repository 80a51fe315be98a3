internal import Linux
internal import OCI
internal import Runtime

/// Images that are mounted on this machine to be looked at, read-only: `hako image mount`.
package struct ImageMount {
    private let engine: Engine

    package init(_ engine: Engine) throws(EngineError) {
        guard Engine.isPrivileged else {
            throw EngineError("only root may mount an image; hako save and export show what is in one")
        }
        self.engine = engine
    }

    private func place(_ image: ImageRecord) -> String { "\(engine.locations.state)/images/\(image.shortID)" }

    /// - Returns: where it is.
    package func mount(_ image: ImageRecord) throws(EngineError) -> String {
        let place = place(image)
        let layers = engine.layerPaths(image)
        guard layers.count == image.layers.count, !layers.isEmpty else {
            throw EngineError("image \(image.shortID) lacks layers: they were deleted; pull it again")
        }
        if isMounted(place) { return place }
        try attempt("mount image \(image.shortID) at \(place)") { () throws(SystemError) in
            try File.makeDirectories(place, mode: 0o700)
            let mount: Descriptor
            if layers.count == 1 {
                mount = try Mounts.clone(layers[0])
                try Mounts.change(mount, set: [.readOnly, .noSuid, .noDevices])
            } else {
                mount = try Mounts.make(
                    "overlay", source: "hako", options: layers.map { FileSystemOption("lowerdir+", $0) },
                    attributes: [.readOnly, .noSuid, .noDevices])
            }
            try Mounts.attach(mount, to: try File.open(place, [.path, .directory]), place)
        }
        return place
    }

    package func unmount(_ image: ImageRecord) throws(EngineError) {
        let place = place(image)
        guard isMounted(place) else { throw EngineError("image \(image.shortID) is not mounted") }
        try attempt("unmount \(place)") { () throws(SystemError) in
            try Mounts.detach(place)
            try File.removeDirectory(place)
        }
    }

    private func isMounted(_ place: String) -> Bool {
        guard let real = try? File.realPath(place), let mounts = try? MountInfo.all(of: Processes.id) else { return false }
        return mounts.contains { $0.destination == real }
    }
}
