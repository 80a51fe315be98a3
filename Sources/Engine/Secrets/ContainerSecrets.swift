internal import Linux
internal import OCI
internal import Runtime

/// The secrets of a container that is being made. Each file gets a second name in the container's directory: there is one
/// copy on the disk, and it stays as it was while the container is there, whatever becomes of the secret.
struct ContainerSecrets {
    let engine: Engine
    let bundle: String

    /// What config.json says of them: where they are and go, never what is in them.
    func mounts(_ flags: [SecretFlag]) throws(EngineError) -> [Mount] {
        guard !flags.isEmpty else { return [] }
        try attempt("keep the container's secrets") { () throws(SystemError) in
            try File.makeDirectory("\(bundle)/secrets", mode: 0o700)
        }
        var mounts: [Mount] = []
        if flags.contains(where: { !$0.isVariable }) {
            mounts.append(
                Mount(
                    destination: SecretPlan.directory, type: "tmpfs", source: "secrets",
                    options: ["nosuid", "nodev", "noexec", "mode=755"]))
        }
        for (number, flag) in flags.enumerated() {
            let record = try engine.secrets.require(flag.secret)
            let path = "\(bundle)/secrets/\(number)"
            try attempt("keep the secret \(record.name)") { () throws(SystemError) in
                let bundle = try File.open("\(bundle)/secrets", [.path, .directory])
                let store = try File.open(engine.secrets.directory(record), [.path, .directory])
                try bundle.makeLink("\(number)", toName: SecretStore.content, in: store)
            }
            let target = flag.target ?? record.name
            if flag.isVariable {
                mounts.append(Mount(destination: target, type: SecretPlan.variableType, source: path))
            } else {
                mounts.append(
                    Mount(
                        destination: target.hasPrefix("/") ? target : "\(SecretPlan.directory)/\(target)",
                        type: SecretPlan.fileType, source: path,
                        options: ["uid=\(flag.uid)", "gid=\(flag.gid)", "mode=\(String(flag.mode, radix: 8))"]))
            }
        }
        return mounts
    }
}
