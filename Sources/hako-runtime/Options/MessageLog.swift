import JSON
import Linux

/// Where the runtime's own messages go: a file for programs (`--log`), standard error for people.
struct MessageLog {
    enum Format: String { case text, json }

    let path: String?
    let format: Format
    let called: String

    func error(_ message: String) {
        write("error", message)
        // Callers that read the log read standard error too: runc does both.
        if path != nil { try? StandardStreams.writeError("\(called): \(message)\n") }
    }

    func warning(_ message: String) { write("warning", message) }

    private func write(_ level: String, _ message: String) {
        let line =
            switch format {
            case .text where path == nil: "\(called): \(level == "error" ? "" : "warning: ")\(message)\n"
            case .text: "time=\"\(WallClock.now())\" level=\(level) msg=\(quoted(message))\n"
            case .json: "{\"level\":\"\(level)\",\"msg\":\(quoted(message)),\"time\":\"\(WallClock.now())\"}\n"
            }
        guard let path else {
            try? StandardStreams.writeError(line)
            return
        }
        if let file = try? File.open(path, [.write, .create, .append], mode: 0o644) { try? file.write(line) }
    }

    private func quoted(_ text: String) -> String { JSONValue.string(text).text() }
}
