package import Linux

/// One member of a tar: what a file is, apart from its data.
package struct ArchiveEntry: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case regular
        case directory
        /// The target as it stands; it may lead anywhere, and is never followed here.
        case symlink(FileName)
        /// Another name of the file that an earlier entry of this path made.
        case hardlink(FileName)
        case character(major: UInt32, minor: UInt32)
        case block(major: UInt32, minor: UInt32)
        case fifo
    }

    package struct Attribute: Sendable, Equatable {
        package var name: FileName
        package var value: [UInt8]
        package init(name: FileName, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// As in the archive: a reader must treat it as hostile.
    package var path: FileName
    package var kind: Kind
    /// The 12 bits of permissions.
    package var mode: UInt32
    package var uid: UInt32
    package var gid: UInt32
    /// Seconds and nanoseconds since 1970.
    package var seconds: Int64
    package var nanoseconds: Int64
    /// Bytes of a regular file, holes included.
    package var size: Int64
    package var attributes: [Attribute]

    package init(
        path: FileName, kind: Kind, mode: UInt32 = 0o644, uid: UInt32 = 0, gid: UInt32 = 0, seconds: Int64 = 0,
        nanoseconds: Int64 = 0, size: Int64 = 0, attributes: [Attribute] = []
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.size = size
        self.attributes = attributes
    }
}
