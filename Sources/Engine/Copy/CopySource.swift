internal import Images
package import Linux

/// What is copied, opened: a name in a directory, found below a root that no link leads out of.
package struct CopySource: ~Copyable {
    private let parent: Descriptor
    private let name: FileName
    /// What it is called in the archive; `.` for a directory's content.
    private let base: FileName

    /// - Parameter followsLink: of a link what it leads to is copied, under the link's name.
    package init(_ path: String, in root: borrowing Descriptor, followsLink: Bool) throws(EngineError) {
        let asked = try CopyPath(path)
        var place = asked
        var opened = try Self.open(place, in: root)
        var rounds = 0
        while followsLink || asked.endsInSlash, !place.name.isEmpty, let link = try? opened.readLink(place.name) {
            rounds += 1
            guard rounds <= 40 else { throw EngineError("\(path): links that go in a circle") }
            place = try CopyPath(link.hasPrefix("/") ? link : "\(place.parent)/\(link)")
            opened = try Self.open(place, in: root)
        }
        let name = place.name.isEmpty ? "." : place.name
        let status = try attempt("copy \(path)") { () throws(SystemError) in try opened.status(of: name) }
        guard status.isDirectory || !asked.endsInSlash else { throw EngineError("\(path) is not a directory") }
        if let type = try? opened.fileSystem(), type.isKernels {
            throw EngineError("\(path) is on a file system of the kernel's own: there are no files to copy")
        }
        guard status.kind != .socket else { throw EngineError("\(path) is a socket, which no copy can hold") }
        parent = opened
        self.name = FileName(name)
        base = FileName(asked.name.isEmpty ? "." : asked.name)
    }

    private static func open(_ path: CopyPath, in root: borrowing Descriptor) throws(EngineError) -> Descriptor {
        try attempt("copy \(path.whole)") { () throws(SystemError) in
            try root.openInRoot(path.parent.isEmpty ? "/" : path.parent, [.read, .directory])
        }
    }

    /// Writes it as a tar; its first entry is the thing itself.
    ///
    /// - Returns: false where the other end went away: it says why.
    package borrowing func write(to output: borrowing Descriptor) throws(EngineError) -> Bool {
        do throws(ImagesError) {
            try TreeArchiver.write(name, in: parent, as: base, crossing: .mounts, to: output)
            return true
        } catch {
            if error.cause?.errno == .brokenPipe { return false }
            throw EngineError(error.message)
        }
    }
}
