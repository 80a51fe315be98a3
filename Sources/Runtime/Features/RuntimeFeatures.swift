package import JSON
internal import OCI

package enum RuntimeVersion {
    package static let number = "0.1.0"
    package static let specification = "1.3.0"
}

/// What this runtime supports (features-linux.md). Only what works is listed.
package enum RuntimeFeatures {
    package static var json: JSONValue {
        [
            "ociVersionMin": "1.0.0", "ociVersionMax": .string(RuntimeVersion.specification),
            "hooks": JSONValue(Hooks().all.map(\.kind)),
            "mountOptions": JSONValue(MountOptions.known), "linux": linux,
            "potentiallyUnsafeConfigAnnotations": [.string(SystemdProperty.prefix)],
            "annotations": ["org.hako.version": .string(RuntimeVersion.number)],
        ]
    }

    private static var linux: JSONValue {
        [
            "namespaces": JSONValue(Namespace.Kind.allCases.map(\.rawValue).sorted()),
            "capabilities": JSONValue(CapabilitySet.all.names),
            "cgroup": ["v1": true, "v2": true, "systemd": true, "systemdUser": true, "rdma": true],
            "seccomp": [
                "enabled": true, "actions": JSONValue(SeccompProfile.actions), "operators": JSONValue(SeccompProfile.operators),
                "archs": JSONValue(SeccompProfile.architectures), "knownFlags": JSONValue(SeccompProfile.flags.keys.sorted()),
                "supportedFlags": JSONValue(SeccompProfile.flags.keys.sorted()),
            ],
            "apparmor": ["enabled": true], "selinux": ["enabled": true], "intelRdt": ["enabled": false],
            "memoryPolicy": [
                "modes": JSONValue(SchedulingPlan.memoryModes.keys.sorted()),
                "flags": JSONValue(SchedulingPlan.memoryFlags.keys.sorted()),
            ],
            "netDevices": ["enabled": true],
            "mountExtensions": ["idmap": ["enabled": true]],
        ]
    }
}
