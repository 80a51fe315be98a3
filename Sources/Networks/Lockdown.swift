internal import Linux

/// A server of names, or a relay, needs no rights once it has its sockets: it reads what strangers send.
enum Lockdown {
    /// nobody and nogroup.
    private static let nobody: UInt32 = 65534
    private static let mostCapabilities: UInt8 = 64

    /// Gives up users, groups and capabilities, for good.
    ///
    /// Where the ids are not mapped, or may not be changed, in a user namespace, they stay what they are: the user's own.
    ///
    /// - Parameter kept: capabilities that stay, a bit each.
    static func apply(keeping kept: UInt64 = 0) throws(SystemError) {
        if kept != 0 { try CapabilitySets.keepAcrossUserChange(true) }
        if Processes.userID == 0 {
            try unlessUnmapped { () throws(SystemError) in try Credentials.setSupplementaryGroups([]) }
            try unlessUnmapped { () throws(SystemError) in try Credentials.setGroup(nobody) }
            // Takes CAP_SETPCAP, which goes with the user.
            try unlessUnmapped { () throws(SystemError) in
                for number in 0..<mostCapabilities where (try? CapabilitySets.isInBounding(number)) == true {
                    try CapabilitySets.dropFromBounding(number)
                }
            }
            try unlessUnmapped { () throws(SystemError) in try Credentials.setUser(nobody) }
        }
        try CapabilitySets.clearAmbient()
        try CapabilitySets.set(.init(effective: kept, permitted: kept, inheritable: 0))
        try NoNewPrivileges.set()
    }

    private static func unlessUnmapped(_ change: () throws(SystemError) -> Void) throws(SystemError) {
        do throws(SystemError) { try change() } catch {
            guard error.errno == .invalidArgument || error.errno == .notPermitted else { throw error }
        }
    }
}
