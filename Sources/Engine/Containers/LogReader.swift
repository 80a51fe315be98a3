internal import Linux

/// A container's log, line by line: `TIME stdout F text`, with `P` for a line that goes on (the CRI's form).
package struct LogReader: Sendable {
    /// What one line of the file adds.
    package struct Entry: Sendable, Equatable {
        package var time: String
        package var isError: Bool
        /// With the newline, where the container wrote one.
        package var bytes: [UInt8]
    }

    private var rest: [UInt8] = []

    package init() {}

    /// The entries that are complete with these bytes; lines that are none of the form count for nothing.
    package mutating func feed(_ bytes: [UInt8]) -> [Entry] {
        rest += bytes
        var entries: [Entry] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: 10) {
            if let entry = Self.entry(rest[start..<end]) { entries.append(entry) }
            start = end + 1
        }
        rest.removeFirst(start)
        // A line without an end is not the monitor's: it writes at most what one read gave it.
        if rest.count > 1 << 20 { rest = [] }
        return entries
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
        let fields = line.split(separator: 32, maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 4, let tag = fields[2].first, tag == 0x46 || tag == 0x50 else { return nil }
        let stream = String(decoding: fields[1], as: UTF8.self)
        guard stream == "stdout" || stream == "stderr" else { return nil }
        return Entry(
            time: String(decoding: fields[0], as: UTF8.self), isError: stream == "stderr",
            bytes: Array(fields[3]) + (tag == 0x46 ? [10] : []))
    }
}
