internal import Linux
package import OCI

/// Mounts of a container that runs already.
package enum ContainerMounts {
    package enum Change: String, Sendable { case add, remove }

    /// Makes the change in the container's mount namespace, in a process that joins that and its user namespace, and nothing else.
    ///
    /// - Throws: when the container does not run; at the first mount that fails: those before it stay changed.
    package static func change(_ change: Change, _ mounts: [Mount], id: String, root: StateRoot) throws(RuntimeError) {
        let (runtime, oci) = try root.directory(of: id).state()
        guard oci.status != .stopped else { throw RuntimeError("container not running") }
        let privileged = Privilege.isOverHost
        var plan = try Planner.mounts(
            mounts, of: try SharedNamespaces.resolve(try Bundle.load(runtime.bundle), of: runtime.pid).spec,
            remove: change == .remove,
            in: PlanContext(bundle: runtime.bundle, privileged: privileged, containerID: id, joinsKeyring: false))
        plan.namespaces.joins = try ContainerExec.joins(of: runtime).filter { $0.kind == .user || $0.kind == .mount }
        guard plan.namespaces.joins.contains(where: { $0.kind == .mount }) else {
            throw RuntimeError("container \(id) has no mount namespace of its own")
        }
        let handover = InitHandover(cgroupHost: try CgroupHost.detect(rootless: !privileged))
        let launched = try Launcher(plan: plan, handover: handover, cgroup: nil, privileged: privileged).launch()
        _ = try launched.finish()
    }
}
