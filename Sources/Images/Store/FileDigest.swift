package import Linux
package import OCI

/// What a file of this machine is as content.
package enum FileDigest {
    /// Its SHA-256, its size, and how it is compressed by its first bytes.
    package static func of(
        _ file: SharedDescriptor, name: String
    ) throws(ImagesError) -> (digest: Digest, size: Int64, compression: ArchiveStream.Compression) {
        var hash = ContentHash()
        var head: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { unsafe buffer.deallocate() }
        var size: Int64 = 0
        while true {
            let at = size
            let got = try attempt("cannot read \(name)") { () throws(SystemError) in
                unsafe try file.descriptor.read(into: buffer, at: at)
            }
            if got == 0 { break }
            if size == 0 { head = unsafe Array(buffer.prefix(min(got, 6))) }
            unsafe hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            size += Int64(got)
        }
        guard let digest = Digest(hash.text) else { preconditionFailure("a SHA-256") }
        return (digest, size, ArchiveStream.Compression(head: head))
    }
}

extension PartialBlob {
    /// Copies a whole file into it.
    package func fill(from source: SharedDescriptor) throws(ImagesError) {
        try clear()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { unsafe buffer.deallocate() }
        var at: Int64 = 0
        while at < size {
            let offset = at
            let got = try attempt("cannot read a layer") { () throws(SystemError) in
                unsafe try source.descriptor.read(into: buffer, at: offset)
            }
            guard got > 0 else { throw ImagesError(.damaged, "the layer \(digest) is shorter than \(size) bytes") }
            let count = min(Int64(got), size - at)
            unsafe try write(UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]), at: at)
            at += count
        }
    }
}
