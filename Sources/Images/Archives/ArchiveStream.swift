package import Linux

/// The plain bytes of an archive file, decompressed as its first bytes say, and their SHA-256, in one pass.
@safe package final class ArchiveStream {
    package enum Compression: String, Sendable {
        case none, gzip, zstd

        /// By a file's first bytes.
        init(head: [UInt8]) {
            if head.starts(with: [0x1f, 0x8b]) {
                self = .gzip
            } else if head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) || head.isSkippableFrame {
                self = .zstd
            } else {
                self = .none
            }
        }
    }

    /// What the file is called in messages.
    let name: String
    package private(set) var compression = Compression.none
    /// Plain bytes handed out so far.
    package private(set) var produced: Int64 = 0
    package private(set) var isAtEnd = false

    private let source: any ArchiveInput
    private let limit: Int64
    private var hash = ContentHash()
    private var decompressor: (any Decompressor)?
    private var hasBegun = false
    private let input: UnsafeMutableRawBufferPointer
    private let output: UnsafeMutableRawBufferPointer
    /// What of `input` is read and not yet consumed.
    private var pending = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    private var sourceIsAtEnd = false

    /// - Parameter limit: how many plain bytes there may be; more is taken for a decompression bomb.
    package init(_ source: any ArchiveInput, name: String, limit: Int64) {
        self.source = source
        self.name = name
        self.limit = limit
        unsafe input = .allocate(byteCount: 256 << 10, alignment: 64)
        unsafe output = .allocate(byteCount: 512 << 10, alignment: 64)
    }

    package convenience init(_ file: consuming Descriptor, name: String, limit: Int64) {
        self.init(FileInput(file, name: name), name: name, limit: limit)
    }

    deinit {
        unsafe input.deallocate()
        unsafe output.deallocate()
    }

    /// The next bytes, valid until the next call; none at the end.
    package func next() throws(ImagesError) -> UnsafeRawBufferPointer {
        let bytes = unsafe try produce()
        produced += Int64(bytes.count)
        guard produced <= limit else {
            throw ImagesError(
                .limit,
                "\(name): more than \(limit) bytes when decompressed; a decompression bomb? If not, "
                    + "\(LayerLimits.bytesVariable) allows more")
        }
        unsafe hash.update(bytes)
        return unsafe bytes
    }

    /// Reads on to the end, so that `digest` covers the whole archive: tars end in padding that no reader asks for.
    package func drain() throws(ImagesError) {
        while unsafe try !next().isEmpty {}
    }

    /// The SHA-256 of what was handed out, `sha256:` and 64 hexadecimal digits. The archive's diff id after `drain`.
    package func digest() -> String { hash.text }

    private func produce() throws(ImagesError) -> UnsafeRawBufferPointer {
        if !hasBegun { try begin() }
        guard let decompressor else {
            if unsafe pending.isEmpty { try refill() }
            let bytes = unsafe pending
            unsafe pending = UnsafeRawBufferPointer(start: nil, count: 0)
            unsafe isAtEnd = bytes.isEmpty
            return unsafe bytes
        }
        while !isAtEnd {
            if unsafe pending.isEmpty { try refill() }
            if unsafe pending.isEmpty && decompressor.isAtBoundary {
                isAtEnd = true
                break
            }
            // Without input it may still hold output that did not fit the last time.
            let (consumed, count) = try advance(decompressor)
            if unsafe pending.isEmpty && count == 0 {
                throw ImagesError(.damaged, "\(name): the \(compression.rawValue) data ends in the middle; is the file complete?")
            }
            unsafe pending = UnsafeRawBufferPointer(rebasing: pending[consumed...])
            if count > 0 { return unsafe UnsafeRawBufferPointer(rebasing: output[..<count]) }
        }
        return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private func advance(_ decompressor: any Decompressor) throws(ImagesError) -> (Int, Int) {
        do {
            return unsafe try decompressor.step(pending, into: output)
        } catch {
            throw ImagesError(.damaged, "\(name): \(error.reason)")
        }
    }

    /// Reads the first bytes and chooses by their magic number.
    private func begin() throws(ImagesError) {
        hasBegun = true
        try refill()
        let head = unsafe Array(pending.prefix(6))
        do {
            compression = Compression(head: head)
            switch compression {
            case .none: break
            case .gzip: decompressor = try GzipDecompressor()
            case .zstd: decompressor = try ZstdDecompressor()
            }
        } catch {
            throw ImagesError(.system, "\(name): \(error.reason)")
        }
        for (magic, kind) in Self.unread where head.starts(with: magic) {
            throw ImagesError(
                .unsupported, "\(name) is compressed with \(kind), which is not read here: unpack it, or use gzip or zstd")
        }
        if head.isEmpty { throw ImagesError(.damaged, "\(name) is empty") }
    }

    private static let unread: [([UInt8], String)] = [
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz"), ([0x42, 0x5a, 0x68], "bzip2"), ([0x04, 0x22, 0x4d, 0x18], "lz4"),
        ([0x50, 0x4b, 0x03, 0x04], "zip"),
    ]

    /// Fills the input buffer; a pipe may need several reads before there is enough to tell the compression.
    private func refill() throws(ImagesError) {
        var count = 0
        while !sourceIsAtEnd && count < 512 {
            let got = unsafe try source.read(into: UnsafeMutableRawBufferPointer(rebasing: input[count...]))
            count += got
            sourceIsAtEnd = got == 0
        }
        unsafe pending = UnsafeRawBufferPointer(rebasing: input[..<count])
    }
}

extension [UInt8] {
    /// 0x184D2A5? begins a frame that zstd readers skip; pzstd and seekable files begin with one.
    fileprivate var isSkippableFrame: Bool {
        count >= 4 && self[0] & 0xf0 == 0x50 && self[1...3].elementsEqual([0x2a, 0x4d, 0x18])
    }
}

extension Sequence<UInt8> {
    /// Two digits a byte.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
