package import Linux

/// The options of one mount, sorted by whom they are for (config.md, Mounts; mount(8)).
package struct MountOptions: Sendable, Equatable {
    package enum IDMap: Sendable, Equatable { case none, single, recursive }

    package var set: MountAttributes = []
    package var clear: MountAttributes = []
    /// For the mounts below as well: `rro`, `rnosuid`, …
    package var setRecursively: MountAttributes = []
    package var clearRecursively: MountAttributes = []
    package var propagation: MountPropagation?
    package var propagationIsRecursive = false
    package var isBind = false
    package var isRecursive = false
    package var isRemount = false
    package var copiesUp = false
    /// What of a bind mount's source is mounted: a path below it.
    package var subPath: String?
    package var idMap = IDMap.none
    /// The file system's own: `key=value`, or a flag.
    package var data: [FileSystemOption] = []

    /// Hako's convention: the option of a bind mount that names a path below its source, which may hold what a container
    /// wrote. It is resolved by descriptor and leads nowhere else.
    package static let subPathKey = "hako.subpath"

    /// - Throws: for an option that is known but cannot be honoured.
    package init(_ options: [String], destination: String) throws(RuntimeError) {
        for option in options { try add(option, destination) }
    }

    private mutating func add(_ option: String, _ destination: String) throws(RuntimeError) {
        if let known = Self.attributes.first(where: { $0.name == option }) {
            // The later of two that contradict each other wins.
            if known.isOn {
                set.insert(known.attribute)
                clear.remove(known.attribute)
            } else {
                clear.insert(known.attribute)
                set.remove(known.attribute)
            }
            return
        }
        if option.hasPrefix("r"), let known = Self.attributes.first(where: { $0.name == option.dropFirst() }) {
            if known.isOn { setRecursively.insert(known.attribute) } else { clearRecursively.insert(known.attribute) }
            return
        }
        if let known = Self.propagations.first(where: { $0.name == option }) {
            propagation = known.kind
            propagationIsRecursive = known.isRecursive
            return
        }
        switch option {
        case "bind": isBind = true
        case "rbind":
            isBind = true
            isRecursive = true
        case "remount": isRemount = true
        case "idmap": idMap = .single
        case "ridmap": idMap = .recursive
        case "tmpcopyup": copiesUp = true
        case "defaults", "": break
        // What the kernel does by default, and what it has no say in any more.
        case "loud", "silent", "iversion", "noiversion", "acl", "noacl": break
        case "async": data.removeAll { $0.key == "sync" }
        case "nomand": data.removeAll { $0.key == "mand" }
        case "nolazytime": data.removeAll { $0.key == "lazytime" }
        default:
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0] == Self.subPathKey, parts.count == 2, !parts[1].isEmpty { return subPath = String(parts[1]) }
            data.append(FileSystemOption(String(parts[0]), parts.count == 2 ? String(parts[1]) : nil))
        }
    }

    /// Flags of the file system itself, which the kernel takes for any type; the last word on each holds.
    package static let ofEveryFileSystem = ["sync", "dirsync", "lazytime", "mand"]

    /// For `features`.
    package static var known: [String] {
        let names = attributes.map(\.name)
        let recursive = names.filter { $0 != "relatime" && $0 != "norelatime" }.map { "r\($0)" }
        let others = [
            "bind", "rbind", "remount", "idmap", "ridmap", "tmpcopyup", "defaults", "acl", "noacl", "async", "iversion",
            "noiversion", "loud", "silent", "nomand", "nolazytime",
        ]
        return (names + recursive + propagations.map(\.name) + ofEveryFileSystem + others).sorted()
    }

    /// A name for setting or clearing an attribute of the mount.
    private struct AttributeName {
        let name: String
        let attribute: MountAttributes
        let isOn: Bool

        init(_ name: String, _ attribute: MountAttributes, _ isOn: Bool) {
            self.name = name
            self.attribute = attribute
            self.isOn = isOn
        }
    }

    private static let attributes: [AttributeName] = [
        .init("ro", .readOnly, true), .init("rw", .readOnly, false),
        .init("nosuid", .noSuid, true), .init("suid", .noSuid, false),
        .init("nodev", .noDevices, true), .init("dev", .noDevices, false),
        .init("noexec", .noExecute, true), .init("exec", .noExecute, false),
        .init("noatime", .noAccessTime, true), .init("atime", .noAccessTime, false),
        .init("strictatime", .strictAccessTime, true), .init("nostrictatime", .strictAccessTime, false),
        .init("relatime", .accessTimeField, false), .init("norelatime", .accessTimeField, false),
        .init("nodiratime", .noDirectoryAccessTime, true), .init("diratime", .noDirectoryAccessTime, false),
        .init("nosymfollow", .noSymlinkFollow, true), .init("symfollow", .noSymlinkFollow, false),
    ]

    private struct PropagationName {
        let name: String
        let kind: MountPropagation
        let isRecursive: Bool

        init(_ name: String, _ kind: MountPropagation, _ isRecursive: Bool) {
            self.name = name
            self.kind = kind
            self.isRecursive = isRecursive
        }
    }

    private static let propagations: [PropagationName] = [
        .init("private", .private, false), .init("rprivate", .private, true),
        .init("slave", .slave, false), .init("rslave", .slave, true),
        .init("shared", .shared, false), .init("rshared", .shared, true),
        .init("unbindable", .unbindable, false), .init("runbindable", .unbindable, true),
    ]
}
