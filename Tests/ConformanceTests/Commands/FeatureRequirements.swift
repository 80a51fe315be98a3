import Foundation

/// features.md and features-linux.md.
enum FeatureRequirements {
    private static func features(_ lab: Lab) throws -> JSON {
        let result = try lab.runtime("features")
        guard result.status == 0 else { throw Unmet("features: \(result)") }
        guard let object = try? JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? JSON else {
            throw Unmet("it prints no JSON object: \(result.text)")
        }
        return object
    }

    private static func strings(_ object: JSON, _ path: String) throws -> [String] {
        var value: Any? = object
        for part in path.split(separator: ".") { value = (value as? JSON)?[String(part)] }
        guard let value = value as? [String] else { throw Unmet("\(path) is no list of strings") }
        return value
    }

    private static func contains(_ id: String, _ path: String, _ wanted: [String], section: String) -> Requirement {
        Requirement(.may, "features.\(id)", section, "\(path) has what the specification names.") { lab in
            let list = try strings(try features(lab), path)
            let missing = wanted.filter { !list.contains($0) }
            try require(missing.isEmpty, "it lacks \(missing.joined(separator: ", "))")
        }
    }

    private static func accepts(_ property: String) -> Requirement {
        Requirement(
            .must, "features.\(property)", "features.md, Specification version",
            "\(property) is a version that config.json may have."
        ) { lab in
            guard let version = try features(lab)[property] as? String else { throw Unmet("there is none") }
            try lab.accepts { $0["ociVersion"] = version }
        }
    }

    static let all: [Requirement] = [
        Requirement(.may, "features.json", "features.md", "features prints a JSON object.") { lab in _ = try features(lab) },
        accepts("ociVersionMin"), accepts("ociVersionMax"),
        Requirement(
            .must, "features.versions.order", "features.md, Specification version",
            "ociVersionMax is not less than ociVersionMin."
        ) { lab in
            let all = try features(lab)
            let (least, most) = (all["ociVersionMin"] as? String ?? "9", all["ociVersionMax"] as? String ?? "0")
            try require(least.compare(most, options: .numeric) != .orderedDescending, "\(least) to \(most)")
        },
        contains(
            "hooks", "hooks", ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
            section: "features.md, Hooks"),
        contains(
            "mountOptions", "mountOptions",
            [
                "ro", "rw", "nosuid", "nodev", "noexec", "bind", "rbind", "private", "rshared", "relatime", "remount", "sync",
                "dirsync", "lazytime",
            ],
            section: "features.md, Mount Options"),
        contains(
            "namespaces", "linux.namespaces", ["cgroup", "ipc", "mount", "network", "pid", "user", "uts"],
            section: "features-linux.md, Namespaces"),
        contains(
            "capabilities", "linux.capabilities", ["CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_BPF"],
            section: "features-linux.md, Capabilities"),
        contains(
            "seccomp.actions", "linux.seccomp.actions", ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_NOTIFY"],
            section: "features-linux.md, Seccomp"),
        contains(
            "seccomp.operators", "linux.seccomp.operators", ["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"],
            section: "features-linux.md, Seccomp"),
        Requirement(
            .must, "features.mountOptions.recognized", "features.md, Mount Options", "Each option of mountOptions is recognized."
        ) { lab in
            let options = try strings(try features(lab), "mountOptions")
            let special = ["remount", "bind", "rbind", "idmap", "ridmap", "tmpcopyup", "acl", "noacl", "mand"]
            for option in options where !special.contains(option) && !option.contains("shared") && !option.contains("slave") {
                let result = try lab.run("true") { $0.mount("/mnt", "tmpfs", [option]) }
                try require(result.status == 0, "\(option): \(result)")
            }
        },
        Requirement(.may, "features.cgroup", "features-linux.md, Cgroup", "linux.cgroup says which versions are supported.") {
            lab in
            let group = (try features(lab)["linux"] as? JSON)?["cgroup"] as? JSON ?? [:]
            try require(group["v1"] is Bool && group["v2"] is Bool, "\(group)")
        },
    ]
}
