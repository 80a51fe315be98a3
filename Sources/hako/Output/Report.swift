internal import Linux

/// What hako itself says: results on standard output, one line each of trouble on standard error.
enum Report {
    /// Set once, while flags are read, in the one thread there is.
    nonisolated(unsafe) static var hidesWarnings = false
    nonisolated(unsafe) static var showsDetails = false

    static func output(_ text: String) { try? StandardStreams.writeOutput(text) }
    static func line(_ text: String) { output("\(text)\n") }
    static func error(_ text: String) { try? StandardStreams.writeError("hako: \(text)\n") }
    static func warning(_ text: String) {
        if unsafe !hidesWarnings { error("warning: \(text)") }
    }
    /// What is done, step by step: `--log-level debug`.
    static func detail(_ text: String) {
        if unsafe showsDetails { error("debug: \(text)") }
    }
}
