internal import Linux

/// The files that take the labels of the next exec, open since before the container was entered. proc_pid_attr(5).
struct LabelFile {
    private let general: SharedDescriptor
    /// AppArmor's own (5.8), where other modules use the general one.
    private let appArmors: SharedDescriptor?

    /// - Parameter proc: a procfs that nobody in the container could cover.
    static func open(in proc: borrowing Descriptor) throws(RuntimeError) -> LabelFile {
        let general = try explaining("open attr/exec of /proc/self") { () throws(SystemError) in
            SharedDescriptor(try proc.open("self/attr/exec", .write))
        }
        let own = try? proc.open("self/attr/apparmor/exec", .write).release()
        return LabelFile(general: general, appArmors: own.map { SharedDescriptor(owning: $0) })
    }

    func write(appArmor text: String) throws(SystemError) { try (appArmors ?? general).descriptor.write(text) }
    func write(selinux text: String) throws(SystemError) { try general.descriptor.write(text) }
}
