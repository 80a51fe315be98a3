internal import JSON
package import Runtime

/// A container's log, line by line: `TIME stdout F text`, with `P` for a line that goes on (the CRI's form), or docker's
/// lines of JSON.
package struct LogReader: Sendable {
    /// What one line of the file adds.
    package struct Entry: Sendable, Equatable {
        /// RFC 3339 in UTC, as text.
        package var time: ArraySlice<UInt8>
        package var isError: Bool
        /// Without the newline.
        package var text: ArraySlice<UInt8>
        /// The container ended the line here.
        package var endsLine: Bool

        /// With the newline, where the container wrote one.
        package var bytes: [UInt8] { Array(text) + (endsLine ? [10] : []) }
    }

    private let form: ContainerLog.Options.Form
    private var rest: [UInt8] = []

    package init(_ form: ContainerLog.Options.Form = .cri) { self.form = form }

    /// The entries that are complete with these bytes; lines that are none of the form count for nothing.
    package mutating func feed(_ bytes: [UInt8]) -> [Entry] {
        let all = rest.isEmpty ? bytes : rest + bytes
        var entries: [Entry] = []
        var start = 0
        while let end = all[start...].firstIndex(of: 10) {
            let line = all[start..<end]
            if let entry = form == .cri ? Self.entry(line) : Self.jsonEntry(line) { entries.append(entry) }
            start = end + 1
        }
        rest = Array(all[start...])
        // A line without an end is not the monitor's: it writes at most what one read gave it.
        if rest.count > 1 << 20 { rest = [] }
        return entries
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
        guard let first = line.firstIndex(of: 32), let second = line[(first + 1)...].firstIndex(of: 32),
            second + 2 < line.endIndex, line[second + 2] == 32
        else { return nil }
        let tag = line[second + 1]
        let stream = line[(first + 1)..<second]
        guard tag == 0x46 || tag == 0x50, stream.count == 6, stream.starts(with: [0x73, 0x74, 0x64]) else { return nil }
        // "stdout" or "stderr".
        return Entry(time: line[..<first], isError: stream[first + 4] == 0x65, text: line[(second + 3)...], endsLine: tag == 0x46)
    }

    private static func jsonEntry(_ line: ArraySlice<UInt8>) -> Entry? {
        guard case .object(let object)? = try? JSONValue(parsing: Array(line)), case .string(let text)? = object["log"],
            case .string(let stream)? = object["stream"], case .string(let time)? = object["time"]
        else { return nil }
        let bytes = Array(text.utf8)
        let endsLine = bytes.last == 10
        return Entry(
            time: Array(time.utf8)[...], isError: stream == "stderr", text: endsLine ? bytes.dropLast() : bytes[...],
            endsLine: endsLine)
    }
}
