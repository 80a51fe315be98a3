package import OCI
internal import Runtime

/// What a container is allowed unless told otherwise.
package enum SecurityDefaults {
    package static var capabilities: [String] { CapabilitySet.granted.names }

    /// The filter of system calls; nil for none.
    package static func seccomp(_ options: RunOptions, capabilities: [String]) throws(EngineError) -> Seccomp? {
        switch options.security.seccomp {
        case .standard: return options.privileged ? nil : DefaultSeccomp.profile(capabilities: set(capabilities))
        case .unconfined: return nil
        case .file(let path): return try SeccompFile.read(path, capabilities: capabilities)
        }
    }

    private static func set(_ names: [String]) -> CapabilitySet {
        names.reduce(into: CapabilitySet()) { set, name in
            if let capability = CapabilitySet(name: name) { set.formUnion(capability) }
        }
    }
}
