import Linux
import Runtime

/// A file that a command is given to read; `-` is standard input.
struct InputFile {
    let path: String

    private static let most = 16 << 20

    /// For messages.
    var name: String { path == "-" ? "standard input" : path }

    func read() throws -> [UInt8] {
        guard path == "-" else { return try File.read(path, limit: Self.most) }
        var all: [UInt8] = []
        while true {
            let part = try StandardStreams.readInput(upTo: 64 << 10)
            if part.isEmpty { return all }
            all += part
            guard all.count <= Self.most else { throw RuntimeError("standard input has more than 16 MiB") }
        }
    }
}
