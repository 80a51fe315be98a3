internal import CLinux
internal import Glibc
internal import SystemPackage

/// Bulk data, holes, and what makes it durable.
extension Descriptor {
    /// read(2) into memory of the caller's; 0 at the end of the file.
    package borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        let raw = self.raw
        return try systemCall("read", "fd \(raw)") { unsafe Glibc.read(raw, buffer.baseAddress, buffer.count) }
    }

    /// pread(2) into memory of the caller's; 0 at the end of the file.
    package borrowing func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int {
        let raw = self.raw
        return try systemCall("pread", "fd \(raw)") { unsafe pread(raw, buffer.baseAddress, buffer.count, Int(offset)) }
    }

    /// write(2), until all is written.
    package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        let raw = self.raw
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let done = try systemCall("write", "fd \(raw)") { unsafe Glibc.write(raw, rest.baseAddress, rest.count) }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[done...])
        }
    }

    /// pwrite(2), until all is written.
    package borrowing func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemError) {
        let raw = self.raw
        var (rest, at) = unsafe (bytes, Int(offset))
        while unsafe !rest.isEmpty {
            let (part, position) = unsafe (rest, at)
            let done = try systemCall("pwrite", "fd \(raw)") { unsafe pwrite(raw, part.baseAddress, part.count, position) }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[done...])
            at += done
        }
    }

    /// The stretches of a file that hold data, as (offset, length), within its first `size` bytes.
    /// lseek(2) SEEK_DATA and SEEK_HOLE; a file system that knows no holes reports one stretch.
    package borrowing func dataStretches(size: Int64) throws(SystemError) -> [(offset: Int64, length: Int64)] {
        var stretches: [(offset: Int64, length: Int64)] = []
        var at = 0
        while at < size, let start = try seek(from: at, hako_seek_data), start < size {
            let end = try seek(from: start, hako_seek_hole) ?? Int(size)
            guard end > start else { break }
            stretches.append((Int64(start), min(Int64(end), size) - Int64(start)))
            at = end
        }
        return stretches
    }

    /// Where the data that begins the file ends: at its first hole, or its end. lseek(2) SEEK_HOLE.
    package borrowing func firstHole() throws(SystemError) -> Int64 { Int64(try seek(from: 0, hako_seek_hole) ?? 0) }

    /// lseek(2); nil when nothing of the kind follows (ENXIO).
    private borrowing func seek(from offset: Int, _ whence: CInt) throws(SystemError) -> Int? {
        let raw = self.raw
        do {
            return try systemCall("lseek", "fd \(raw)") { lseek(raw, offset, whence) }
        } catch {
            guard error.errno == .noSuchAddressOrDevice else { throw error }
            return nil
        }
    }

    /// open_tree(2): this directory as a mount of its own that nobody else sees, without what is mounted below it.
    ///
    /// - Throws: EPERM without CAP_SYS_ADMIN over the mount namespace.
    package borrowing func cloneTree() throws(SystemError) -> Descriptor {
        let raw = self.raw
        return Descriptor(owning: try systemCall("open_tree", "fd \(raw) OPEN_TREE_CLONE") { unsafe hako_clone_tree(raw, "") })
    }

    /// syncfs(2): everything of this file's file system is on disk when it returns.
    package borrowing func synchronizeFileSystem() throws(SystemError) {
        let raw = self.raw
        try systemCall("syncfs", "fd \(raw)") { hako_syncfs(raw) }
    }

    /// posix_fadvise(2): the file will be read from its begin to its end.
    package borrowing func willReadSequentially() {
        _ = posix_fadvise(raw, 0, 0, POSIX_FADV_SEQUENTIAL)
    }
}
