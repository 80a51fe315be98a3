import Foundation

/// config.md: Specification version, Hostname, Domainname, Annotations, Extensibility, Valid values.
enum GeneralRequirements {
    private static func version(_ text: String) -> Requirement {
        Requirement(
            .must, "version.accepts.\(text)", "config.md, Specification version",
            "A bundle of version \(text) is taken: versions are compatible within a major one."
        ) { lab in try lab.accepts { $0["ociVersion"] = text } }
    }

    static let all: [Requirement] =
        ["1.0.0", "1.0.2", "1.1.0", "1.2.1", "1.3.0"].map(version) + [
            Requirement(.must, "version.missing", "config.md, Specification version", "ociVersion is required.") { lab in
                try lab.refuses("a configuration without ociVersion") { $0["ociVersion"] = nil }
            },
            Requirement(
                .must, "version.invalid", "config.md, Specification version",
                "A version that is not semantic (\"one\") is an error."
            ) { lab in
                try lab.refuses("ociVersion \"one\"") { $0["ociVersion"] = "one" }
            },
            Requirement(
                .must, "version.otherMajor", "config.md, Specification version",
                "A version of another major number (2.0.0) is an error."
            ) { lab in
                try lab.refuses("ociVersion 2.0.0") { $0["ociVersion"] = "2.0.0" }
            },
            Requirement(.must, "hostname.set", "config.md, Hostname", "hostname is what processes of the container see.") { lab in
                try require(try lab.output("hostname") { $0["hostname"] = "box.example" }, is: "box.example", "hostname")
            },
            Requirement(.must, "hostname.notTheHosts", "config.md, Hostname", "The host keeps its own.") { lab in
                let before = try lab.host("hostname")
                try lab.accepts { $0["hostname"] = "elsewhere" }
                try require(try lab.host("hostname"), is: before, "the host's name")
            },
            Requirement(.must, "hostname.absent", "config.md, Hostname", "Without it the name is inherited.") { lab in
                let own = try lab.host("hostname")
                try require(try lab.output("hostname") { $0["hostname"] = nil }, is: own, "hostname")
            },
            Requirement(.must, "domainname.set", "config.md, Domainname", "domainname is what processes of the container see.") {
                lab in
                let seen = try lab.output("cat /proc/sys/kernel/domainname") { $0["domainname"] = "cases.example" }
                try require(seen, is: "cases.example", "domainname")
            },
            Requirement(.must, "annotations.unknown", "config.md, Annotations", "Annotations with unknown keys are no error.") {
                lab in
                try lab.accepts {
                    $0["annotations"] = ["org.example.unknown": "x", "org.opencontainers.image.author": "me"]
                }
            },
            Requirement(.must, "annotations.notStrings", "config.md, Annotations", "A value that is not a string is an error.") {
                lab in
                try lab.refuses("an annotation that is a number") { $0["annotations"] = ["com.example.n": 5] }
            },
            Requirement(.must, "unknown.top", "config.md, Extensibility", "An unknown property is ignored.") { lab in
                try lab.accepts { $0["somethingElse"] = ["a": [1, 2]] as JSON }
            },
            Requirement(.must, "unknown.process", "config.md, Extensibility", "One of process too.") { lab in
                try lab.accepts { $0["process.somethingElse"] = true }
            },
            Requirement(.must, "unknown.linux", "config.md, Extensibility", "One of linux and of linux.resources too.") { lab in
                try lab.accepts {
                    $0["linux.somethingElse"] = "x"
                    $0["linux.resources"] = ["somethingElse": 5]
                }
            },
            Requirement(.must, "unknown.mount", "config.md, Extensibility", "One of a mount and of root too.") { lab in
                try lab.accepts {
                    $0["root.somethingElse"] = "x"
                    $0.add("mounts", ["destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "somethingElse": 1] as JSON)
                }
            },
            Requirement(.must, "values.wrongType", "config.md, Valid values", "A value of the wrong type (cwd: 5) is an error.") {
                lab in
                try lab.refuses("a number as process.cwd") { $0["process.cwd"] = 5 }
            },
            Requirement(.must, "values.wrongType.mounts", "config.md, Valid values", "So is an object where a list is due.") {
                lab in
                try lab.refuses("an object as mounts") { $0["mounts"] = ["a": "b"] }
            },
            Requirement(.must, "values.namespace", "config.md, Valid values", "An unknown namespace type is an error.") { lab in
                try lab.refuses("a namespace \"moon\"") { $0.namespace("moon") }
            },
            Requirement(.must, "values.propagation", "config.md, Valid values", "An unknown rootfsPropagation is an error.") {
                lab in
                try lab.refuses("rootfsPropagation \"sideways\"") { $0["linux.rootfsPropagation"] = "sideways" }
            },
            Requirement(.must, "values.resources", "config.md, Valid values", "A pids limit that is text is an error.") { lab in
                try lab.refuses("a pids limit \"many\"") { $0["linux.resources"] = ["pids": ["limit": "many"]] }
            },
        ]
}
