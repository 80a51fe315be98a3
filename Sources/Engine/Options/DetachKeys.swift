/// The keys that leave a container running: recognised in what is typed, however the bytes are cut into pieces.
package struct DetachKeys: Sendable, Equatable {
    package static let standard = "ctrl-p,ctrl-q"

    private let sequence: [UInt8]
    private var matched = 0

    /// `ctrl-p,ctrl-q`, `a`, `ctrl-@,x`; empty for none.
    package init(_ text: String) throws(EngineError) {
        sequence = try text.split(separator: ",").map { key throws(EngineError) -> UInt8 in
            let bytes = Array(key.utf8)
            if bytes.count == 1 { return bytes[0] }
            // A control key is its letter without the two upper bits: ctrl-@ is 0, ctrl-a is 1, ctrl-_ is 31.
            if key.hasPrefix("ctrl-"), bytes.count == 6, let letter = String(key.dropFirst(5)).uppercased().utf8.first,
                (64...95).contains(letter)
            {
                return letter & 0x1f
            }
            throw EngineError.value("--detach-keys", text, "keys are single characters or ctrl-X, with commas between them")
        }
    }

    /// Takes what was typed; what of it is for the container, and whether the sequence is complete.
    ///
    /// The beginning of a sequence is held back until it is clear that it is none.
    package mutating func feed(_ typed: [UInt8]) -> (pass: [UInt8], detached: Bool) {
        guard !sequence.isEmpty else { return (typed, false) }
        var pass: [UInt8] = []
        for byte in typed {
            let held = Array(sequence[..<matched]) + [byte]
            // The longest end of what is held that begins the sequence; what stands before it was meant for the container.
            var keep = min(held.count, sequence.count)
            while keep > 0, Array(held.suffix(keep)) != Array(sequence.prefix(keep)) { keep -= 1 }
            pass += held.dropLast(keep)
            if keep == sequence.count {
                matched = 0
                return (pass, true)
            }
            matched = keep
        }
        return (pass, false)
    }
}
