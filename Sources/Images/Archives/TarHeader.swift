internal import Linux

/// An entry's header blocks: ustar where its fields hold the entry, and a pax extended header before it only where
/// they do not (POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header").
enum TarHeader {
    static let blockSize = 512

    /// - Parameters:
    ///   - dataSize: bytes that follow in the archive; less than the entry's size for a sparse file.
    ///   - isSparse: the data begins with a map (GNU sparse format 1.0).
    static func blocks(for entry: ArchiveEntry, dataSize: Int64, isSparse: Bool = false) -> [UInt8] {
        var pax = PaxRecords()
        let path = entry.kind == .directory ? FileName(Array(entry.path.bytes) + [UInt8(ascii: "/")]) : entry.path
        var field = [UInt8](repeating: 0, count: blockSize)
        if isSparse {
            pax.add("GNU.sparse.major", "1")
            pax.add("GNU.sparse.minor", "0")
            pax.add("GNU.sparse.name", path)
            pax.add("GNU.sparse.realsize", "\(entry.size)")
            put(Array("GNUSparseFile.0/file".utf8), at: 0, width: 100, in: &field)
        } else if !putPath(path, in: &field) {
            // Cut, for those who read no pax.
            put(Array(path.bytes), at: 0, width: 100, in: &field)
            pax.add("path", path)
        }
        putNumber(UInt64(entry.mode), at: 100, width: 8, in: &field)
        if !putNumber(UInt64(entry.uid), at: 108, width: 8, in: &field) { pax.add("uid", "\(entry.uid)") }
        if !putNumber(UInt64(entry.gid), at: 116, width: 8, in: &field) { pax.add("gid", "\(entry.gid)") }
        if !putNumber(UInt64(dataSize), at: 124, width: 12, in: &field) { pax.add("size", "\(dataSize)") }
        let fitsTime = entry.seconds >= 0 && putNumber(UInt64(entry.seconds), at: 136, width: 12, in: &field)
        putKind(entry.kind, in: &field, &pax)
        for attribute in entry.attributes where !attribute.name.bytes.contains(UInt8(ascii: "=")) {
            pax.add("SCHILY.xattr.", attribute.name, attribute.value)
        }
        // The fraction alone is not worth a kilobyte.
        if !fitsTime || (!pax.isEmpty && entry.nanoseconds > 0) { pax.add("mtime", time(entry.seconds, entry.nanoseconds)) }
        finish(&field)
        return pax.isEmpty ? field : paxBlocks(pax.bytes, like: entry) + field
    }

    /// Zeros that fill the last block of `size` bytes.
    static func padding(after size: Int64) -> Int { Int((Int64(blockSize) - size % Int64(blockSize)) % Int64(blockSize)) }

    private static func paxBlocks(_ records: [UInt8], like entry: ArchiveEntry) -> [UInt8] {
        var field = [UInt8](repeating: 0, count: blockSize)
        put(Array("PaxHeaders/entry".utf8), at: 0, width: 100, in: &field)
        putNumber(0o644, at: 100, width: 8, in: &field)
        putNumber(0, at: 108, width: 8, in: &field)
        putNumber(0, at: 116, width: 8, in: &field)
        putNumber(UInt64(records.count), at: 124, width: 12, in: &field)
        putNumber(0, at: 136, width: 12, in: &field)
        field[156] = UInt8(ascii: "x")
        finish(&field)
        return field + records + [UInt8](repeating: 0, count: padding(after: Int64(records.count)))
    }

    private static func putKind(_ kind: ArchiveEntry.Kind, in field: inout [UInt8], _ pax: inout PaxRecords) {
        func link(_ target: FileName, _ type: Character) {
            field[156] = type.asciiValue!
            put(Array(target.bytes), at: 157, width: 100, in: &field)
            if target.count > 100 || !target.isASCII { pax.add("linkpath", target) }
        }
        func device(_ major: UInt32, _ minor: UInt32, _ type: Character) {
            field[156] = type.asciiValue!
            putNumber(UInt64(major), at: 329, width: 8, in: &field)
            putNumber(UInt64(minor), at: 337, width: 8, in: &field)
        }
        switch kind {
        case .regular: field[156] = UInt8(ascii: "0")
        case .hardlink(let target): link(target, "1")
        case .symlink(let target): link(target, "2")
        case .character(let major, let minor): device(major, minor, "3")
        case .block(let major, let minor): device(major, minor, "4")
        case .directory: field[156] = UInt8(ascii: "5")
        case .fifo: field[156] = UInt8(ascii: "6")
        }
    }

    /// The name in 100 bytes, or split at a `/` into a prefix of 155 and a name of 100; false if neither holds it.
    private static func putPath(_ path: FileName, in field: inout [UInt8]) -> Bool {
        guard path.isASCII else { return false }
        let bytes = Array(path.bytes)
        if bytes.count <= 100 {
            put(bytes, at: 0, width: 100, in: &field)
            return true
        }
        guard bytes.count <= 256,
            let slash = bytes.indices.first(where: {
                bytes[$0] == UInt8(ascii: "/") && $0 > 0 && $0 <= 155 && bytes.count - $0 - 1 <= 100 && $0 + 1 < bytes.count
            })
        else { return false }
        put(Array(bytes[(slash + 1)...]), at: 0, width: 100, in: &field)
        put(Array(bytes[..<slash]), at: 345, width: 155, in: &field)
        return true
    }

    private static func put(_ bytes: [UInt8], at offset: Int, width: Int, in field: inout [UInt8]) {
        field.replaceSubrange(offset..<(offset + min(bytes.count, width)), with: bytes.prefix(width))
    }

    /// Octal digits and a zero; false, and a zero number, when they do not fit.
    @discardableResult
    private static func putNumber(_ value: UInt64, at offset: Int, width: Int, in field: inout [UInt8]) -> Bool {
        let digits = Array(String(value, radix: 8).utf8)
        let fits = digits.count < width
        let shown = fits ? digits : [UInt8(ascii: "0")]
        put([UInt8](repeating: UInt8(ascii: "0"), count: width - 1 - shown.count) + shown, at: offset, width: width, in: &field)
        return fits
    }

    /// The magic number and the checksum over all, its own field read as spaces.
    private static func finish(_ field: inout [UInt8]) {
        put(Array("ustar\u{0}00".utf8), at: 257, width: 8, in: &field)
        put([UInt8](repeating: 0x20, count: 8), at: 148, width: 8, in: &field)
        let sum = field.reduce(0) { $0 + Int($1) }
        let digits = Array(String(sum, radix: 8).utf8)
        put([UInt8](repeating: 0x30, count: 6 - digits.count) + digits + [0, 0x20], at: 148, width: 8, in: &field)
    }

    /// Decimal seconds, `12.000000345`; before 1970 the fraction counts backwards.
    private static func time(_ seconds: Int64, _ nanoseconds: Int64) -> String {
        guard nanoseconds > 0 else { return "\(seconds)" }
        let isNegative = seconds < 0
        let whole = isNegative ? -(seconds + 1) : seconds
        let digits = String(isNegative ? 1_000_000_000 - nanoseconds : nanoseconds)
        return "\(isNegative ? "-" : "")\(whole)." + String(repeating: "0", count: 9 - digits.count) + digits
    }
}

/// Records of a pax extended header: `length key=value\n`, the length counting itself.
struct PaxRecords {
    private var records: [UInt8] = []
    private var isBinary = false

    var isEmpty: Bool { records.isEmpty }

    /// With `hdrcharset` first where a name is no UTF-8: without it a pax name must be.
    var bytes: [UInt8] { isBinary ? Self.record(Array("hdrcharset".utf8), Array("BINARY".utf8)) + records : records }

    mutating func add(_ key: String, _ value: String) { records += Self.record(Array(key.utf8), Array(value.utf8)) }

    mutating func add(_ key: String, _ name: FileName) {
        if !name.isUTF8 { isBinary = true }
        records += Self.record(Array(key.utf8), Array(name.bytes))
    }

    mutating func add(_ prefix: String, _ name: FileName, _ value: [UInt8]) {
        records += Self.record(Array(prefix.utf8) + name.bytes, value)
    }

    private static func record(_ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
        let rest = key.count + value.count + 3
        var length = rest
        // Each digit of the length makes the record longer, once more where that carries.
        while length != rest + String(length).utf8.count { length = rest + String(length).utf8.count }
        return Array("\(length) ".utf8) + key + [UInt8(ascii: "=")] + value + [UInt8(ascii: "\n")]
    }
}

extension FileName {
    var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }
    var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }
}
