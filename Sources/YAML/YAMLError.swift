/// Why a text is no YAML that is taken: where, and what is wrong.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    package let reason: String
    /// From one.
    package let line: Int

    init(_ reason: String, line: Int) {
        self.reason = reason
        self.line = line
    }

    package var description: String { "line \(line): \(reason)" }
}
