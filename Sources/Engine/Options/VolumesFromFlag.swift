/// `--volumes-from CONTAINER[:ro|rw]`.
package struct VolumesFromFlag: Sendable, Equatable {
    package var container: String
    /// Nil for as it is mounted there.
    package var readOnly: Bool?

    package init(_ text: String) throws(EngineError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty else { throw EngineError.value("--volumes-from", text, "write it as CONTAINER[:ro]") }
        container = parts[0]
        for option in parts.count == 2 ? parts[1].split(separator: ",") : [] {
            switch option {
            case "ro": readOnly = true
            case "rw": readOnly = false
            default: throw EngineError.value("--volumes-from", text, "\"\(option)\" is neither ro nor rw")
            }
        }
    }
}
