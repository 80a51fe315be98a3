internal import Linux

/// Reads a tar: ustar, pax, GNU and older ones, sparse files in all four forms of GNU tar, names byte for byte.
///
/// Written here rather than taken from a C library: what it parses comes from strangers, and names must survive in a
/// static program, which has no locale but ASCII. The padding of the last file and the zero blocks at the end may be
/// missing, as some builders omit them. Global pax headers are passed over, as docker does.
package final class ArchiveReader {
    private let name: String
    private let source: ByteSource
    private let limits: LayerLimits
    private var isFirst = true
    private var isAtEnd = false
    /// Where the data of the entry in hand goes.
    private var stretches: [SparseMap.Stretch] = []
    /// Data of the entry in hand that was not read yet, and the padding after it.
    private var rest: Int64 = 0
    private var padding: Int64 = 0

    /// Headers of headers: long names, and pax records with extended attributes.
    private static let mostHeaderBytes: Int64 = 4 << 20
    private static let blockSize = Int64(TarHeader.blockSize)

    package init(_ stream: ArchiveStream, limits: LayerLimits = .standard) {
        name = stream.name
        source = ByteSource(stream)
        self.limits = limits
    }

    /// The next entry; nil at the end of the archive.
    package func next() throws(ImagesError) -> ArchiveEntry? {
        try finishEntry()
        var pax = PaxHeader()
        var (longPath, longLink): (FileName?, FileName?)
        while let block = try readBlock() {
            switch block.type {
            case UInt8(ascii: "x"), UInt8(ascii: "X"):
                let bytes = try readHeader(block)
                pax = try sound { () throws(TarBlock.Damage) in try PaxHeader(parsing: bytes) }
            case UInt8(ascii: "L"): longPath = FileName(try readHeader(block))
            case UInt8(ascii: "K"): longLink = FileName(try readHeader(block))
            // A global pax header, a volume's label.
            case UInt8(ascii: "g"), UInt8(ascii: "V"): _ = try readHeader(block)
            default:
                pax.path = pax.path ?? longPath
                pax.linkPath = pax.linkPath ?? longLink
                return try entry(block, pax)
            }
        }
        guard pax.path == nil, longPath == nil, longLink == nil else { throw truncated }
        return nil
    }

    /// Hands the data of the entry in hand to `body`, in order, holes left out.
    package func readData(
        _ body: (_ bytes: UnsafeRawBufferPointer, _ offset: Int64) throws(ImagesError) -> Void
    ) throws(ImagesError) {
        for stretch in stretches {
            var offset = stretch.offset
            let end = stretch.offset + stretch.length
            while offset < end {
                let piece = unsafe try source.take(upTo: end - offset)
                guard unsafe !piece.isEmpty else { throw truncated }
                unsafe try body(piece, offset)
                offset += Int64(piece.count)
                rest -= Int64(piece.count)
            }
        }
        stretches = []
    }

    /// Passes over data that nobody read, and padding; only the padding may be missing.
    private func finishEntry() throws(ImagesError) {
        guard try source.skip(rest) == rest else { throw truncated }
        _ = try source.skip(padding)
        (rest, padding, stretches) = (0, 0, [])
    }

    /// The next header block; nil at the end: two zero blocks, one, or none.
    private func readBlock() throws(ImagesError) -> TarBlock? {
        guard !isAtEnd else { return nil }
        let block = TarBlock(bytes: try source.read(Int(Self.blockSize)))
        guard !block.bytes.isEmpty else {
            isAtEnd = true
            return nil
        }
        guard block.bytes.count == Self.blockSize else { throw isFirst ? notTar : truncated }
        if block.isZero {
            isAtEnd = true
            return nil
        }
        guard block.hasValidSum else { throw isFirst ? notTar : damaged("a header's checksum is wrong") }
        isFirst = false
        return block
    }

    /// The data of a header that describes the one after it.
    private func readHeader(_ block: TarBlock) throws(ImagesError) -> [UInt8] {
        let size = try sound { () throws(TarBlock.Damage) in try block.number(124, 12) }
        guard size >= 0, size <= Self.mostHeaderBytes else {
            throw ImagesError(.limit, "\(name): an extended header has more than \(Self.mostHeaderBytes) bytes")
        }
        let bytes = try source.read(Int(size))
        guard bytes.count == Int(size) else { throw truncated }
        _ = try source.skip(Int64(TarHeader.padding(after: size)))
        return bytes
    }

    private func entry(_ block: TarBlock, _ pax: PaxHeader) throws(ImagesError) -> ArchiveEntry {
        let path = pax.path ?? FileName(block.path)
        guard path.count <= limits.pathLength else {
            throw ImagesError(.limit, "\(name): entry \(path.quoted): its name has more than \(limits.pathLength) bytes")
        }
        var entry = ArchiveEntry(path: path, kind: try kind(block, pax, path))
        let stored = try number(pax.size, block, 124, 12)
        entry.mode = try sound { () throws(TarBlock.Damage) in UInt32(try block.number(100, 8) & 0o7777) }
        entry.uid = try identifier(try number(pax.uid, block, 108, 8), path)
        entry.gid = try identifier(try number(pax.gid, block, 116, 8), path)
        entry.seconds = try number(pax.time?.seconds, block, 136, 12)
        entry.nanoseconds = pax.time?.nanoseconds ?? 0
        entry.attributes = pax.attributes
        try check(entry.attributes, of: path)
        // What is no regular file has no data, whatever its size field says: so do tar and docker take it.
        // GNU's dumpdir is a directory with a list of names.
        let hasData = entry.kind == .regular || block.type == UInt8(ascii: "D")
        rest = hasData ? stored : 0
        guard rest >= 0 else { throw damaged("entry \(path.quoted): its size is negative") }
        padding = Int64(TarHeader.padding(after: rest))
        if entry.kind == .regular { entry.size = try placeData(block, pax, path) }
        return entry
    }

    /// Finds where the data goes.
    ///
    /// - Returns: the file's size.
    private func placeData(_ block: TarBlock, _ pax: PaxHeader, _ path: FileName) throws(ImagesError) -> Int64 {
        var map = SparseMap(stretches: [SparseMap.Stretch(offset: 0, length: rest)], size: rest)
        if block.type == UInt8(ascii: "S") {
            map = try readOldMap(block)
        } else if pax.isSparse {
            map.size = pax.sparseSize ?? rest
            map.stretches = pax.sparseMajor == 1 ? try readMap() : pax.sparseStretches
        }
        guard map.isSound(dataSize: rest) else { throw damaged("entry \(path.quoted): its sparse map is wrong") }
        stretches = map.stretches
        return map.size
    }

    /// GNU's first sparse format: the map in the header, and in blocks after it, which the size does not count.
    private func readOldMap(_ block: TarBlock) throws(ImagesError) -> SparseMap {
        var map = SparseMap(
            stretches: try sound { () throws(TarBlock.Damage) in try block.stretches(at: 386, count: 4) },
            size: try sound { () throws(TarBlock.Damage) in try block.number(483, 12) })
        var isExtended = block.bytes[482] != 0
        while isExtended {
            let more = TarBlock(bytes: try source.read(Int(Self.blockSize)))
            guard more.bytes.count == Self.blockSize else { throw truncated }
            map.stretches += try sound { () throws(TarBlock.Damage) in try more.stretches(at: 0, count: 21) }
            guard map.stretches.count <= SparseMap.mostStretches else { throw damaged("a sparse map is too long") }
            isExtended = more.bytes[504] != 0
        }
        return map
    }

    /// GNU sparse format 1.0: the map as lines of decimal numbers at the begin of the data, to a block's end.
    private func readMap() throws(ImagesError) -> [SparseMap.Stretch] {
        var text: [UInt8] = []
        var (at, line) = (0, 0)
        func readNumber() throws(ImagesError) -> Int64 {
            var value: Int64 = 0
            while true {
                if at == text.count {
                    guard rest >= Self.blockSize else { throw damaged("a sparse map is cut") }
                    text = try source.read(Int(Self.blockSize))
                    at = 0
                    guard text.count == Self.blockSize else { throw truncated }
                    rest -= Self.blockSize
                }
                let byte = text[at]
                at += 1
                if byte == 0x0a { return value }
                guard (0x30...0x39).contains(byte), value < 1 << 58 else { throw damaged("a sparse map is no list of numbers") }
                value = value * 10 + Int64(byte - 0x30)
            }
        }
        let count = try readNumber()
        guard count <= SparseMap.mostStretches else { throw damaged("a sparse map is too long") }
        var found: [SparseMap.Stretch] = []
        while line < count {
            found.append(SparseMap.Stretch(offset: try readNumber(), length: try readNumber()))
            line += 1
        }
        return found
    }

    private func kind(_ block: TarBlock, _ pax: PaxHeader, _ path: FileName) throws(ImagesError) -> ArchiveEntry.Kind {
        switch block.type {
        case UInt8(ascii: "0"), 0, UInt8(ascii: "7"), UInt8(ascii: "S"):
            // Before POSIX a directory was a file whose name ends in a slash.
            return path.bytes.last == UInt8(ascii: "/") ? .directory : .regular
        case UInt8(ascii: "1"): return .hardlink(try target(block, pax, path))
        case UInt8(ascii: "2"): return .symlink(try target(block, pax, path))
        case UInt8(ascii: "3"), UInt8(ascii: "4"):
            let device = try sound { () throws(TarBlock.Damage) in try block.device }
            guard let major = UInt32(exactly: device.major), let minor = UInt32(exactly: device.minor) else {
                throw damaged("entry \(path.quoted): its device number is wrong")
            }
            return block.type == UInt8(ascii: "3") ? .character(major: major, minor: minor) : .block(major: major, minor: minor)
        case UInt8(ascii: "5"), UInt8(ascii: "D"): return .directory
        case UInt8(ascii: "6"): return .fifo
        case let type:
            let shown = (0x21...0x7e).contains(type) ? "\"\(Character(UnicodeScalar(type)))\"" : "\(type)"
            throw ImagesError(.unsupported, "\(name): entry \(path.quoted): entries of type \(shown) are not read here")
        }
    }

    private func target(_ block: TarBlock, _ pax: PaxHeader, _ path: FileName) throws(ImagesError) -> FileName {
        let target = pax.linkPath ?? FileName(block.linkPath)
        guard !target.isEmpty, target.count <= 4095 else {
            throw damaged("entry \(path.quoted): its link's target is empty or too long")
        }
        return target
    }

    /// (uid_t)-1 means "leave it" to chown: not an id that a file can have.
    private func identifier(_ value: Int64, _ path: FileName) throws(ImagesError) -> UInt32 {
        guard value >= 0, value < Int64(UInt32.max) else {
            throw damaged("entry \(path.quoted): its owner \(value) is no user or group id")
        }
        return UInt32(value)
    }

    private func check(_ attributes: [ArchiveEntry.Attribute], of path: FileName) throws(ImagesError) {
        var total = 0
        for attribute in attributes {
            total += attribute.name.count + attribute.value.count
            guard attribute.name.count < 256, attribute.value.count <= limits.attributeBytes,
                total <= limits.attributeBytesPerFile
            else {
                throw ImagesError(.limit, "\(name): entry \(path.quoted): its extended attributes are too large")
            }
        }
    }

    /// What a pax header says, or else a field of the block.
    private func number(_ stated: Int64?, _ block: TarBlock, _ offset: Int, _ width: Int) throws(ImagesError) -> Int64 {
        if let stated { return stated }
        return try sound { () throws(TarBlock.Damage) in try block.number(offset, width) }
    }

    private func sound<Value>(_ parse: () throws(TarBlock.Damage) -> Value) throws(ImagesError) -> Value {
        do { return try parse() } catch { throw damaged(error.reason) }
    }

    private func damaged(_ reason: String) -> ImagesError { ImagesError(.damaged, "\(name): broken tar archive: \(reason)") }
    private var truncated: ImagesError {
        ImagesError(.damaged, "\(name): the archive ends in the middle; is the file complete?")
    }
    private var notTar: ImagesError { ImagesError(.unsupported, "\(name) is not a tar archive (plain, gzip or zstd)") }
}
