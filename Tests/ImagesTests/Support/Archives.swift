import Images
import Linux
import Testing

extension Scratch {
    /// Writes a tar by Hako's own writer.
    func tar(_ name: String, _ entries: [(ArchiveEntry, [UInt8])]) throws {
        let file = try File.open(self[name], [.write, .create, .truncate], mode: 0o644)
        let writer = try ArchiveWriter(to: file)
        for (entry, data) in entries {
            var entry = entry
            if entry.kind == .regular { entry.size = Int64(data.count) }
            try writer.begin(entry)
            if entry.kind == .regular { try writer.write(data) }
        }
        try writer.finish()
    }

    /// Reads all entries of an archive, with their data.
    func read(_ name: String, limits: LayerLimits = .standard) throws -> [(entry: ArchiveEntry, data: [UInt8])] {
        let stream = ArchiveStream(try File.open(self[name], .read), name: name, limit: limits.totalBytes)
        let reader = ArchiveReader(stream, limits: limits)
        var all: [(ArchiveEntry, [UInt8])] = []
        while let entry = try reader.next() {
            guard entry.size <= 64 << 20 else { throw ImagesError(.limit, "\(name): too large") }
            var data = [UInt8](repeating: 0, count: Int(entry.size))
            try reader.readData { (bytes, offset) throws(ImagesError) in
                data.replaceSubrange(Int(offset)..<(Int(offset) + bytes.count), with: Array(bytes))
            }
            all.append((entry, data))
        }
        return all
    }

    /// Unpacks into a new directory.
    @discardableResult
    func unpack(
        _ name: String, into directory: String = "root", _ options: UnpackOptions = UnpackOptions()
    ) throws -> UnpackReport {
        if !File.exists(self[directory]) { try makeDirectory(directory) }
        // A plain user has no owners to give.
        var options = options
        if !isRoot { options.ignoreOwners = true }
        let stream = ArchiveStream(try File.open(self[name], .read), name: name, limit: options.limits.totalBytes)
        let reader = ArchiveReader(stream, limits: options.limits)
        let root = try File.open(self[directory], [.read, .directory])
        return try LayerUnpacker(into: root, archive: name, options: options).unpack(reader)
    }

    /// The one line that unpacking fails with.
    func refusal(_ name: String, into directory: String = "root", _ options: UnpackOptions = UnpackOptions()) -> ImagesError? {
        do {
            try unpack(name, into: directory, options)
            Issue.record("\(name) was unpacked")
            return nil
        } catch {
            return error as? ImagesError
        }
    }
}

func file(_ path: String, _ data: String = "", mode: UInt32 = 0o644) -> (ArchiveEntry, [UInt8]) {
    (ArchiveEntry(path: FileName(path), kind: .regular, mode: mode), Array(data.utf8))
}
func directory(_ path: String, mode: UInt32 = 0o755) -> (ArchiveEntry, [UInt8]) {
    (ArchiveEntry(path: FileName(path), kind: .directory, mode: mode), [])
}
func symlink(_ path: String, _ target: String) -> (ArchiveEntry, [UInt8]) {
    (ArchiveEntry(path: FileName(path), kind: .symlink(FileName(target)), mode: 0o777), [])
}
func hardlink(_ path: String, _ target: String) -> (ArchiveEntry, [UInt8]) {
    (ArchiveEntry(path: FileName(path), kind: .hardlink(FileName(target))), [])
}
