package import OCI

/// What a specification depends on besides the options: facts of the host and of the container, all looked up before.
package struct SpecContext: Sendable, Equatable {
    /// Where the root file system comes from.
    package enum RootFileSystem: Sendable, Equatable {
        /// Read-only directories, the uppermost first, with a writable one over them.
        case layers([String])
        /// One directory, written to directly.
        case directory(String)
    }

    package var id: String
    /// The container's directory: the bundle.
    package var bundle: String
    package var root: RootFileSystem
    /// The maps of the container's own user namespace; nil without one.
    package var identity: IdentityMaps?
    package var rootless = false
    package var user = ResolvedUser()
    /// The host's own name, for containers that share it.
    package var hostname = ""
    package var terminalSize: ConsoleSize?
    /// Nil where none applies.
    package var seccomp: Seccomp?
    package var devices: [ResolvedDevice] = []
    /// Numbers of the block devices that rates are about, by path.
    package var blockDevices: [String: DeviceNumber] = [:]
    /// Sources whose files keep the host's ids, because they are on a file system of the kernel's own.
    package var unmappedSources: Set<String> = []
    /// Files made for the container, by the path they get inside: /etc/hosts and so on.
    package var files: [String: String] = [:]
    /// Directories of the host image that are covered by an empty one.
    package var hidden: [String] = []
    /// Where secrets are and go.
    package var secrets: [Mount] = []
    package var hasSELinux = false
    package var hasMessageQueues = true
    /// Whether the host swaps at all; without it a limit for swap means nothing.
    package var hasSwap = false

    package init(id: String, bundle: String, root: RootFileSystem) {
        self.id = id
        self.bundle = bundle
        self.root = root
    }
}

package struct IdentityMaps: Sendable, Equatable {
    package var uids: [IDMapping]
    package var gids: [IDMapping]

    package init(uids: [IDMapping], gids: [IDMapping]) {
        self.uids = uids
        self.gids = gids
    }
}

package struct DeviceNumber: Sendable, Equatable {
    package var major: Int64
    package var minor: Int64

    package init(major: Int64, minor: Int64) {
        self.major = major
        self.minor = minor
    }
}

/// A device of the host's, looked up.
package struct ResolvedDevice: Sendable, Equatable {
    package var source: String
    package var destination: String
    /// `c` or `b`.
    package var type: String
    package var number: DeviceNumber
    package var mode: UInt32
    package var uid: UInt32
    package var gid: UInt32
    package var access: String

    package init(source: String, destination: String, type: String, number: DeviceNumber, access: String) {
        self.source = source
        self.destination = destination
        self.type = type
        self.number = number
        self.access = access
        mode = 0o666
        uid = 0
        gid = 0
    }
}

/// Who the command runs as, in the container's numbers.
package struct ResolvedUser: Sendable, Equatable {
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var additionalGroups: [UInt32] = []
    package var home = "/root"

    package init() {}
}
