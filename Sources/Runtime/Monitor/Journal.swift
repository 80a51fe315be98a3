internal import Linux

/// Lines of output as entries of the system's journal: datagrams to its socket, in its native form. systemd's
/// "Native Journal Protocol".
struct Journal {
    static let socket = "/run/systemd/journal/socket"

    private let connection: SharedDescriptor
    /// The fields that every entry has, as they are sent.
    private let fields: [UInt8]
    /// A line that has not ended yet.
    private var open: [ContainerLog.Stream: [UInt8]] = [:]

    private static let longestLine = 16 << 10

    /// - Throws: where no journal listens.
    init(_ fields: [String: String]) throws(SystemError) {
        connection = SharedDescriptor(try Sockets.connect(to: Self.socket, .datagrams))
        self.fields = fields.sorted { $0.key < $1.key }.reduce(into: []) { $0 += Self.field($1.key, Array($1.value.utf8)) }
    }

    mutating func append(_ bytes: [UInt8], _ stream: ContainerLog.Stream) {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 10) {
            send((open[stream] ?? []) + rest[..<end], stream)
            open[stream] = nil
            rest = rest[(end + 1)...]
        }
        open[stream, default: []] += rest
        guard let long = open[stream], long.count > Self.longestLine else { return }
        send(long, stream)
        open[stream] = nil
    }

    /// What is left of lines at the end.
    mutating func finish() {
        for (stream, line) in open where !line.isEmpty { send(line, stream) }
        open = [:]
    }

    /// A journal that is gone or full costs the entry, not the container.
    private func send(_ line: [UInt8], _ stream: ContainerLog.Stream) {
        let priority = stream == .output ? "6" : "3"
        try? Sockets.send(
            Self.field("MESSAGE", line) + Self.field("PRIORITY", Array(priority.utf8)) + fields, on: connection.descriptor)
    }

    /// `NAME`, a newline, the length in 64 bits, little endian, the bytes and a newline: any byte may be in them.
    private static func field(_ name: String, _ value: [UInt8]) -> [UInt8] {
        let count = UInt64(value.count)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64($0 * 8)) }
        return Array(name.utf8) + [10] + length + value + [10]
    }
}
