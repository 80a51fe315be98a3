/// Which bytes of a file are written: stretches that arrive in any order, and the line below which nothing is missing.
struct Watermark: Sendable, Equatable {
    /// Apart from each other, the lowest first. The first begins where the transfer began.
    private(set) var stretches: [Range<Int64>]

    init(from start: Int64) { stretches = [start..<start] }

    /// All bytes before this are written.
    var have: Int64 { stretches[0].upperBound }

    mutating func add(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        var merged = range
        var kept: [Range<Int64>] = []
        for stretch in stretches {
            if stretch.upperBound < merged.lowerBound || stretch.lowerBound > merged.upperBound {
                kept.append(stretch)
            } else {
                merged = min(stretch.lowerBound, merged.lowerBound)..<max(stretch.upperBound, merged.upperBound)
            }
        }
        kept.append(merged)
        stretches = kept.sorted { $0.lowerBound < $1.lowerBound }
    }

    /// What is missing before `end`, in pieces of at most `piece` bytes, the lowest first.
    func missing(upTo end: Int64, piece: Int64) -> [Range<Int64>] {
        var pieces: [Range<Int64>] = []
        for (index, stretch) in stretches.enumerated() {
            var at = stretch.upperBound
            let next = min(index + 1 < stretches.count ? stretches[index + 1].lowerBound : end, end)
            while at < next {
                let count = min(piece, next - at)
                pieces.append(at..<(at + count))
                at += count
            }
        }
        return pieces
    }
}

/// `bytes 0-99/1000` (RFC 9110, 14.4).
struct ContentRange: Sendable, Equatable {
    var first: Int64
    var last: Int64
    var total: Int64?

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/")
        let ends = (parts.first ?? "").split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, ends.count == 2, let first = Int64(ends[0]), let last = Int64(ends[1]), first <= last else {
            return nil
        }
        self.first = first
        self.last = last
        total = Int64(parts[1])
        guard parts[1] == "*" || total != nil else { return nil }
    }
}
