internal import Linux

/// How much of a disk a directory tree takes up.
package enum DiskUse {
    private struct Inode: Hashable {
        let device: UInt64
        let number: UInt64
    }

    /// The bytes of all blocks below a directory, a file with several names once; no link is followed and no mount crossed.
    /// What cannot be read counts for nothing.
    package static func bytes(below path: String) -> Int64 {
        guard let top = try? File.open(path, [.read, .directory]), let status = try? top.status() else { return 0 }
        var seen: Set<Inode> = []
        return status.blocks * 512 + bytes(in: top, device: status.device, &seen, depth: 0)
    }

    private static func bytes(
        in directory: borrowing Descriptor, device: UInt64, _ seen: inout Set<Inode>, depth: Int
    ) -> Int64 {
        var total: Int64 = 0
        for name in (try? directory.fileNames()) ?? [] {
            guard let status = try? directory.status(of: name), status.device == device else { continue }
            if status.links > 1, !status.isDirectory,
                !seen.insert(Inode(device: status.device, number: status.inode)).inserted
            {
                continue
            }
            total += status.blocks * 512
            guard status.isDirectory, depth < 900 else { continue }
            guard let child = try? directory.open(name, [.read, .directory, .noFollow]) else { continue }
            total += bytes(in: child, device: device, &seen, depth: depth + 1)
        }
        return total
    }
}
