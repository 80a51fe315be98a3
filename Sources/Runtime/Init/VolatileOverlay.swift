internal import Linux

/// An overlay whose files nobody keeps after the container's end: nothing waits for the disk, neither fsync(2) in the container nor
/// the end of the mount, which would else write back the whole file system of the host that the layer is on. overlayfs.rst,
/// "Volatile mount".
enum VolatileOverlay {
    static let option = "volatile"

    /// overlayfs leaves a mark where it works, and refuses to be mounted there once more: after a crash of the machine what was not written
    /// is lost. A container that starts again has what it had, or what every file has after a crash.
    ///
    /// - Parameter directory: the one that the work directory is in.
    static func removeMark(in directory: borrowing Descriptor, work: String) throws(SystemError) {
        let path = "\(work)/work/incompat"
        for (place, name) in [("\(path)/volatile", "dirty"), (path, "volatile")] {
            do throws(SystemError) {
                let found = try directory.openInRoot(
                    place, [.path, .directory], resolve: [.inRoot, .noMagicLinks, .noSymlinks])
                try found.remove(name, directory: name == "volatile")
            } catch {
                guard error.errno == .noSuchFileOrDirectory else { throw error }
            }
        }
    }
}
