internal import Linux
internal import OCI

/// Who makes a container's control groups.
package enum CgroupManager: String, Sendable {
    /// The runtime itself, in the trees.
    case cgroupfs
    /// systemd, as a scope with what limits it.
    case systemd
    /// Nobody: the container stays in its caller's group, without limits.
    case disabled
}

/// The control groups of a container that is about to start, planned before anything is made.
struct CgroupSetup: ~Copyable {
    private let host: CgroupHost
    private let plan: CgroupPlan
    private let unit: SystemdUnit?
    private let spec: Spec
    private var scope: SystemdScope?

    private init(host: CgroupHost, plan: CgroupPlan, unit: SystemdUnit?, spec: Spec) {
        self.host = host
        self.plan = plan
        self.unit = unit
        self.spec = spec
    }

    /// - Parameter everywhere: a group in each hierarchy, for a container that sees the host's trees instead of a namespace's.
    /// - Throws: a limit that this host, or this manager, cannot apply.
    static func planned(
        _ spec: Spec, id: String, manager: CgroupManager, host: CgroupHost, rootless: Bool, everywhere: Bool
    ) throws(RuntimeError) -> CgroupSetup {
        let path = spec.linux?.cgroupsPath
        var place = path
        let unit = manager == .systemd ? try SystemdUnit(cgroupsPath: path, id: id, isUser: rootless) : nil
        if let unit { place = (SystemdUnit.path(of: unit.slice) ?? "") + "/" + unit.name }
        if unit != nil, !File.exists("/run/systemd/system") {
            throw RuntimeError("the control groups are to be systemd's, and it does not run here; use --cgroup-manager cgroupfs")
        }
        let planned = try CgroupPlan(
            id: id, cgroupsPath: place, resources: spec.linux?.resources,
            host: unit != nil && rootless ? host.asDelegated(at: "") : host, rootless: rootless, everywhere: everywhere)
        return CgroupSetup(
            host: host, plan: manager == .disabled ? try without(planned) : planned, unit: unit, spec: spec)
    }

    /// The plan that makes no group. Device rules, which every engine sets, are left out with the group they would need.
    private static func without(_ plan: CgroupPlan) throws(RuntimeError) -> CgroupPlan {
        if let write = plan.writes.first(where: { !$0.isUnlimited && $0.controller != "devices" }) {
            throw RuntimeError("cannot limit \(write.limit): --cgroup-manager disabled makes no group to limit")
        }
        var plan = plan
        plan.groups = []
        plan.deviceRules = nil
        return plan
    }

    /// What making it will leave behind if it is cut short. A scope is gone with the process that holds it.
    var intended: Cgroup {
        unit == nil ? plan.intended : Cgroup(id: plan.id, cgroupsPath: nil, rootless: plan.rootless, groups: [])
    }

    /// What decides which devices the container may use: see `CgroupPlan.deviceRules`.
    var deviceRules: [DeviceRule]? { plan.deviceRules }

    /// Makes the groups, with their limits. A scope stays while this value is there, and then for as long as a process is in it.
    mutating func make() throws(RuntimeError) -> Cgroup {
        guard let unit else { return try Cgroup.create(plan) }
        let properties = SystemdProperty.all(of: plan.writes) + (try SystemdProperty.all(of: spec.annotations ?? [:]))
        let scope = try Trace.purpose("have systemd make \(unit.name)") { () throws(RuntimeError) in
            try SystemdScope.make(
                unit, isUser: plan.rootless, container: plan.id, properties: properties)
        }
        do throws(RuntimeError) {
            let placed = try CgroupPlan(
                id: plan.id, cgroupsPath: scope.path, resources: spec.linux?.resources,
                host: plan.rootless ? host.asDelegated(at: scope.path) : host, rootless: plan.rootless)
            var cgroup = try Cgroup.create(placed, isHeld: true)
            cgroup.unit = unit.name
            self.scope = consume scope
            return cgroup
        } catch {
            try? SystemdScope.stop(unit.name, isUser: plan.rootless)
            throw error
        }
    }
}
