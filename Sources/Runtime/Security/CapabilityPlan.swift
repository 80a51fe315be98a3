package import Linux
package import OCI

/// A process's capability sets as masks, and how it takes them on: before and after it changes its user.
package struct CapabilityPlan: Sendable, Equatable {
    package var bounding: CapabilitySet
    package var effective: CapabilitySet
    package var permitted: CapabilitySet
    package var inheritable: CapabilitySet
    package var ambient: CapabilitySet
    /// Names that no capability has: a warning to the user, not a failure (config.md, Linux Process).
    package var unknown: [String]

    package init(_ capabilities: Capabilities) {
        var unknown: [String] = []
        func set(_ names: [String]?) -> CapabilitySet {
            var set: CapabilitySet = []
            for name in names ?? [] {
                if let one = CapabilitySet(name: name) {
                    set.formUnion(one)
                } else if !unknown.contains(name) {
                    unknown.append(name)
                }
            }
            return set
        }
        bounding = set(capabilities.bounding)
        effective = set(capabilities.effective)
        permitted = set(capabilities.permitted)
        inheritable = set(capabilities.inheritable)
        ambient = set(capabilities.ambient)
        self.unknown = unknown
    }

    /// What is asked for in any set.
    package var asked: CapabilitySet { bounding.union(effective).union(permitted).union(inheritable).union(ambient) }

    /// Names of what is asked for and outside the caller's bounding set: nothing can grant it. A warning, as Podman does.
    /// (A new user namespace begins with all: call it in there.)
    package func missingFromBounding() -> [String] {
        asked.numbers.filter { (try? CapabilitySets.isInBounding($0)) != true }.flatMap { CapabilitySet(number: $0).names }
    }

    /// The kernel's highest capability, from /proc/sys/kernel/cap_last_cap.
    package static func highest() throws(RuntimeError) -> UInt8 {
        let text = try explaining("read the kernel's last capability") { () throws(SystemError) in
            try File.readText("/proc/sys/kernel/cap_last_cap", limit: 64)
        }
        guard let number = UInt8(text) else { throw RuntimeError("cannot read the kernel's last capability: \"\(text)\"") }
        return number
    }

    /// Drops from the bounding set what is not to be in it, and keeps the permitted set over the change of user that follows.
    ///
    /// Between clone and exec; takes CAP_SETPCAP where something is to be dropped.
    package func applyBeforeUserChange() throws(SystemError) {
        for number in UInt8(0)..<64 where !bounding.contains(CapabilitySet(number: number)) {
            do {
                try CapabilitySets.dropFromBounding(number)
            } catch {
                // Numbers end where the kernel's do.
                if error.errno == .invalidArgument { break }
                // Who may not drop is fine without what is not there.
                guard error.errno == .notPermitted else { throw error }
                do {
                    guard try CapabilitySets.isInBounding(number) else { continue }
                } catch  where error.errno == .invalidArgument {
                    break
                }
                throw error
            }
        }
        try CapabilitySets.keepAcrossUserChange(true)
    }

    /// Sets the other sets, as far as they can be had: after setresuid(2), before execve(2).
    ///
    /// - Returns: the names of what was asked for as permitted and is not to be had.
    @discardableResult
    package func applyAfterUserChange() throws(SystemError) -> [String] {
        let now = try CapabilitySets.get()
        let masks = CapabilitySets.Masks(
            effective: effective.rawValue & permitted.rawValue & now.permitted,
            permitted: permitted.rawValue & now.permitted,
            inheritable: try grantable(inheritable, now).rawValue)
        try CapabilitySets.set(masks)
        try CapabilitySets.clearAmbient()
        let raisable = ambient.intersection(CapabilitySet(rawValue: masks.permitted & masks.inheritable))
        for number in raisable.numbers { try CapabilitySets.raiseAmbient(number) }
        return CapabilitySet(rawValue: permitted.rawValue & ~now.permitted).names
    }

    /// What capset(2) takes as inheritable: in the bounding set, and permitted or inheritable already.
    private func grantable(_ wanted: CapabilitySet, _ now: CapabilitySets.Masks) throws(SystemError) -> CapabilitySet {
        var set = wanted.intersection(CapabilitySet(rawValue: now.permitted | now.inheritable))
        for number in set.numbers where !bounding.contains(CapabilitySet(number: number)) {
            if try !CapabilitySets.isInBounding(number) { set.remove(CapabilitySet(number: number)) }
        }
        return set
    }
}
