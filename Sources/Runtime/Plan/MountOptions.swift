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
    package var idMap = IDMap.none
    /// The file system's own: `key=value`, or a flag.
    package var data: [Datum] = []

    package struct Datum: Sendable, Equatable {
        package var key: String
        package var value: String?
    }

    /// - Throws: for an option that is known but cannot be honoured.
    package init(_ options: [String], destination: String) throws(RuntimeError) {
        for option in options { try add(option, destination) }
    }

    private mutating func add(_ option: String, _ destination: String) throws(RuntimeError) {
        if let (attribute, on) = Self.attributes[option] {
            // The later of two that contradict each other wins.
            if on { set.insert(attribute); clear.remove(attribute) } else { clear.insert(attribute); set.remove(attribute) }
            return
        }
        if option.hasPrefix("r"), let (attribute, on) = Self.attributes[String(option.dropFirst())], option != "relatime" {
            if on { setRecursively.insert(attribute) } else { clearRecursively.insert(attribute) }
            return
        }
        if let (kind, recursive) = Self.propagations[option] {
            propagation = kind
            propagationIsRecursive = recursive
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
            data.append(Datum(key: String(parts[0]), value: parts.count == 2 ? String(parts[1]) : nil))
        }
    }

    /// Flags of the file system itself, which the kernel takes for any type; the last word on each holds.
    package static let ofEveryFileSystem = ["sync", "dirsync", "lazytime", "mand"]

    /// For `features`.
    package static var known: [String] {
        let recursive = attributes.keys.filter { $0 != "relatime" && $0 != "norelatime" }.map { "r\($0)" }
        let others = [
            "bind", "rbind", "remount", "idmap", "ridmap", "tmpcopyup", "defaults", "acl", "noacl", "async", "iversion",
            "noiversion", "loud", "silent", "nomand", "nolazytime",
        ]
        return (Array(attributes.keys) + recursive + propagations.keys + ofEveryFileSystem + others).sorted()
    }

    private static let attributes: [String: (MountAttributes, Bool)] = [
        "ro": (.readOnly, true), "rw": (.readOnly, false),
        "nosuid": (.noSuid, true), "suid": (.noSuid, false),
        "nodev": (.noDevices, true), "dev": (.noDevices, false),
        "noexec": (.noExecute, true), "exec": (.noExecute, false),
        "noatime": (.noAccessTime, true), "atime": (.noAccessTime, false),
        "strictatime": (.strictAccessTime, true), "nostrictatime": (.strictAccessTime, false),
        "relatime": (.accessTimeField, false), "norelatime": (.accessTimeField, false),
        "nodiratime": (.noDirectoryAccessTime, true), "diratime": (.noDirectoryAccessTime, false),
        "nosymfollow": (.noSymlinkFollow, true), "symfollow": (.noSymlinkFollow, false),
    ]

    private static let propagations: [String: (MountPropagation, Bool)] = [
        "private": (.private, false), "rprivate": (.private, true), "slave": (.slave, false), "rslave": (.slave, true),
        "shared": (.shared, false), "rshared": (.shared, true),
        "unbindable": (.unbindable, false), "runbindable": (.unbindable, true),
    ]
}
