internal import CArchive

/// Turns compressed input into plain output, some bytes at a time.
protocol Decompressor: AnyObject {
    /// Consumes from `input`, fills `output`; both counts may be short.
    ///
    /// - Returns: how much was consumed, and how much of `output` is filled.
    /// - Throws: with what is wrong with the data.
    func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> (consumed: Int, produced: Int)

    /// Whether the input may end here: between frames, not inside one.
    var isAtBoundary: Bool { get }
}

struct DecompressionFailure: Error {
    let reason: String
}

/// RFC 1952, any number of members; zero bytes may follow (tapes and block devices pad so).
@safe final class GzipDecompressor: Decompressor {
    // zlib's state points back at the stream: it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private(set) var isAtBoundary = true
    private var isPadding = false

    init() throws(DecompressionFailure) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15: the largest window; 16: a gzip header and trailer.
        let code = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw DecompressionFailure(reason: "zlib cannot start (\(code))") }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> (consumed: Int, produced: Int) {
        if isPadding {
            guard unsafe input.allSatisfy({ $0 == 0 }) else {
                throw DecompressionFailure(reason: "bytes that are no gzip follow its end")
            }
            return (input.count, 0)
        }
        if isAtBoundary {
            if unsafe input[0] == 0 {
                isPadding = true
                return (0, 0)
            }
            isAtBoundary = false
        }
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(output.count)
        let code = unsafe inflate(stream, Z_NO_FLUSH)
        let consumed = unsafe input.count - Int(stream.pointee.avail_in)
        let produced = unsafe output.count - Int(stream.pointee.avail_out)
        switch code {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END:
            unsafe inflateReset(stream)
            isAtBoundary = true
        default:
            let text = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib error \(code)"
            throw DecompressionFailure(reason: "broken gzip data (\(text))")
        }
        return (consumed, produced)
    }
}

/// RFC 8878, any number of frames. A window beyond 128 MiB is refused (zstd's own default).
@safe final class ZstdDecompressor: Decompressor {
    private let stream: OpaquePointer
    private(set) var isAtBoundary = true

    init() throws(DecompressionFailure) {
        guard let made = unsafe ZSTD_createDStream() else { throw DecompressionFailure(reason: "zstd cannot start") }
        unsafe stream = made
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> (consumed: Int, produced: Int) {
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let code = unsafe ZSTD_decompressStream(stream, &target, &source)
        if ZSTD_isError(code) != 0 {
            throw DecompressionFailure(reason: unsafe "broken zstd data (\(String(cString: ZSTD_getErrorName(code))))")
        }
        isAtBoundary = code == 0
        return unsafe (source.pos, target.pos)
    }
}
