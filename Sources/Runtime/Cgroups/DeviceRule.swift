internal import Linux
internal import OCI

/// One rule on devices: the last rule that speaks of a device and an access decides; what none speaks of is allowed.
package struct DeviceRule: Sendable, Equatable {
    package enum Kind: String, Sendable { case all = "a", character = "c", block = "b" }

    /// The bits of BPF_DEVCG_ACC_*.
    package struct Access: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let makeNode = Access(rawValue: 1)
        package static let read = Access(rawValue: 2)
        package static let write = Access(rawValue: 4)
        package static let any: Access = [.makeNode, .read, .write]
    }

    package var allow: Bool
    package var kind: Kind
    /// Nil is any.
    package var major: UInt32?
    package var minor: UInt32?
    package var access: Access

    package init(allow: Bool, kind: Kind, major: UInt32? = nil, minor: UInt32? = nil, access: Access = .any) {
        self.allow = allow
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access
    }

    /// What every container may use, whatever its rules: its own nodes (config-linux.md, Default Devices), terminals, and
    /// making nodes, which does not open them.
    package static let always: [DeviceRule] =
        [
            DeviceRule(allow: true, kind: .character, access: .makeNode),
            DeviceRule(allow: true, kind: .block, access: .makeNode),
        ]
        + [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2), (136, nil)].map { (major: UInt32, minor: UInt32?) in
            DeviceRule(allow: true, kind: .character, major: major, minor: minor)
        }

    /// The rules a configuration's stands for: one, or two where it names both kinds by number.
    ///
    /// - Throws: an unknown type or access.
    static func all(from rule: Resources.DeviceRule) throws(RuntimeError) -> [DeviceRule] {
        let type = rule.type ?? "a"
        let kinds: [Kind]
        switch type {
        case "c", "u": kinds = [.character]
        case "b": kinds = [.block]
        case "a", "": kinds = number(rule.major) == nil && number(rule.minor) == nil ? [.all] : [.character, .block]
        default: throw RuntimeError("cannot limit devices: the type \"\(type)\" of a rule is none of a, b, c")
        }
        var access: Access = []
        for letter in rule.access ?? "" {
            switch letter {
            case "r": access.insert(.read)
            case "w": access.insert(.write)
            case "m": access.insert(.makeNode)
            default: throw RuntimeError("cannot limit devices: \"\(letter)\" in a rule's access is none of r, w, m")
            }
        }
        if access.isEmpty { access = .any }
        return kinds.map {
            DeviceRule(allow: rule.allow, kind: $0, major: number(rule.major), minor: number(rule.minor), access: access)
        }
    }

    private static func number(_ value: Int64?) -> UInt32? {
        guard let value, value >= 0 else { return nil }
        return UInt32(clamping: value)
    }

    /// As v1's devices.allow and devices.deny have it: `c 1:* rwm`; `a` for everything.
    var text: String {
        if kind == .all { return "a" }
        let numbers = (major.map { "\($0)" } ?? "*") + ":" + (minor.map { "\($0)" } ?? "*")
        var letters = ""
        if access.contains(.read) { letters += "r" }
        if access.contains(.write) { letters += "w" }
        if access.contains(.makeNode) { letters += "m" }
        return "\(kind.rawValue) \(numbers) \(letters)"
    }
}
