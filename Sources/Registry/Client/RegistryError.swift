package import EdgeProtocol

/// Why a registry did not give what was asked: for programs, and in one line for people.
package struct RegistryError: Error, Sendable, CustomStringConvertible {
    package var kind: EdgeEvent.Failure
    package var message: String
    /// The same request may work a moment later.
    package var isTransient = false
    /// How long the registry asks to wait, in seconds (RFC 9110, Retry-After).
    package var delay: Double?
    /// The port answers, but not in TLS.
    var isPlain = false
    /// The answer's status, if there was one.
    package var status: Int?

    package init(_ kind: EdgeEvent.Failure, _ message: String, isTransient: Bool = false) {
        self.kind = kind
        self.message = OneLine.text(message, limit: 1000)
        self.isTransient = isTransient
    }

    package var description: String { message }

    /// The same, with what was wanted in front: `cannot fetch the blob sha256:… of 127.0.0.1:5000/x: …`.
    func during(_ what: String) -> RegistryError {
        var copy = self
        copy.message = "cannot \(what): \(message)"
        return copy
    }
}

/// What strangers wrote, made fit for a line of a terminal.
enum OneLine {
    static func text(_ text: String, limit: Int = 300) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            if out.unicodeScalars.count >= limit { return out + "…" }
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028
            out.unicodeScalars.append(isControl ? " " : scalar)
        }
        return out
    }
}
