internal import Linux

/// What a name beginning with `.wh.` means in a layer (OCI image-spec, layer.md, "Whiteouts").
enum Whiteout: Equatable {
    /// `.wh..wh..opq`: nothing below shows through this directory.
    case opaque
    /// `.wh.NAME`: NAME of the layers below is gone.
    case removes(FileName)
    /// `.wh..wh.*`: AUFS' own book-keeping, of no use to others.
    case ignored
    /// `.wh.` before nothing, `.` or `..`: an attack, or a broken builder.
    case invalid

    static let opaqueName = FileName(".wh..wh..opq")

    /// The name in a layer that takes `name` of the layers below away.
    static func removal(of name: FileName) -> FileName { FileName(Array(".wh.".utf8) + name.bytes) }

    init?(_ name: FileName) {
        guard name.hasPrefix(".wh.") else { return nil }
        if name == Self.opaqueName {
            self = .opaque
        } else if name.hasPrefix(".wh..wh.") {
            self = .ignored
        } else {
            let removed = FileName(name.bytes.dropFirst(4))
            self = removed.isEmpty || removed.isDot || removed.isDotDot ? .invalid : .removes(removed)
        }
    }
}

/// The attributes by which overlay itself marks an upper directory: Hako mounts with `userxattr` inside user
/// namespaces, the kernel's default is the trusted kind. Documentation/filesystems/overlayfs.rst.
enum OverlayAttribute {
    static let opaque = [FileName("user.overlay.opaque"), FileName("trusted.overlay.opaque")]
    static let whiteout = [FileName("user.overlay.whiteout"), FileName("trusted.overlay.whiteout")]
    static let yes = Array("y".utf8)

    /// Overlay's own; one in an archive could redirect a directory or a file's data: never taken, never given.
    static func isReserved(_ name: FileName) -> Bool {
        name.hasPrefix("user.overlay.") || name.hasPrefix("trusted.overlay.")
    }
}
