internal import Linux

/// Taking the groups away.
extension Cgroup {
    /// Ends what is left in the groups and removes them, with those the container made below.
    ///
    /// The directories above stay. A group that is gone already is fine.
    ///
    /// - Throws: a group that is still in use after about 5 s.
    package func remove() throws(RuntimeError) {
        var hasKilled = false
        var failure: RuntimeError?
        if let unit {
            do { try SystemdScope.stop(unit, isUser: rootless) } catch { failure = error }
        }
        for group in groups.reversed() {
            // Most often it is empty and this is all.
            guard !Self.removed(group.directory) else { continue }
            if !hasKilled {
                hasKilled = true
                if isFrozen { try? thaw() }
                do { try kill() } catch { failure = error }
            }
            do throws(SystemError) {
                try Self.removeTree(group.directory)
            } catch {
                failure = RuntimeError("cannot remove the control group \(group.directory): \(error.errno) (\(error.call))")
            }
        }
        if let failure { throw failure }
    }

    private static func removed(_ directory: String) -> Bool {
        do throws(SystemError) {
            try File.removeDirectory(directory)
            return true
        } catch {
            return error.errno == .noSuchFileOrDirectory
        }
    }

    /// Children first. A process that has just ended keeps its group busy for a moment (EBUSY).
    private static func removeTree(_ directory: String, depth: Int = 0) throws(SystemError) {
        var pause: UInt32 = 100
        var waited: UInt32 = 0
        while true {
            do {
                let group = try File.open(directory, [.read, .directory])
                for child in try group.childGroups() where depth < 64 {
                    try removeTree("\(directory)/\(child)", depth: depth + 1)
                }
                try File.removeDirectory(directory)
                return
            } catch {
                if error.isGone { return }
                guard error.errno == .resourceBusy || error.errno == .directoryNotEmpty, waited < 5_000_000 else { throw error }
            }
            Pause.microseconds(pause)
            waited += pause
            pause = min(pause * 2, 20_000)
        }
    }
}
