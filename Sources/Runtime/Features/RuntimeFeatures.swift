package import JSON
internal import OCI

package enum RuntimeVersion {
    package static let number = "0.1.0"
    package static let specification = "1.2.0"
}

/// What this runtime supports (features-linux.md). Only what works is listed.
package enum RuntimeFeatures {
    package static var json: JSONValue {
        [
            "ociVersionMin": "1.0.0", "ociVersionMax": .string(RuntimeVersion.specification),
            "hooks": JSONValue(Hooks().all.map(\.kind)),
            "mountOptions": JSONValue(MountOptions.known), "linux": linux,
            "annotations": ["org.hako.version": .string(RuntimeVersion.number)],
        ]
    }

    private static var linux: JSONValue {
        [
            "namespaces": JSONValue(Namespace.Kind.allCases.map(\.rawValue).sorted()),
            "capabilities": JSONValue(CapabilitySet.all.names),
            "cgroup": ["v1": true, "v2": true, "systemd": false, "systemdUser": false, "rdma": false],
            "seccomp": [
                "enabled": true, "actions": JSONValue(SeccompProfile.actions), "operators": JSONValue(SeccompProfile.operators),
                "archs": JSONValue(SeccompProfile.architectures),
            ],
            "apparmor": ["enabled": true], "selinux": ["enabled": false], "intelRdt": ["enabled": false],
            "mountExtensions": ["idmap": ["enabled": true]],
        ]
    }
}
