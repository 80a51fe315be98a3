/// `--secret NAME[,type=mount|env,target=,uid=,gid=,mode=]`.
package struct SecretFlag: Sendable, Equatable {
    package var secret: String
    package var isVariable = false
    /// A path in the container, or a variable's name; nil for what the secret is called.
    package var target: String?
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var mode: UInt32 = 0o444

    package init(_ text: String) throws(EngineError) {
        let flag = "--secret"
        try Numbers.checkNoZero(text, flag: flag)
        guard !text.isEmpty else { throw EngineError.value(flag, text, "name a secret; hako secret ls lists them") }
        let fields = try MountFlag.fields(text)
        secret = fields[0].contains("=") ? "" : fields[0]
        for field in secret.isEmpty ? fields[...] : fields.dropFirst() {
            let (key, value) = try Numbers.pair(field, flag: flag)
            func id() throws(EngineError) -> UInt32 {
                guard let id = UInt32(value), id < .max else { throw EngineError.value(flag, text, "\(key) is a number") }
                return id
            }
            switch key {
            case "source", "src", "id": secret = value
            case "type":
                guard value == "mount" || value == "env" else { throw EngineError.value(flag, text, "type is mount or env") }
                isVariable = value == "env"
            case "target": target = value
            case "uid": uid = try id()
            case "gid": gid = try id()
            case "mode": mode = try Numbers.octal(value, flag: "\(flag) mode", most: 0o777)
            default: throw EngineError.value(flag, text, "a secret has no option \"\(key)\"")
            }
        }
        guard !secret.isEmpty else { throw EngineError.value(flag, text, "name a secret; hako secret ls lists them") }
        try checkTarget(text)
    }

    /// As a variable.
    init(_ secret: String, variable: String) {
        self.secret = secret
        isVariable = true
        target = variable
    }

    /// As a file, by its absolute path.
    init(_ secret: String, file: String) {
        self.secret = secret
        target = file
    }

    private func checkTarget(_ text: String) throws(EngineError) {
        guard let target else { return }
        guard !target.isEmpty else { throw EngineError.value("--secret", text, "the target is empty") }
        if isVariable {
            guard !target.contains("=") else { throw EngineError.value("--secret", text, "a variable's name has no =") }
        } else if target.hasPrefix("/") {
            _ = try MountRequest.destination(target, flag: "--secret", value: text)
        } else {
            guard !target.contains("/"), target != ".", target != ".." else {
                throw EngineError.value("--secret", text, "the target is a name below /run/secrets, or an absolute path")
            }
        }
    }
}
