internal import Linux

/// What a pax extended header says of the entry after it (POSIX.1-2017, pax, "pax Extended Header"), with the keys of
/// GNU tar (sparse files) and star (extended attributes) that others have taken over.
struct PaxHeader {
    var path: FileName?
    var linkPath: FileName?
    var size: Int64?
    var uid: Int64?
    var gid: Int64?
    var time: (seconds: Int64, nanoseconds: Int64)?
    var attributes: [ArchiveEntry.Attribute] = []
    // GNU.sparse.*
    var sparseMajor: Int64 = 0
    var sparseSize: Int64?
    var sparseStretches: [SparseMap.Stretch] = []
    private(set) var isSparse = false

    init() {}

    /// - Throws: what is wrong with it.
    init(parsing bytes: [UInt8]) throws(TarBlock.Damage) {
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            let digits = rest.prefix { $0 != 0x20 }
            guard digits.count <= 9, let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 2,
                length <= rest.count, rest[rest.startIndex + length - 1] == 0x0a
            else { throw TarBlock.Damage(reason: "a pax record's length is wrong") }
            let record = rest[(rest.startIndex + digits.count + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw TarBlock.Damage(reason: "a pax record has no =")
            }
            try take(record[..<equals], Array(record[(equals + 1)...]))
            rest = rest[(rest.startIndex + length)...]
        }
    }

    private static let attributePrefix = Array("SCHILY.xattr.".utf8)

    private mutating func take(_ key: ArraySlice<UInt8>, _ value: [UInt8]) throws(TarBlock.Damage) {
        if key.starts(with: Self.attributePrefix) {
            attributes.append(ArchiveEntry.Attribute(name: FileName(key.dropFirst(Self.attributePrefix.count)), value: value))
            return
        }
        switch String(decoding: key, as: UTF8.self) {
        case "path", "GNU.sparse.name": path = try name(value)
        case "linkpath": linkPath = try name(value)
        case "size": size = try number(value)
        case "uid": uid = try number(value)
        case "gid": gid = try number(value)
        case "mtime": time = try Self.time(value)
        case "GNU.sparse.major": (isSparse, sparseMajor) = (true, try number(value))
        case "GNU.sparse.size", "GNU.sparse.realsize": (isSparse, sparseSize) = (true, try number(value))
        case "GNU.sparse.offset":
            guard sparseStretches.count < SparseMap.mostStretches else {
                throw TarBlock.Damage(reason: "a sparse map is too long")
            }
            sparseStretches.append(SparseMap.Stretch(offset: try number(value), length: 0))
        case "GNU.sparse.numbytes":
            guard !sparseStretches.isEmpty else { throw TarBlock.Damage(reason: "a sparse map is broken") }
            sparseStretches[sparseStretches.count - 1].length = try number(value)
        case "GNU.sparse.map":
            guard let map = SparseMap.parse(list: value) else { throw TarBlock.Damage(reason: "a sparse map is broken") }
            sparseStretches = map
        default: break
        }
    }

    /// A zero in a name would hide what follows it.
    private func name(_ value: [UInt8]) throws(TarBlock.Damage) -> FileName {
        guard !value.contains(0) else { throw TarBlock.Damage(reason: "a name has a zero byte") }
        return FileName(value)
    }

    private func number(_ value: [UInt8]) throws(TarBlock.Damage) -> Int64 {
        guard let number = Int64(String(decoding: value, as: UTF8.self)) else {
            throw TarBlock.Damage(reason: "a pax record's number is none")
        }
        return number
    }

    /// Decimal seconds since 1970, with a fraction or not, before 1970 negative.
    static func time(_ value: [UInt8]) throws(TarBlock.Damage) -> (seconds: Int64, nanoseconds: Int64) {
        let parts = value.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : []
        guard let whole = parts.first, let seconds = Int64(String(decoding: whole, as: UTF8.self)), seconds > .min,
            fraction.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw TarBlock.Damage(reason: "a pax record's time is none") }
        let digits = fraction.prefix(9)
        let nanoseconds =
            digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) } * (0..<(9 - digits.count)).reduce(1) { n, _ in n * 10 }
        let isNegative = whole.first == UInt8(ascii: "-")
        return isNegative && nanoseconds > 0 ? (seconds - 1, 1_000_000_000 - nanoseconds) : (seconds, nanoseconds)
    }
}
