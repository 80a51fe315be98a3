/// What `--security-opt` asks for.
package struct SecurityRequest: Sendable, Equatable {
    package enum Seccomp: Sendable, Equatable {
        case standard
        case unconfined
        case file(String)
    }

    package var seccomp = Seccomp.standard
    package var noNewPrivileges = false
    /// Nil is the host's default; `unconfined` is none.
    package var apparmor: String?
    /// SELinux label parts by name (`user`, `role`, `type`, `level`); empty is the policy's own.
    package var label: [String: String] = [:]
    package var labelDisabled = false
    /// Further paths to hide, or ones not to hide or write-protect; `ALL` is all.
    package var masked: [String] = []
    package var unmasked: [String] = []

    package init() {}

    /// - Parameter directory: what a relative profile path is relative to.
    package mutating func apply(_ text: String, directory: String) throws(EngineError) {
        let flag = "--security-opt"
        try Numbers.checkNoZero(text, flag: flag)
        // docker also takes a colon, but for the newer spellings.
        let separator = text.firstIndex { $0 == "=" || $0 == ":" }
        let key = separator.map { String(text[..<$0]) } ?? text
        let value = separator.map { String(text[text.index(after: $0)...]) }
        switch key {
        case "no-new-privileges":
            guard let answer = Numbers.boolean(value ?? "true") else {
                throw EngineError.value(flag, text, "no-new-privileges is true or false")
            }
            noNewPrivileges = answer
        case "seccomp":
            let profile = try Self.needed(value, text)
            seccomp =
                profile == "unconfined"
                ? .unconfined
                : profile == "default" || profile == "builtin"
                    ? .standard : .file(profile.hasPrefix("/") ? profile : "\(directory)/\(profile)")
        case "apparmor": apparmor = try Self.needed(value, text)
        case "label": try applyLabel(try Self.needed(value, text), text)
        case "systempaths":
            guard value == "unconfined" else { throw EngineError.value(flag, text, "systempaths can only be unconfined") }
            unmasked.append("ALL")
        case "mask": masked += try Self.paths(try Self.needed(value, text), text)
        case "unmask": unmasked += value == "ALL" || value == "all" ? ["ALL"] : try Self.paths(try Self.needed(value, text), text)
        default:
            throw EngineError.value(
                flag, text,
                "unknown; there are seccomp=, no-new-privileges, apparmor=, label=, systempaths=unconfined, mask= and unmask=")
        }
    }

    private mutating func applyLabel(_ value: String, _ text: String) throws(EngineError) {
        if value == "disable" {
            labelDisabled = true
            return
        }
        guard let colon = value.firstIndex(of: ":"),
            ["user", "role", "type", "level"].contains(String(value[..<colon])), value.index(after: colon) < value.endIndex
        else {
            throw EngineError.value(
                "--security-opt", text, "label is disable, user:NAME, role:NAME, type:NAME or level:LEVEL")
        }
        label[String(value[..<colon])] = String(value[value.index(after: colon)...])
    }

    private static func needed(_ value: String?, _ text: String) throws(EngineError) -> String {
        guard let value, !value.isEmpty else { throw EngineError.value("--security-opt", text, "a value is missing") }
        return value
    }

    private static func paths(_ value: String, _ text: String) throws(EngineError) -> [String] {
        let paths = value.split(separator: ":").map(String.init)
        guard !paths.isEmpty, paths.allSatisfy({ $0.hasPrefix("/") }) else {
            throw EngineError.value("--security-opt", text, "paths are absolute, with colons between them")
        }
        return paths
    }
}
