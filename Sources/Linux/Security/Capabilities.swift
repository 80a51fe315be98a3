internal import CLinux
internal import Glibc
internal import SystemPackage

/// The capability sets of the calling thread, each a mask with bit n for capability n. capabilities(7).
package enum CapabilitySets {
    package struct Masks: Sendable, Equatable {
        package var effective: UInt64
        package var permitted: UInt64
        package var inheritable: UInt64

        package init(effective: UInt64, permitted: UInt64, inheritable: UInt64) {
            self.effective = effective
            self.permitted = permitted
            self.inheritable = inheritable
        }
    }

    /// capget(2).
    package static func get() throws(SystemError) -> Masks {
        var (effective, permitted, inheritable): (UInt64, UInt64, UInt64) = (0, 0, 0)
        try systemCall("capget") { unsafe hako_capget(&effective, &permitted, &inheritable) }
        return Masks(effective: effective, permitted: permitted, inheritable: inheritable)
    }

    /// capset(2).
    ///
    /// - Throws: EPERM when `permitted` has more than now, or `inheritable` more than the bounding set.
    package static func set(_ masks: Masks) throws(SystemError) {
        try systemCall("capset", "effective \(hex(masks.effective)) inheritable \(hex(masks.inheritable))") {
            hako_capset(masks.effective, masks.permitted, masks.inheritable)
        }
    }

    /// Whether the bounding set has a capability. prctl(2), PR_CAPBSET_READ.
    ///
    /// - Throws: EINVAL for a number this kernel does not know.
    package static func isInBounding(_ number: UInt8) throws(SystemError) -> Bool {
        try systemCall("prctl", "PR_CAPBSET_READ \(number)") {
            hako_prctl(CInt(PR_CAPBSET_READ), UInt(number), 0, 0, 0)
        } == 1
    }

    /// Takes a capability from the bounding set, for good. prctl(2), PR_CAPBSET_DROP; takes CAP_SETPCAP.
    package static func dropFromBounding(_ number: UInt8) throws(SystemError) {
        try systemCall("prctl", "PR_CAPBSET_DROP \(number)") {
            hako_prctl(CInt(PR_CAPBSET_DROP), UInt(number), 0, 0, 0)
        }
    }

    /// Empties the ambient set. prctl(2), PR_CAP_AMBIENT_CLEAR_ALL.
    package static func clearAmbient() throws(SystemError) {
        try systemCall("prctl", "PR_CAP_AMBIENT_CLEAR_ALL") {
            hako_prctl(CInt(PR_CAP_AMBIENT), UInt(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
        }
    }

    /// Adds to the ambient set what is permitted and inheritable. prctl(2), PR_CAP_AMBIENT_RAISE.
    package static func raiseAmbient(_ number: UInt8) throws(SystemError) {
        try systemCall("prctl", "PR_CAP_AMBIENT_RAISE \(number)") {
            hako_prctl(CInt(PR_CAP_AMBIENT), UInt(PR_CAP_AMBIENT_RAISE), UInt(number), 0, 0)
        }
    }

    /// Whether the permitted set survives a change from user 0 to another; execve(2) clears it. prctl(2), PR_SET_KEEPCAPS.
    package static func keepAcrossUserChange(_ keep: Bool) throws(SystemError) {
        try systemCall("prctl", "PR_SET_KEEPCAPS \(keep)") { hako_prctl(CInt(PR_SET_KEEPCAPS), keep ? 1 : 0, 0, 0, 0) }
    }

    private static func hex(_ mask: UInt64) -> String { String(mask, radix: 16) }
}
