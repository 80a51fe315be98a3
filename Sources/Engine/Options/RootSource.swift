/// What a container's root file system is made of.
package enum RootSource: Sendable, Equatable {
    /// A copy-on-write view of this machine's own root.
    case host
    /// `--rootfs DIR`: the directory itself; what the container writes stays in it.
    case directory(String)
    /// `--rootfs DIR:O`: an overlay over the directory, which stays as it is.
    case overlaid(String)
    /// `--rootfs FILE`: an archive, unpacked once into a layer.
    case archive(String)
    /// An image of the store, as the user named it.
    case image(String)

    /// From the first word after the flags.
    ///
    /// - Parameters:
    ///   - isRootfs: whether `--rootfs` was given: the word is a path then, an image otherwise.
    ///   - kind: what is at a path: a directory, something else, or nothing (nil).
    package static func parse(
        _ text: String, isRootfs: Bool, directory: String, isDirectory kind: (String) -> Bool?
    ) throws(EngineError) -> RootSource {
        guard isRootfs else {
            guard !text.isEmpty else { throw EngineError("the image's name is empty") }
            return text == "host" ? .host : .image(text)
        }
        try Numbers.checkNoZero(text, flag: "--rootfs")
        guard !text.isEmpty else { throw EngineError.value("--rootfs", text, "the path is empty") }
        // Without `.` and `//`; `..` is the kernel's to resolve.
        let parts = (text.hasPrefix("/") ? text : "\(directory)/\(text)").split(separator: "/").filter { $0 != "." }
        let path = "/" + parts.joined(separator: "/")
        if let isDirectory = kind(path) { return isDirectory ? .directory(path) : .archive(path) }
        if path.hasSuffix(":O") {
            let below = String(path.dropLast(2))
            guard kind(below) == true else {
                throw EngineError.value("--rootfs", text, "\(below) is not a directory to put an overlay over")
            }
            return .overlaid(below)
        }
        throw EngineError.value(
            "--rootfs", text, "No such file or directory; give a directory with a root file system, or a tar file")
    }

    /// As `ps` shows it in the column IMAGE.
    package var description: String {
        switch self {
        case .host: "host"
        case .directory(let path), .archive(let path), .image(let path): path
        case .overlaid(let path): "\(path):O"
        }
    }
}
