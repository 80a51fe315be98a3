internal import Linux
internal import OCI

/// A secret that a container gets as a file: of a tmpfs, written by its init, so that it is on no disk inside.
///
/// Hako's convention for config.json: a mount of this type, whose source is a file of the host's and whose options are `uid=`,
/// `gid=` and `mode=`. The configuration names the file and never holds what is in it.
package struct SecretPlan: Sendable, Equatable {
    package static let fileType = "hako.secret"
    /// The destination is a variable's name.
    package static let variableType = "hako.secret-variable"
    /// The tmpfs, which config.json mounts before.
    package static let directory = "/run/secrets"

    package var destination: String
    /// The open file's number among the sources.
    package var source: Int
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var mode: UInt32 = 0o444

    init(_ mount: Mount, source: Int) throws(RuntimeError) {
        destination = mount.destination
        self.source = source
        for option in mount.options ?? [] {
            let pair = option.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let number = UInt32(pair[1], radix: pair[0] == "mode" ? 8 : 10) else {
                throw RuntimeError("config.json: the secret \(mount.destination) has the option \"\(option)\"")
            }
            switch pair[0] {
            case "uid": uid = number
            case "gid": gid = number
            case "mode": mode = number
            default: throw RuntimeError("config.json: the secret \(mount.destination) has the option \"\(option)\"")
            }
        }
    }

    /// Its name in the tmpfs; nil for one that goes elsewhere.
    var name: String? {
        guard destination.hasPrefix("\(Self.directory)/") else { return nil }
        let name = destination.dropFirst(Self.directory.utf8.count + 1)
        return name.contains("/") ? nil : String(name)
    }
}

/// A secret that the command gets as an environment variable: read when it starts.
package struct SecretVariable: Sendable, Equatable {
    package var name: String
    package var path: String

    /// `NAME=value`.
    func read() throws(RuntimeError) -> String {
        let bytes = try explaining("read the secret for \(name)") { () throws(SystemError) in
            try File.open(path, [.read, .noFollow]).readToEnd(limit: 1 << 20)
        }
        guard !bytes.contains(0) else {
            throw RuntimeError("the secret for the variable \(name) has a zero byte, which no variable can hold")
        }
        return "\(name)=\(String(decoding: bytes, as: UTF8.self))"
    }
}
