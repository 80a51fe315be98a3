/// A mount the user asked for with `-v`, `--mount` or `--tmpfs`, or that an image asks for.
package struct MountRequest: Sendable, Equatable {
    package enum Kind: String, Sendable { case bind, tmpfs, volume }
    package enum Relabel: String, Sendable { case shared, `private` }

    package var kind: Kind
    /// Of a bind mount: absolute, on the host. Of a volume: its name; nil for one that is made for the container alone.
    package var source: String?
    /// Absolute, inside the container.
    package var destination: String
    package var readOnly = false
    /// Read-only for the mounts below it as well: `rro`.
    package var recursivelyReadOnly = false
    /// What of the source is mounted: a path below it, without `.` and `..`. Where it leads is looked up by descriptor.
    package var subPath: String?
    /// With the mounts below the source.
    package var recursive = true
    package var propagation: String?
    /// Others of mount(8), as they are: `noexec`, `size=1048576`.
    package var options: [String] = []
    /// `U`: the files of the source become the container user's.
    package var changesOwner = false
    package var relabel: Relabel?
    /// Off with `noidmap`: the files keep the host's ids.
    package var mapsIDs = true
    /// Off with `nocopy`: an empty volume stays empty, whatever the image has there.
    package var copiesContent = true
    /// The volume goes with the last container that uses it.
    package var isAnonymous = false
    /// What the volume is made with, if there is none of the name.
    package var volumeOptions: [String: String] = [:]
    package var volumeLabels: [String: String] = [:]

    package init(_ kind: Kind, source: String? = nil, destination: String) {
        self.kind = kind
        self.source = source
        self.destination = destination
    }

    static let propagations: Set<String> = [
        "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable",
    ]
    static let plainOptions: Set<String> = [
        "exec", "noexec", "dev", "nodev", "suid", "nosuid", "noatime", "relatime", "strictatime",
    ]

    /// Where a mount may go: an absolute path below the root, without `.` and `..`.
    static func destination(_ text: String, flag: String, value: String) throws(EngineError) -> String {
        guard text.hasPrefix("/") else { throw EngineError.value(flag, value, "the path in the container has to be absolute") }
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else { throw EngineError.value(flag, value, "the path in the container contains \"..\"") }
        guard !parts.isEmpty else { throw EngineError.value(flag, value, "nothing can be mounted over the container's root") }
        return "/" + parts.joined(separator: "/")
    }

    /// What stands before the colon: a path of the host, made absolute, or a volume's name.
    static func source(
        _ text: String, flag: String, value: String, directory: String
    ) throws(EngineError) -> (kind: Kind, source: String) {
        if text.hasPrefix("/") { return (.bind, text) }
        if text == "." || text == ".." || text.hasPrefix("./") || text.hasPrefix("../") { return (.bind, "\(directory)/\(text)") }
        guard !text.isEmpty else { throw EngineError.value(flag, value, "what stands before the colon is empty") }
        do throws(EngineError) { return (.volume, try VolumeRecord.check(text)) } catch {
            throw EngineError.value(
                flag, value,
                "\"\(text)\" is neither a volume's name (letters, digits, _ . -) nor a path; for a directory write ./\(text)")
        }
    }
}
