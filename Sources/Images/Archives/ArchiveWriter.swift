package import Linux

/// Writes a tar to a descriptor: ustar, with pax headers only where they are needed.
package final class ArchiveWriter {
    private let output: Duplicate
    private var buffer: [UInt8] = []
    private static let bufferSize = 512 << 10
    /// Data bytes that the entry in hand still needs.
    private var owed: Int64 = 0
    private var padding = 0

    package init(to output: borrowing Descriptor) throws(ImagesError) {
        self.output = try attempt("cannot write the archive") { () throws(SystemError) in Duplicate(try output.duplicate()) }
        buffer.reserveCapacity(Self.bufferSize)
    }

    /// Begins an entry; a regular file's data follows by `write`, exactly as many bytes as its size.
    package func begin(_ entry: ArchiveEntry) throws(ImagesError) {
        let size = entry.kind == .regular ? entry.size : 0
        try begin(TarHeader.blocks(for: entry, dataSize: size), dataSize: size)
    }

    /// Begins a sparse file of which only `stretches` follow by `write`, one after the other.
    package func begin(_ entry: ArchiveEntry, stretches: [(offset: Int64, length: Int64)]) throws(ImagesError) {
        var map = stretches
        // The map must reach the end of the file.
        if stretches.last.map({ $0.offset + $0.length < entry.size }) ?? true { map.append((entry.size, 0)) }
        var text = Array("\(map.count)\n".utf8)
        for part in map { text += Array("\(part.offset)\n\(part.length)\n".utf8) }
        text += [UInt8](repeating: 0, count: TarHeader.padding(after: Int64(text.count)))
        let size = stretches.reduce(Int64(text.count)) { $0 + $1.length }
        try begin(TarHeader.blocks(for: entry, dataSize: size, isSparse: true), dataSize: size)
        try write(text)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(ImagesError) {
        precondition(Int64(bytes.count) <= owed, "more data than the entry's size")
        owed -= Int64(bytes.count)
        unsafe buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Ends the archive: two blocks of zeros.
    package func finish() throws(ImagesError) {
        endEntry()
        buffer += [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)
        try flush()
    }

    package func write(_ bytes: [UInt8]) throws(ImagesError) {
        precondition(Int64(bytes.count) <= owed, "more data than the entry's size")
        owed -= Int64(bytes.count)
        buffer += bytes
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private func begin(_ header: [UInt8], dataSize: Int64) throws(ImagesError) {
        endEntry()
        buffer += header
        owed = dataSize
        padding = TarHeader.padding(after: dataSize)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private func endEntry() {
        precondition(owed == 0, "less data than the entry's size")
        buffer += [UInt8](repeating: 0, count: padding)
        padding = 0
    }

    private func flush() throws(ImagesError) {
        try attempt("cannot write the archive") { () throws(SystemError) in try output.descriptor.write(buffer) }
        buffer.removeAll(keepingCapacity: true)
    }
}

extension ArchiveWriter: ImageOutput {
    package func begin(_ path: String, size: Int64) throws(ImagesError) {
        try begin(ArchiveEntry(path: FileName(path), kind: .regular, size: size))
    }
}
