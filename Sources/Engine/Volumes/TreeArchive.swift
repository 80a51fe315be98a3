internal import Images
package import Linux

/// A directory's content as a tar, and back.
package enum TreeArchive {
    /// Writes what is in a directory; nothing that is mounted in it.
    package static func write(_ directory: borrowing Descriptor, to output: borrowing Descriptor) throws(EngineError) {
        try imaging { () throws(ImagesError) in
            try TreeArchiver.write(FileName("."), in: directory, as: FileName("."), crossing: .none, to: output)
        }
    }

    /// Unpacks an archive into a directory. A user with one id owns all of it.
    ///
    /// - Parameter asLayer: with the marks of what is taken away from layers below.
    package static func unpack(
        _ archive: consuming Descriptor, into directory: borrowing Descriptor, called name: String, asLayer: Bool = false
    ) throws(EngineError) {
        var options = UnpackOptions(
            tree: asLayer ? .layer : .rootFileSystem, ignoreOwners: !Engine.isPrivileged && !Engine.isNamespaceRoot)
        options.limits.totalBytes = .max
        options.limits.entries = .max
        do throws(ImagesError) {
            let reader = ArchiveReader(ArchiveStream(archive, name: name, limit: .max), limits: options.limits)
            _ = try LayerUnpacker(into: directory, archive: name, options: options).unpack(reader)
        } catch {
            throw EngineError(error.message)
        }
    }

    /// Copies a directory's content with all that a tar holds of it: through one that is never stored.
    package static func copy(
        _ source: borrowing Descriptor, into target: borrowing Descriptor, called name: String
    ) throws(EngineError) {
        Signals.ignorePipe()
        let (pipe, from) = try attempt("copy \(name)") { () throws(SystemError) in
            (try Pipes.make(), SharedDescriptor(try source.duplicate()))
        }
        let read = Descriptor(owning: pipe.read)
        let writer: Worker<EngineError?>
        do throws(SystemError) {
            writer = try Worker { [write = pipe.write] in
                // Closed at the end of the work, so that the reader never waits for more.
                let output = Descriptor(owning: write)
                do throws(EngineError) {
                    try Self.write(from.descriptor, to: output)
                    return nil
                } catch { return error }
            }
        } catch {
            _ = Descriptor(owning: pipe.write)
            throw EngineError("start a thread", error)
        }
        var failure: EngineError?
        do throws(EngineError) { try unpack(read, into: target, called: name) } catch { failure = error }
        // What went wrong while reading is why the other end found too little.
        if let error = writer.result() ?? failure { throw error }
    }
}
