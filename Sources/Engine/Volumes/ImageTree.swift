internal import Linux

/// The root file system that a container begins with, to be read: layers stacked by the kernel in a mount that has no place
/// in any mount table, and ends with its descriptor.
enum ImageTree {
    /// - Parameter layers: their directories, the uppermost first.
    static func open(_ layers: [String]) throws(EngineError) -> Descriptor {
        try attempt("look into the image") { () throws(SystemError) in
            guard layers.count > 1 else { return try Mounts.clone(layers[0]) }
            let marks: [FileSystemOption] = Engine.isPrivileged ? [] : [.init("userxattr")]
            return try Mounts.make(
                "overlay", source: "hako", options: layers.map { FileSystemOption("lowerdir+", $0) } + marks,
                attributes: [.readOnly, .noSuid, .noDevices])
        }
    }
}
