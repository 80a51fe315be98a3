internal import JSON
package import Linux

/// Where a container's output is kept.
package enum ContainerOutput: Sendable, Equatable {
    /// Nowhere.
    case none
    case file(ContainerLog.Options)
    /// The system's journal, with these fields.
    case journal([String: String])
    /// The container writes to the monitor's own standard streams, and nobody in between sees what.
    case passthrough
}

/// A container's log: `TIME stdout F text` as in the Kubernetes CRI, `P` for a line that goes on; or docker's lines of JSON.
///
/// It is capped: at `maxSize` the file becomes `.1`, that one `.2`, and the oldest goes.
package struct ContainerLog {
    package struct Options: Sendable, Equatable {
        /// docker's names of the two.
        package enum Form: String, Sendable { case cri = "k8s-file", json = "json-file" }

        package var form = Form.cri
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
        let frame = Frame(stream, options.form)
        var record: [UInt8] = []
        record.reserveCapacity(bytes.count + 64)
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 10)
            let line = frame.line(rest[..<(end ?? rest.endIndex)], isWhole: end != nil)
            if size + record.count + line.count > options.maxSize {
                write(record)
                record.removeAll(keepingCapacity: true)
                if size > 0 { rotate() }
            }
            record += line
            rest = end.map { rest[($0 + 1)...] } ?? []
        }
        write(record)
    }

    /// A full disk costs the log, not the container.
    private mutating func write(_ record: [UInt8]) {
        if !record.isEmpty, (try? file.descriptor.write(record)) != nil { size += record.count }
    }

    /// What stands around the lines of one read: `TIME stdout F text`, or `{"log":"text\n","stream":"stdout","time":"…"}`,
    /// where what is not UTF-8 becomes U+FFFD, as with docker.
    private struct Frame {
        private let form: Options.Form
        private let whole: [UInt8]
        private let part: [UInt8]

        init(_ stream: Stream, _ form: Options.Form) {
            self.form = form
            let time = WallClock.now()
            let isCRI = form == .cri
            whole = Array(
                (isCRI ? "\(time) \(stream.rawValue) F " : ",\"stream\":\"\(stream.rawValue)\",\"time\":\"\(time)\"}\n").utf8)
            part = isCRI ? Array("\(time) \(stream.rawValue) P ".utf8) : []
        }

        func line(_ text: ArraySlice<UInt8>, isWhole: Bool) -> [UInt8] {
            if form == .cri { return (isWhole ? whole : part) + text + [10] }
            let log = JSONValue.string(String(decoding: text, as: UTF8.self) + (isWhole ? "\n" : "")).bytes()
            return Array("{\"log\":".utf8) + log + whole
        }
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
