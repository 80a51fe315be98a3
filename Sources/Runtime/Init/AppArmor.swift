internal import Linux

/// AppArmor profiles. apparmor(7).
enum AppArmor {
    /// The profile the next exec switches to.
    static func setOnExec(_ profile: String, _ labels: LabelFile) throws(RuntimeError) {
        if profile == "unconfined", !isEnabled { return }
        guard isEnabled else {
            throw RuntimeError("cannot apply the AppArmor profile \(profile): this kernel runs without AppArmor; leave it out")
        }
        try explaining("apply the AppArmor profile \(profile)", hint: "is it loaded? see aa-status") { () throws(SystemError) in
            try labels.write(appArmor: "exec \(profile)")
        }
    }

    private static var isEnabled: Bool {
        (try? File.readText("/sys/module/apparmor/parameters/enabled", limit: 16)) == "Y"
    }
}
