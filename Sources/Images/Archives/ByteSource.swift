/// The plain bytes of an archive in the pieces that a parser asks for, copied only where a piece crosses a buffer's end.
@safe final class ByteSource {
    private let stream: ArchiveStream
    /// What of the stream's buffer is not yet taken; valid until the stream's next call.
    private var pending = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

    init(_ stream: ArchiveStream) { self.stream = stream }

    /// At least one byte and at most `count`, valid until the next call; none at the end.
    func take(upTo count: Int64) throws(ImagesError) -> UnsafeRawBufferPointer {
        if unsafe pending.isEmpty { unsafe pending = try stream.next() }
        let size = unsafe Int(min(count, Int64(pending.count)))
        let piece = unsafe UnsafeRawBufferPointer(rebasing: pending[..<size])
        unsafe pending = UnsafeRawBufferPointer(rebasing: pending[size...])
        return unsafe piece
    }

    /// `count` bytes, or fewer at the end.
    func read(_ count: Int) throws(ImagesError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let piece = unsafe try take(upTo: Int64(count - bytes.count))
            if unsafe piece.isEmpty { break }
            unsafe bytes.append(contentsOf: piece)
        }
        return bytes
    }

    /// Passes over `count` bytes.
    ///
    /// - Returns: how many of them there were.
    func skip(_ count: Int64) throws(ImagesError) -> Int64 {
        var rest = count
        while rest > 0 {
            let piece = unsafe try take(upTo: rest)
            if unsafe piece.isEmpty { break }
            rest -= Int64(piece.count)
        }
        return count - rest
    }
}
