internal import Linux

/// One header block of a tar: 512 bytes of fixed fields (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar's manual,
/// "Basic Tar Format").
struct TarBlock {
    struct Damage: Error, Equatable {
        let reason: String
    }

    let bytes: [UInt8]

    var isZero: Bool { bytes.allSatisfy { $0 == 0 } }
    var type: UInt8 { bytes[156] }

    /// The sum of all bytes, the sum's own field read as spaces; some old tars summed signed bytes.
    var hasValidSum: Bool {
        guard let stated = try? number(148, 8) else { return false }
        var (sum, signed): (Int64, Int64) = (8 * 0x20, 8 * 0x20)
        for (index, byte) in bytes.enumerated() where !(148..<156).contains(index) {
            sum += Int64(byte)
            signed += Int64(Int8(bitPattern: byte))
        }
        return stated == sum || stated == signed
    }

    /// A name: up to the first zero, or the field's end.
    func text(_ offset: Int, _ width: Int) -> ArraySlice<UInt8> { bytes[offset..<(offset + width)].prefix { $0 != 0 } }

    /// Octal digits between spaces and zeros, or, as GNU tar has large ones, a big-endian number after a set first bit.
    func number(_ offset: Int, _ width: Int) throws(Damage) -> Int64 {
        let field = bytes[offset..<(offset + width)]
        if bytes[offset] & 0x80 != 0 { return try Self.binary(field) }
        let digits = field.drop { $0 == 0x20 || $0 == 0 }.prefix { $0 != 0x20 && $0 != 0 }
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x37).contains(digit), value < 1 << 60 else {
                throw Damage(reason: "a number in a header is not octal")
            }
            value = value << 3 | Int64(digit - 0x30)
        }
        return value
    }

    private static func binary(_ field: ArraySlice<UInt8>) throws(Damage) -> Int64 {
        let isNegative = field.first == 0xff
        // The first bit is the mark; the rest is two's complement.
        var value: Int64 = isNegative ? -1 : Int64(field[field.startIndex] & 0x7f)
        for byte in field.dropFirst() {
            guard value < 1 << 55, value >= -(1 << 55) else { throw Damage(reason: "a number in a header is too large") }
            value = value << 8 | Int64(byte)
        }
        return value
    }

    /// The name, below the prefix where the format has one.
    var path: [UInt8] {
        let name = text(0, 100)
        // GNU's magic ends in spaces, and uses the prefix for times.
        guard bytes[257..<263].elementsEqual(Array("ustar\u{0}".utf8)) else { return Array(name) }
        // Star's own mark: the prefix is shorter, and times follow it.
        let isStar = bytes[508..<512].elementsEqual(Array("tar\u{0}".utf8))
        let prefix = text(345, isStar ? 131 : 155)
        return prefix.isEmpty ? Array(name) : prefix + [UInt8(ascii: "/")] + name
    }

    var linkPath: ArraySlice<UInt8> { text(157, 100) }

    /// Device numbers are there only with a magic; without one the field may hold anything.
    var device: (major: Int64, minor: Int64) {
        get throws(Damage) {
            guard bytes[257..<262].elementsEqual(Array("ustar".utf8)) else { return (0, 0) }
            return (try number(329, 8), try number(337, 8))
        }
    }

    /// Pairs of offset and length, as old GNU sparse headers hold them: 4 in the header, 21 in a block that continues it.
    func stretches(at offset: Int, count: Int) throws(Damage) -> [SparseMap.Stretch] {
        var found: [SparseMap.Stretch] = []
        for index in 0..<count where bytes[offset + index * 24] != 0 {
            let at = offset + index * 24
            found.append(SparseMap.Stretch(offset: try number(at, 12), length: try number(at + 12, 12)))
        }
        return found
    }
}
