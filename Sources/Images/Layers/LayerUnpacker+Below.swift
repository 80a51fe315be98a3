internal import Linux

/// What a layer takes from those below it.
extension LayerUnpacker {
    /// Finishes what the layer alone could not: directories and hard links that the archive says too little of.
    ///
    /// - Parameter layers: the directories of the layers below, the uppermost first.
    package func inherit(from layers: [String]) throws(ImagesError) {
        guard !implied.isEmpty || !linksBelow.isEmpty else { return }
        guard !layers.isEmpty else {
            guard let entry = linksBelow.first else { return }
            throw failure(entry, .damaged, "is a hard link to what the archive has nowhere before")
        }
        let stack = try LayerStack(layers)
        for entry in linksBelow { try linkBelow(entry, stack) }
        if !linksBelow.isEmpty { try directories.apply(self) }
        for path in implied.sorted(by: { $0.count > $1.count }) { try inherit(path, from: stack) }
    }

    /// A directory that the archive has no entry for gets what it has below: overlay would show what it was made with here, where a
    /// builder only left out what it did not change.
    private func inherit(_ path: FileName, from stack: LayerStack) throws(ImagesError) {
        guard let found = try stack.locate(path), found.status.isDirectory else { return }
        do throws(SystemError) {
            let directory = try root.open(path, [.read, .directory], resolve: .insideRoot)
            if !options.ignoreOwners { try directory.setOwner(uid: found.status.uid, gid: found.status.gid) }
            try directory.setPermissions(found.status.permissions)
            try directory.setTimes(seconds: found.status.modified.seconds, nanoseconds: found.status.modified.nanoseconds)
        } catch {
            throw ImagesError("\(archive): cannot give \(path.quoted) what it has in the layer below", error)
        }
    }

    /// Copies the target up, as overlay does for link(2), and links it.
    private func linkBelow(_ entry: ArchiveEntry, _ stack: LayerStack) throws(ImagesError) {
        guard case .hardlink(let target) = entry.kind else { return }
        let (path, own) = (try self.path(target, of: entry), try self.path(entry.path, of: entry))
        guard let name = path.name, let ownName = own.name else {
            throw failure(entry, .damaged, "is a hard link to the root directory")
        }
        let source = try directory(path.parent, of: entry)
        if (try? source.descriptor.status(of: name)) == nil {
            guard let found = try stack.locate(path.full), found.status.kind == .regular else {
                throw failure(entry, .damaged, "its hard link's target \(target.quoted) is no file of the layers below")
            }
            try copyUp(found, name, into: source, entry)
        }
        // Held apart: the next directory that is opened takes the last one's place.
        let parent = try directory(own.parent, of: entry)
        do throws(SystemError) {
            try? parent.descriptor.remove(ownName)
            try parent.descriptor.makeLink(ownName, toName: name, in: source.descriptor)
        } catch {
            throw failure(entry, "cannot link it to \(target.quoted)", error)
        }
    }

    private func copyUp(
        _ found: LayerStack.Located, _ name: FileName, into parent: OpenFile, _ entry: ArchiveEntry
    ) throws(ImagesError) {
        let status = found.status
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { unsafe buffer.deallocate() }
        do throws(SystemError) {
            let source = try found.directory.descriptor.open(name, [.read, .noFollow], resolve: .strictlyBelow)
            let file = try parent.descriptor.open(name, [.write, .create, .exclusive, .noFollow], mode: 0o600)
            for stretch in try source.dataStretches(size: status.size) {
                var at = stretch.offset
                while at < stretch.offset + stretch.length {
                    let got = unsafe try source.read(into: buffer, at: at)
                    if got == 0 { break }
                    unsafe try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<got]), at: at)
                    at += Int64(got)
                }
            }
            try file.truncate(to: status.size)
            if !options.ignoreOwners { try file.setOwner(uid: status.uid, gid: status.gid) }
            try file.setPermissions(status.permissions)
            for attribute in try found.directory.descriptor.attributeNames(of: name) where !OverlayAttribute.isReserved(attribute)
            {
                guard let value = try found.directory.descriptor.attribute(attribute, of: name) else { continue }
                try file.setAttribute(attribute, to: value)
            }
            try file.setTimes(seconds: status.modified.seconds, nanoseconds: status.modified.nanoseconds)
        } catch {
            throw failure(entry, "cannot copy its hard link's target from the layer below", error)
        }
    }
}

extension LayerStack {
    /// A name as it shows, and the directory of the layer that has it.
    struct Located {
        let directory: Duplicate
        let status: FileStatus
    }

    /// Nil where there is nothing.
    func locate(_ path: FileName) throws(ImagesError) -> Located? {
        var directory = try openRoot()
        var located: Located?
        for component in path.components {
            if let above = located, !above.status.isDirectory { return nil }
            guard let found = try directory.lookUp(component) else { return nil }
            located = Located(directory: directory.parts[found.part].directory, status: found.status)
            guard found.status.isDirectory else { continue }
            directory = try open(directory.path.appending(component), layers: try directory.layers(of: component, found))
        }
        return located
    }
}
