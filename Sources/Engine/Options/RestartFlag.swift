package import Runtime

/// `--restart`: no, on-failure[:n], always or unless-stopped.
package enum RestartFlag {
    package static func parse(_ text: String, flag: String = "--restart") throws(EngineError) -> RestartPolicy {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = RestartPolicy.Name(rawValue: parts[0]) else {
            throw EngineError.value(flag, text, "it is no, on-failure[:TIMES], always or unless-stopped")
        }
        guard parts.count == 2 else { return RestartPolicy(name) }
        guard name == .onFailure else { throw EngineError.value(flag, text, "only on-failure takes a number") }
        return RestartPolicy(name, maximumRetryCount: Int(try Numbers.integer(parts[1], flag: flag, in: 0...1_000_000)))
    }
}
