internal import Engine

/// What a list can be filtered by: the keys of its `--filter KEY=VALUE`.
protocol FilterKey: CaseIterable, RawRepresentable<String> {}

extension FilterKey {
    /// For help and errors.
    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// A filter as it was given, in its two parts.
    static func split(_ text: String) throws(EngineError) -> (Self, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let key = Self(rawValue: parts[0]) else {
            throw EngineError("--filter \"\(text)\": write it as KEY=VALUE with one of \(list)")
        }
        return (key, parts[1])
    }
}
