internal import CArchive
internal import Linux

/// Reads a tar: ustar, pax, GNU and old ones, sparse files in all their forms, by libarchive's format reader.
///
/// Decompression is `ArchiveStream`'s. Names come back byte for byte: where libarchive cannot turn a pax name into the
/// locale's encoding (a static program has only ASCII) it warns and leaves the bytes as they are.
/// The padding of the last file and the blocks that end an archive may be missing: some builders omit them.
@safe package final class ArchiveReader {
    private let stream: ArchiveStream
    private let archive: OpaquePointer
    private let limits: LayerLimits
    /// The entry in hand had all of its data: if the file ends now, only padding is missing.
    private var isComplete = true
    private var size: Int64 = 0

    package init(_ stream: ArchiveStream, limits: LayerLimits = .standard) throws(ImagesError) {
        guard let made = unsafe archive_read_new() else { throw ImagesError(.system, "\(stream.name): out of memory") }
        unsafe archive = made
        self.stream = stream
        self.limits = limits
        unsafe archive_read_support_format_tar(made)
        let context = unsafe Unmanaged.passUnretained(stream).toOpaque()
        let code = unsafe archive_read_open(made, context, nil, readBlock, nil)
        guard code == ARCHIVE_OK else { throw failure() }
    }

    deinit { unsafe archive_read_free(archive) }

    /// The next entry; nil at the end of the archive.
    package func next() throws(ImagesError) -> ArchiveEntry? {
        var entry: OpaquePointer?
        let code = unsafe archive_read_next_header(archive, &entry)
        switch code {
        case ARCHIVE_OK, ARCHIVE_WARN: break
        case ARCHIVE_EOF: return nil
        default:
            if endsWithoutPadding { return nil }
            throw failure()
        }
        guard let entry = unsafe entry else { return nil }
        let value = unsafe try ArchiveEntry(entry, in: stream.name, limits: limits)
        size = value.kind == .regular ? value.size : 0
        isComplete = size == 0
        return value
    }

    /// Hands the data of the entry in hand to `body`, in order, holes left out.
    package func readData(
        _ body: (_ bytes: UnsafeRawBufferPointer, _ offset: Int64) throws(ImagesError) -> Void
    ) throws(ImagesError) {
        while true {
            var bytes: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let code = unsafe archive_read_data_block(archive, &bytes, &count, &offset)
            if code == ARCHIVE_EOF {
                isComplete = true
                return
            }
            guard code == ARCHIVE_OK || code == ARCHIVE_WARN else {
                if endsWithoutPadding { return }
                throw failure()
            }
            // A sparse map comes from outside too.
            guard offset >= 0, offset <= size, Int64(count) <= size - offset else {
                throw ImagesError(.damaged, "\(stream.name): a sparse file's data lies beyond its end")
            }
            unsafe try body(UnsafeRawBufferPointer(start: bytes, count: count), offset)
            isComplete = offset + Int64(count) == size
        }
    }

    /// All data came, and the stream ended where padding would be.
    private var endsWithoutPadding: Bool { isComplete && stream.failure == nil && stream.isAtEnd }

    private func failure() -> ImagesError {
        if let failure = stream.failure { return failure }
        let reason = unsafe archive_error_string(archive).map { unsafe String(cString: $0) } ?? "unknown error"
        if reason.contains("Unrecognized") {
            return ImagesError(.unsupported, "\(stream.name) is not a tar archive (plain, gzip or zstd)")
        }
        if stream.isAtEnd {
            return ImagesError(.damaged, "\(stream.name): the archive ends in the middle; is the file complete?")
        }
        return ImagesError(.damaged, "\(stream.name): broken tar archive (\(reason))")
    }
}

/// libarchive's read callback: hands over the stream's own buffer.
private func readBlock(
    _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> Int {
    let stream = unsafe Unmanaged<ArchiveStream>.fromOpaque(context!).takeUnretainedValue()
    do {
        let bytes = unsafe try stream.next()
        unsafe buffer!.pointee = bytes.baseAddress
        return bytes.count
    } catch {
        return -1
    }
}
