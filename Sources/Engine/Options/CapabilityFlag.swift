internal import Runtime

/// `--cap-add` and `--cap-drop`: names with or without CAP_, in any case, or ALL.
package enum CapabilityFlag {
    /// All there are, in the kernel's order. capabilities(7).
    package static let all = CapabilitySet.all.names

    /// The full name, or `ALL`. One flag may hold several, with commas.
    package static func parse(_ text: String, flag: String) throws(EngineError) -> [String] {
        var names: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let set = CapabilitySet(name: String(part)) else {
                throw EngineError.value(flag, text, "there is no capability \(part); see capabilities(7)")
            }
            names += set == .all ? ["ALL"] : set.names
        }
        return names
    }

    /// What a container gets: its defaults, and what is added and dropped. Naming one wins over ALL.
    package static func resolve(defaults: [String], added: [String], dropped: [String], privileged: Bool) -> [String] {
        var granted = Set(privileged || added.contains("ALL") ? all : defaults)
        if dropped.contains("ALL") { granted = added.contains("ALL") ? granted : [] }
        granted.formUnion(added.filter { $0 != "ALL" })
        granted.subtract(dropped.filter { $0 != "ALL" && !(dropped.contains("ALL") && added.contains($0)) })
        return all.filter(granted.contains)
    }
}
