internal import EdgeProtocol
internal import Linux
internal import NIOCore

/// A stretch of a file as the body of a request, read as it is sent.
struct FileBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let file: SharedDescriptor
    let range: Range<Int64>
    let progress: TransferProgress

    static let piece: Int64 = 256 << 10

    func makeAsyncIterator() -> Iterator { Iterator(body: self, at: range.lowerBound) }

    struct Iterator: AsyncIteratorProtocol {
        let body: FileBody
        /// What is before it was asked for, and so is on its way.
        var at: Int64

        mutating func next() async throws -> ByteBuffer? {
            try Task.checkCancellation()
            body.progress.add(body.range.lowerBound..<at)
            let count = Int(Swift.min(FileBody.piece, body.range.upperBound - at))
            guard count > 0 else { return nil }
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            let (file, offset) = (body.file, at)
            let got = try unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { (memory) throws in
                try unsafe file.descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]), at: offset)
            }
            guard got > 0 else { throw RegistryError(.local, "the file has only \(at) bytes") }
            at += Int64(got)
            return buffer
        }
    }
}
