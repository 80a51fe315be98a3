/// Where the data of a sparse file goes; holes lie between.
struct SparseMap: Equatable {
    struct Stretch: Equatable {
        var offset: Int64
        var length: Int64
    }

    var stretches: [Stretch]
    /// Bytes of the file, holes included.
    var size: Int64

    /// A map has as many lines as a file has stretches; more than this is an attack.
    static let mostStretches = 1 << 20

    /// Whether all lies in the file, in order, and makes up exactly the data that the archive holds.
    func isSound(dataSize: Int64) -> Bool {
        var (end, sum): (Int64, Int64) = (0, 0)
        for stretch in stretches {
            guard stretch.offset >= end, stretch.length >= 0, stretch.offset <= size, stretch.length <= size - stretch.offset
            else { return false }
            end = stretch.offset + stretch.length
            sum += stretch.length
        }
        return size >= 0 && sum == dataSize
    }

    /// `0,512,1024,512`: GNU sparse format 0.1.
    static func parse(list: [UInt8]) -> [Stretch]? {
        let parts = list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count == parts.count, numbers.count % 2 == 0, numbers.count / 2 <= mostStretches else { return nil }
        return stride(from: 0, to: numbers.count, by: 2).map { Stretch(offset: numbers[$0], length: numbers[$0 + 1]) }
    }
}
