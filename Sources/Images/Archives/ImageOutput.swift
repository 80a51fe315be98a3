internal import Linux

/// Where the files of a saved image go: into a tar, or into a directory.
package protocol ImageOutput: AnyObject {
    /// Begins a file; exactly `size` bytes follow by `write`.
    func begin(_ path: String, size: Int64) throws(ImagesError)
    func write(_ bytes: UnsafeRawBufferPointer) throws(ImagesError)
    func write(_ bytes: [UInt8]) throws(ImagesError)
    /// Ends all of it.
    func finish() throws(ImagesError)
}

extension ImageOutput {
    /// A whole small file.
    package func put(_ path: String, _ bytes: [UInt8]) throws(ImagesError) {
        try begin(path, size: Int64(bytes.count))
        try write(bytes)
    }

    /// The data of the file in hand, as it comes.
    package func copy(_ input: any ArchiveInput) throws(ImagesError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while true {
            let got = unsafe try input.read(into: buffer)
            if got == 0 { return }
            unsafe try write(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
        }
    }

    /// The data of the file in hand, decompressed.
    package func copy(_ stream: ArchiveStream) throws(ImagesError) {
        while true {
            let bytes = unsafe try stream.next()
            if unsafe bytes.isEmpty { return }
            unsafe try write(bytes)
        }
    }
}

/// Writes the files of an image below a directory of its own.
package final class DirectoryWriter: ImageOutput {
    private let path: String
    private var file: SharedDescriptor?

    /// - Parameter path: a directory that is there, empty, and nobody else's.
    package init(into path: String) { self.path = path }

    package func begin(_ name: String, size: Int64) throws(ImagesError) {
        let target = "\(path)/\(name)"
        file = try attempt("cannot write \(target)") { () throws(SystemError) in
            if let slash = target.lastIndex(of: "/") { try File.makeDirectories(String(target[..<slash]), mode: 0o755) }
            return SharedDescriptor(try File.open(target, [.write, .create, .exclusive], mode: 0o644))
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(ImagesError) {
        try attempt("cannot write to \(path)") { () throws(SystemError) in unsafe try file?.descriptor.write(bytes) }
    }

    package func write(_ bytes: [UInt8]) throws(ImagesError) {
        try attempt("cannot write to \(path)") { () throws(SystemError) in try file?.descriptor.write(bytes) }
    }

    package func finish() throws(ImagesError) {
        file = nil
        try attempt("cannot bring \(path) to disk") { () throws(SystemError) in
            try File.open(path, [.read, .directory]).synchronizeFileSystem()
        }
    }
}
