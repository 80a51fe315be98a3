package import Linux

/// A container's log in the form of the Kubernetes CRI: `TIME stdout F text`, `P` for a line that goes on.
///
/// It is capped: at `maxSize` the file becomes `.1`, that one `.2`, and the oldest goes.
package struct ContainerLog {
    package struct Options: Sendable, Equatable {
        package var path: String
        /// Bytes a file.
        package var maxSize: Int
        package var maxFiles: Int

        package init(path: String, maxSize: Int = 10 << 20, maxFiles: Int = 3) {
            self.path = path
            self.maxSize = maxSize
            self.maxFiles = maxFiles
        }
    }

    package enum Stream: String { case output = "stdout", error = "stderr" }

    private let options: Options
    private var file: SharedDescriptor
    private var size: Int

    package init(_ options: Options) throws(SystemError) {
        self.options = options
        file = try Self.open(options.path)
        size = Int(try file.descriptor.status().size)
    }

    private static func open(_ path: String) throws(SystemError) -> SharedDescriptor {
        SharedDescriptor(try File.open(path, [.write, .create, .append, .noFollow], mode: 0o600))
    }

    /// Appends what came in one read, line by line.
    package mutating func append(_ bytes: [UInt8], _ stream: Stream) {
        let head = Array("\(WallClock.now()) \(stream.rawValue) ".utf8)
        var record: [UInt8] = []
        record.reserveCapacity(bytes.count + 64)
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 10)
            record += head
            record += end == nil ? [0x50, 0x20] : [0x46, 0x20]  // "P ", "F "
            record += rest[..<(end ?? rest.endIndex)]
            record.append(10)
            rest = end.map { rest[($0 + 1)...] } ?? []
        }
        if size + record.count > options.maxSize { rotate() }
        // A full disk costs the log, not the container.
        if (try? file.descriptor.write(record)) != nil { size += record.count }
    }

    private mutating func rotate() {
        for number in stride(from: options.maxFiles - 1, through: 1, by: -1) {
            try? File.rename(number == 1 ? options.path : "\(options.path).\(number - 1)", to: "\(options.path).\(number)")
        }
        if options.maxFiles <= 1 { try? File.remove(options.path) }
        if let fresh = try? Self.open(options.path) {
            file = fresh
            size = 0
        }
    }
}
