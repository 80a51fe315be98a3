internal import OCI

package enum RuntimeVersion {
    package static let number = "0.1.0"
    package static let specification = "1.2.0"
}

/// What this runtime supports (features-linux.md). Only what works is listed.
package struct RuntimeFeatures: Codable, Sendable {
    package struct Linux: Codable, Sendable {
        package var namespaces: [String]
        package var capabilities: [String]
        package var cgroup: [String: Bool]
        package var seccomp: Seccomp
        package var apparmor: [String: Bool]
        package var selinux: [String: Bool]
        package var mountExtensions: [String: [String: Bool]]
    }

    package struct Seccomp: Codable, Sendable {
        package var enabled: Bool
        package var actions: [String]
        package var operators: [String]
        package var archs: [String]
    }

    package var ociVersionMin: String
    package var ociVersionMax: String
    package var hooks: [String]
    package var mountOptions: [String]
    package var linux: Linux
    package var annotations: [String: String]

    package static var current: RuntimeFeatures {
        RuntimeFeatures(
            ociVersionMin: "1.0.0", ociVersionMax: RuntimeVersion.specification, hooks: [], mountOptions: MountOptions.known,
            linux: Linux(
                namespaces: Namespace.Kind.allCases.map(\.rawValue).sorted(),
                capabilities: CapabilitySet.all.names,
                cgroup: ["v1": true, "v2": true, "systemd": false, "systemdUser": false, "rdma": false],
                seccomp: Seccomp(
                    enabled: true, actions: SeccompProfile.actions, operators: SeccompProfile.operators,
                    archs: SeccompProfile.architectures),
                apparmor: ["enabled": true], selinux: ["enabled": false],
                mountExtensions: ["idmap": ["enabled": true]]),
            annotations: ["org.hako.version": RuntimeVersion.number])
    }
}
